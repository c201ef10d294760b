"""A TCP listener for phone systems that dial us and bring no password: who may connect is all there is to check."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from warmcall.telephony.refusals import Refusal, RefusedError

log = logging.getLogger("warmcall.telephony")

LOOPBACK = ("127.0.0.0/8", "::1")
CONNECTIONS = 1000
"""At once; one more is closed, and the phone system goes on without us."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listener:
    """Takes connections from an allow-list, one task each; what goes wrong in one ends that one only.

    Args:
        name: Whose it is, for the log.
        serve: Serves one connection, which is closed afterwards.
        refuse: Told of each that is turned away, and of each `RefusedError` of `serve`.
        peers: Addresses and networks that may connect.
        line_bytes: The longest line (or block) a `StreamReader` reads in one go.
    """

    def __init__(
        self,
        name: str,
        serve: Serve,
        refuse: Callable[[RefusedError], None],
        peers: Iterable[str] = LOOPBACK,
        line_bytes: int = 64 * 1024,
    ) -> None:
        self._name = name
        self._serve = serve
        self._refuse = refuse
        self._peers = tuple(ip_network(peer, strict=False) for peer in peers)
        self._line_bytes = line_bytes
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """Where it listens, once it does."""
        assert self._server is not None, "start it first"  # noqa: S101
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Args:
            host: An address of this machine.
            port: A TCP port; 0 for any that is free.

        Raises:
            OSError: if the address cannot be listened on.
        """
        self._server = await asyncio.start_server(self._accept, host, port, limit=self._line_bytes)

    async def stop(self) -> None:
        """Take no more connections, and end those there are."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: those that asyncio makes for coroutines cannot be ended from outside.
        task = asyncio.get_running_loop().create_task(self._connection(reader, writer), name=f"{self._name} connection")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # Calls last for hours without a word; a phone system that vanished must not be waited for that long.
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._check(writer)
            await self._serve(reader, writer)
        except RefusedError as error:
            self._refuse(error)
        except Exception:
            log.exception("a connection failed", extra={"connector": self._name})
        finally:
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    def _check(self, writer: asyncio.StreamWriter) -> None:
        name = writer.get_extra_info("peername")
        if not name or not allowed(name[0], self._peers):
            raise RefusedError(Refusal.PEER, "the peer is not in this connector's list of peers; add it if it is yours")
        if len(self._tasks) > CONNECTIONS:
            raise RefusedError(Refusal.PEER, f"there are {CONNECTIONS} connections already")


def allowed(address: str, peers: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether an address is in one of the networks; an IPv4 address written as IPv6 counts as what it is."""
    peer = ip_address(address.partition("%")[0])
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped:
        peer = peer.ipv4_mapped
    return any(peer in network for network in peers)
