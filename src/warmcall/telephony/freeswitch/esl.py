"""The event socket protocol: blocks of `Name: value` headers, some with a body of which the header says the length."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NewType
from urllib.parse import unquote
from uuid import uuid4

import msgspec

from warmcall.errors import WarmcallError

BLOCK_BYTES = 256 * 1024
BODY_BYTES = 512 * 1024
HEADERS = 4000
COMMAND_S = 10.0
EVENTS = 500
"""How many may wait while a reply is read."""

Block = NewType("Block", str)
"""A command of whole lines without an empty one; made by `outbound`."""

Headers = Mapping[str, str]


class HungUpError(WarmcallError):
    """The call is over, or the connection was lost.

    Args:
        message: What happened, in a few words.
        cause: FreeSWITCH's hang-up cause, such as `NORMAL_CLEARING`; `None` if it did not say.
    """

    code = "hung_up"

    def __init__(self, message: str, cause: str | None = None) -> None:
        super().__init__(message)
        self.cause = cause


class EslError(WarmcallError):
    """The other side does not keep to the protocol, or refuses a command."""

    code = "esl_failed"


class Message(msgspec.Struct, frozen=True):
    """What comes from FreeSWITCH.

    Attributes:
        kind: Its content type.
        headers: Its headers, still encoded.
        event: The headers of the event in it, decoded; empty if it is none.
    """

    kind: str
    headers: Headers
    event: Headers = {}


class Session:
    """One connection of an outbound event socket.

    Args:
        reader: Has a limit, which is the longest block of headers that is read.
        writer: The same connection.
        patience: Multiplies all deadlines; less than 1 only in tests.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float = 1.0) -> None:
        self._reader = reader
        self._writer = writer
        self._patience = patience
        self._events: deque[Headers] = deque()

    async def connect(self) -> Headers:
        """Begin; learn what FreeSWITCH says of the call.

        Raises:
            EslError: if it is not FreeSWITCH, or does not answer in time.
            HungUpError: if the connection is lost.
        """
        return {name: unquote(value) for name, value in (await self.command(Block("connect"))).items()}

    async def command(self, block: Block) -> Headers:
        """Give a command.

        Returns:
            The headers of the reply.

        Raises:
            EslError: if it is refused, or not answered in time.
            HungUpError: if the connection is lost.
        """
        async with self._deadline(COMMAND_S):
            await self._write(block)
            while (message := await self._read()).kind != "command/reply":
                self._keep(message)
        reply = message.headers.get("Reply-Text", "+OK")
        if reply.startswith("-"):
            raise EslError(f"FreeSWITCH refuses {block.partition(' ')[0].splitlines()[0]}: {reply[:80]}")
        return message.headers

    async def execute(self, block: Block, deadline_s: float) -> Headers:
        """Let the call execute an application, and wait until it has.

        Args:
            block: The command, without its `Event-UUID`.
            deadline_s: How long the application may take.

        Returns:
            The event that says so, with all variables of the call.

        Raises:
            HungUpError: if the call is over before.
            EslError: if it is refused, or takes too long.
        """
        mark = await self.begin(block)
        async with self._deadline(deadline_s):
            while True:
                event = await self._event()
                if completes(event, mark):
                    return event

    async def begin(self, block: Block) -> str:
        """Let the call execute an application, without waiting for its end.

        Returns:
            What the event that says so has as `Application-UUID`.
        """
        mark = str(uuid4())
        await self.command(Block(f"{block}\nEvent-UUID: {mark}"))
        return mark

    async def event(self, deadline_s: float) -> Headers:
        """Wait for the next event.

        Raises:
            HungUpError: if that is the end of the call.
            EslError: if none comes in time.
        """
        async with self._deadline(deadline_s):
            return await self._event()

    async def _event(self) -> Headers:
        while not self._events:
            self._keep(await self._read())
        event = self._events.popleft()
        if (over := _hung_up(event)) is not None:
            raise over
        return event

    def _keep(self, message: Message) -> None:
        if message.event:
            if len(self._events) == EVENTS:
                raise EslError(f"more than {EVENTS} events while a reply is due")
            self._events.append(message.event)
        elif message.kind == "text/disconnect-notice" and message.headers.get("Content-Disposition") != "linger":
            # A call that lingers is over too, but the event that says why is still to come.
            raise next(filter(None, map(_hung_up, self._events)), HungUpError("FreeSWITCH closed the connection"))

    async def _write(self, block: Block) -> None:
        try:
            self._writer.write(f"{block}\n\n".encode())
            await self._writer.drain()
        except ConnectionError as error:
            raise HungUpError("the connection to FreeSWITCH was lost") from error

    async def _read(self) -> Message:
        try:
            headers = parse_headers(await self._reader.readuntil(b"\n\n"))
            body = await self._reader.readexactly(_length(headers))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise HungUpError("the connection to FreeSWITCH was lost") from error
        except asyncio.LimitOverrunError as error:
            raise EslError(f"a block of headers is longer than {BLOCK_BYTES} bytes") from error
        kind = headers.get("Content-Type", "")
        if kind != "text/event-plain":
            return Message(kind, headers)
        return Message(kind, headers, {name: unquote(value) for name, value in parse_headers(body).items()})

    @asynccontextmanager
    async def _deadline(self, seconds: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(seconds * self._patience):
                yield
        except TimeoutError as error:
            raise EslError("FreeSWITCH did not answer in time") from error


def completes(event: Headers, mark: str) -> bool:
    """Whether an event says that an application has been executed.

    Args:
        event: The event.
        mark: What `Session.begin` gave.
    """
    return event.get("Event-Name") == "CHANNEL_EXECUTE_COMPLETE" and event.get("Application-UUID") == mark


def parse_headers(raw: bytes) -> dict[str, str]:
    """Read headers up to the first empty line; of one that comes twice the first counts.

    Raises:
        EslError: if it is no block of headers, or has too many.
    """
    found: dict[str, str] = {}
    for line in raw.decode("utf-8", errors="replace").lstrip("\n").split("\n"):
        if not line:
            break
        name, colon, value = line.partition(":")
        if not colon or len(found) == HEADERS:
            raise EslError(f"expected at most {HEADERS} headers such as Content-Type: command/reply")
        found.setdefault(name, value.strip())
    return found


def _hung_up(event: Headers) -> HungUpError | None:
    if event.get("Event-Name") not in ("CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE"):
        return None
    return HungUpError("it was hung up", event.get("Hangup-Cause"))


def _length(headers: Headers) -> int:
    text = headers.get("Content-Length", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) > BODY_BYTES:
        raise EslError(f"expected a Content-Length of at most {BODY_BYTES} bytes")
    return int(text)
