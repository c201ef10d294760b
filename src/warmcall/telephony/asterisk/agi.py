"""The FastAGI protocol: an environment of `name: value` lines, then a command and a reply at a time."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NewType

import msgspec

from warmcall.errors import WarmcallError

LINE_BYTES = 16 * 1024
ENVIRONMENT_LINES = 300
ENVIRONMENT_S = 10.0
COMMAND_S = 10.0
COMMAND_BYTES = 2000
"""Asterisk reads commands into a buffer of 2,048 bytes and would take the rest for the next one."""

_REPLY = re.compile(r"(\d{3})(?:[ -](?:result=(\S*))?\s*(?:\((.*)\))?(.*))?", re.DOTALL)
_USAGE_LINES = 100

Line = NewType("Line", str)
"""A command that is one line for sure; made by `outbound`."""


class HungUpError(WarmcallError):
    """The caller hung up, or the connection was lost: there is nobody to talk to."""

    code = "hung_up"


class AgiError(WarmcallError):
    """The other side does not keep to the protocol, or refuses a command."""

    code = "agi_failed"


class Reply(msgspec.Struct, frozen=True):
    """What Asterisk answers to a command.

    Attributes:
        result: What stands after `result=`: a number, or keyed digits.
        note: What stands in parentheses, such as `timeout`.
    """

    result: str
    note: str | None = None

    @property
    def failed(self) -> bool:
        """The command could not be carried out."""
        return self.result == "-1"


class Session:
    """One FastAGI connection.

    Args:
        reader: Has a limit, which is the longest line that is read.
        writer: The same connection.
        patience: Multiplies all deadlines; less than 1 only in tests.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float = 1.0) -> None:
        self._reader = reader
        self._writer = writer
        self._patience = patience

    async def environment(self) -> dict[str, str]:
        """Read what Asterisk says of the call, up to the empty line.

        Raises:
            AgiError: if it is not an environment, too long, too slow, or names something twice: a caller's name with
                a line end in it must not speak for Asterisk.
            HungUpError: if the connection is lost.
        """
        found: dict[str, str] = {}
        async with self._deadline(ENVIRONMENT_S):
            while line := await self._line():
                name, colon, value = line.partition(":")
                if not colon or not name.startswith("agi_"):
                    raise AgiError("expected a line such as agi_uniqueid: 1700000000.1")
                if name in found or len(found) == ENVIRONMENT_LINES:
                    raise AgiError("the environment names something twice, or has too many lines")
                found[name] = value.strip()
        return found

    async def command(self, line: Line, deadline_s: float = COMMAND_S) -> Reply:
        """Carry out a command.

        Args:
            line: The command.
            deadline_s: How long Asterisk may take.

        Returns:
            The reply. One that `failed` had another reason than that the caller hung up, such as a missing recording.

        Raises:
            HungUpError: if the caller hung up, or the connection is lost.
            AgiError: if the command is refused, or the deadline passes.
        """
        reply = await self._exchange(line, deadline_s)
        if reply.failed and not await self._alive():
            raise HungUpError("the caller hung up")
        return reply

    async def _alive(self) -> bool:
        # -1 is the reply to a hang-up and to a recording that is not there; the channel's status tells them apart.
        return not (await self._exchange(Line("CHANNEL STATUS"), COMMAND_S)).failed

    async def _exchange(self, line: Line, deadline_s: float) -> Reply:
        async with self._deadline(deadline_s):
            try:
                self._writer.write(line.encode() + b"\n")
                await self._writer.drain()
            except ConnectionError as error:
                raise HungUpError("the connection to Asterisk was lost") from error
            return await self._reply()

    async def _reply(self) -> Reply:
        line = await self._line()
        if line == "HANGUP":
            raise HungUpError("the caller hung up")
        found = _REPLY.fullmatch(line)
        if found is None:
            raise AgiError("expected a reply such as 200 result=0")
        if found[1] == "511":
            raise HungUpError("the caller hung up")
        if line.startswith("520-"):
            await self._skip_usage()
        if found[1] != "200":
            raise AgiError(f"Asterisk refuses a command: {found[1]}")
        return Reply(found[2] or "", found[3])

    async def _skip_usage(self) -> None:
        for _ in range(_USAGE_LINES):
            if (await self._line()).startswith("520 "):
                return
        raise AgiError("a refusal that does not end")

    async def _line(self) -> str:
        try:
            raw = await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise HungUpError("the connection to Asterisk was lost") from error
        except asyncio.LimitOverrunError as error:
            raise AgiError(f"a line is longer than {LINE_BYTES} bytes") from error
        return raw.decode("utf-8", errors="replace").rstrip("\r\n")

    @asynccontextmanager
    async def _deadline(self, seconds: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(seconds * self._patience):
                yield
        except TimeoutError as error:
            raise AgiError("Asterisk did not answer in time") from error
