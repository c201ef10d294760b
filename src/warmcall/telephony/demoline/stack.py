"""The SIP stack of this process, from the extra `demo`, and what can keep it from starting."""

import asyncio
import socket
from contextlib import closing
from types import TracebackType
from typing import TYPE_CHECKING, Self

from warmcall.errors import WarmcallError

if TYPE_CHECKING:
    from baresip import Runtime

EXPOSED = ("To", "From", "P-Asserted-Identity", "Privacy", "P-Attestation-Indicator", "Identity", "X-Warmcall-Progress")
MAX_CALLS = 32
AUDIO_CODECS = ("pcmu", "pcma")


class SipMissingError(WarmcallError):
    """The SIP stack is not installed."""

    code = "sip_missing"

    def __init__(self) -> None:
        super().__init__('The phone line needs the extra "demo". Install it with: pip install "warmcall[demo]"')


class SipPortTakenError(WarmcallError):
    """Something else listens where the line should."""

    code = "sip_port_taken"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"UDP port {port} on {host} is taken, perhaps by another demo or a softphone. "
            "Stop that, or choose another with --sip-port.",
            {"host": host, "port": port},
        )


class SipFailedError(WarmcallError):
    """The SIP stack did not start, for another reason."""

    code = "sip_failed"


class SipStack:
    """The one SIP stack a process can have; line and phone both work on it.

    Args:
        host: The address of this machine to use, never a name.
        port: The UDP port; 0: any free one.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port or _free_port(host)
        self._runtime: Runtime | None = None

    @property
    def runtime(self) -> "Runtime":
        """What the binding calls the running stack.

        Raises:
            SipFailedError: if it does not run.
        """
        if self._runtime is None:
            raise SipFailedError("The SIP stack is not running. Start it before using it.")
        return self._runtime

    async def start(self) -> None:
        """Start listening.

        Raises:
            SipMissingError: if the extra `demo` is not installed.
            SipPortTakenError: if the port is taken.
            SipFailedError: if the stack says no for another reason.
        """
        try:
            from baresip import BaresipError, Config, Runtime
        except ImportError as error:
            raise SipMissingError from error
        if not _is_free(self.host, self.port):
            raise SipPortTakenError(self.host, self.port)
        runtime = Runtime()
        config = Config(
            net_interface=self.host,
            max_concurrent_calls=MAX_CALLS,
            expose_headers=EXPOSED,
            native_log_level="error",
            extra_config_text=f"sip_listen {self.host}:{self.port}\nsip_transports udp\n",
        )
        try:
            await runtime.start(config)
        except BaresipError as error:
            raise SipFailedError(f"The SIP stack did not start on {self.host}:{self.port}: {error}") from error
        self._runtime = runtime
        if _is_free(self.host, self.port):
            # The stack starts without a word when the address belongs to none of the interfaces it knows.
            await self.aclose()
            raise SipFailedError(f"{self.host} is not the address of a network interface. Choose one with --host.")

    async def aclose(self) -> None:
        """Stop; calls still up are hung up by the stack."""
        runtime, self._runtime = self._runtime, None
        if runtime is not None:
            await runtime.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A cancelled caller must not leave the stack half up: it can run once in a process only.
        await asyncio.shield(self.aclose())


def _free_port(host: str) -> int:
    with closing(socket.socket(_family(host), socket.SOCK_DGRAM)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    with closing(socket.socket(_family(host), socket.SOCK_DGRAM)) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
