"""The HTTP server around the application: binding, serving, and stopping without dropping anybody."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import uvicorn

from warmcall.errors import WarmcallError
from warmcall.web.application import Application
from warmcall.web.live.hub import Hub

_GRACE_S = 10
_BACKLOG = 2048


class AddressInUseError(WarmcallError):
    """The address to listen on cannot be had."""

    code = "address_in_use"

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(
            f"Cannot listen on {host}:{port}: {why}. Choose another --port, or stop what uses it.",
            {"host": host, "port": port},
        )


def bind(host: str, port: int) -> socket.socket:
    """Take an address, before anything else is opened.

    Raises:
        AddressInUseError: if it cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise AddressInUseError(host, port, error.strerror or str(error)) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressInUseError(host, port, error.strerror or str(error)) from error
    listener.setblocking(False)
    return listener


def url_of(listener: socket.socket) -> str:
    """The address of a listening socket, as a client on this machine writes it."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def http_protocol() -> Any:
    """Our own way to write answers; uvicorn's choice where that has other parts than those we know, or no httptools."""
    try:
        return import_module("warmcall.web.protocol").Protocol
    except ImportError:
        return "auto"


class Server(uvicorn.Server):
    """uvicorn, told to end the live streams before it waits for connections to finish.

    Args:
        application: What to serve.
        hub: Whose streams to end.
        on_ready: Called once requests are answered and signals are heeded.
    """

    def __init__(self, application: Application, hub: Hub, on_ready: Callable[[], None] | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http=http_protocol(),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        self._application = application
        self._hub = hub
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self._on_ready is not None:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, end the streams, let answers finish."""
        self._application.stopping = True
        self._hub.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop gracefully on SIGINT and SIGTERM, and then return: the store is closed after this."""
        loop = asyncio.get_running_loop()
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self.handle_exit, number, None)
        except (NotImplementedError, RuntimeError, ValueError):
            # Not the main thread, as in tests, or a platform without: whoever runs the loop stops it.
            yield
            return
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
