"""The standing connection to one Kamailio: opened again whenever it is lost.

Kamailio writes to all its clients in one process and waits for the slowest, so what it sends is always read at once.
"""

import asyncio
import logging
import random
import socket
from collections.abc import Callable
from contextlib import suppress

from warmcall.telephony.connector import Switchboard
from warmcall.telephony.kamailio.netstrings import NetstringError, NetstringReader, netstring
from warmcall.telephony.refusals import Refusal, RefusedError

log = logging.getLogger("warmcall.telephony")

CONNECT_WITHIN_S = 5.0
RETRY_FIRST_S = 0.1
RETRY_LAST_S = 5.0
UNSENT_BYTES = 1_048_576
"""What may wait to be sent; a Kamailio that takes nothing any more is left."""

# Seconds of silence before the other machine is asked whether it is still there, between questions, and how many.
_KEEPALIVE = (
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 10),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 5),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
)

Send = Callable[[bytes], None]
Receive = Callable[[bytes, Send], None]


class Conversation(asyncio.Protocol):
    """One connection, from its opening to its end.

    Args:
        receive: Called with each message, and with what sends an answer.
        switchboard: Takes note of refusals.

    Attributes:
        closed: Set when it is over.
    """

    def __init__(self, receive: Receive, switchboard: Switchboard) -> None:
        self.closed = asyncio.Event()
        self._receive = receive
        self._switchboard = switchboard
        self._reader = NetstringReader()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream
        """Watch whether the other machine is still there."""
        self._transport = transport
        _keep_alive(transport.get_extra_info("socket"))

    def data_received(self, data: bytes) -> None:
        """Hand on the messages that are complete."""
        try:
            messages = self._reader.feed(data)
        except NetstringError as error:
            self._switchboard.refuse(RefusedError(Refusal.MALFORMED, f"{error}; set netstring_format to 1 in Kamailio"))
            self.abort()
            return
        for message in messages:
            self._receive(message, self.send)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that it is over."""
        self._transport = None
        self.closed.set()

    def send(self, message: bytes) -> None:
        """Send an answer; to a connection that is over it gets lost."""
        # Whole and at once: Kamailio 5.6 throws a netstring away that is cut within its length.
        if self._transport is None:
            return
        self._transport.write(netstring(message))
        if self._transport.get_write_buffer_size() > UNSENT_BYTES:
            self.abort()

    def abort(self) -> None:
        """End it at once."""
        if self._transport is not None:
            self._transport.abort()


class Link:
    """Keeps a connection to one Kamailio.

    Args:
        address: Host and port of its EVAPI.
        receive: Called with each message, and with what sends an answer.
        switchboard: Takes note of refusals.

    Attributes:
        is_open: Whether it is connected now.
    """

    def __init__(self, address: tuple[str, int], receive: Receive, switchboard: Switchboard) -> None:
        self.is_open = False
        self._address = address
        self._receive = receive
        self._switchboard = switchboard
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, and connect again whenever the connection is lost."""
        self._task = asyncio.create_task(self._run(), name="kamailio")

    async def stop(self) -> None:
        """Disconnect."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        wait_s = RETRY_FIRST_S
        while True:
            try:
                await self._converse()
                wait_s = RETRY_FIRST_S
            except (OSError, TimeoutError) as error:
                if wait_s == RETRY_FIRST_S:
                    log.warning("no connection to Kamailio", extra={"server": self._name, "why": str(error)})
                wait_s = min(wait_s * 2, RETRY_LAST_S)
            # Nodes that lost it together do not come back together.
            await asyncio.sleep(wait_s * random.uniform(0.5, 1))  # noqa: S311

    async def _converse(self) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_WITHIN_S):
            _, conversation = await loop.create_connection(
                lambda: Conversation(self._receive, self._switchboard), *self._address
            )
        log.info("connected to Kamailio", extra={"server": self._name})
        self.is_open = True
        try:
            await conversation.closed.wait()
            log.warning("lost the connection to Kamailio", extra={"server": self._name})
        finally:
            self.is_open = False
            conversation.abort()
            await conversation.closed.wait()

    @property
    def _name(self) -> str:
        return f"{self._address[0]}:{self._address[1]}"


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for level, option, value in _KEEPALIVE:
        if hasattr(socket, option):
            connection.setsockopt(level, getattr(socket, option), value)
