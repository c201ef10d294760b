"""Asterisk as far as FastAGI goes: one that follows a transcript, and one that has a caller with a keypad."""

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

WITHIN_S = 10.0
CALL_ID = "1700000000.1"


def environment(number: str, call_id: str = CALL_ID, path: str = "call", **more: str) -> dict[str, str]:
    """What Asterisk 22 sends for a call from a withheld number; `more` without the `agi_` in front."""
    known = {
        "network": "yes",
        "network_script": path,
        "request": f"agi://127.0.0.1/{path}",
        "channel": "PJSIP/carrier-00000001",
        "language": "en",
        "type": "PJSIP",
        "uniqueid": call_id,
        "version": "22.1.0",
        "callerid": "unknown",
        "calleridname": "unknown",
        "callingpres": "67",
        "callingani2": "0",
        "callington": "0",
        "callingtns": "0",
        "dnid": number.lstrip("+"),
        "rdnis": "unknown",
        "context": "from-carrier",
        "extension": number.lstrip("+"),
        "priority": "1",
        "enhanced": "0.0",
        "accountcode": "",
        "threadid": "140000000000000",
    }
    return {f"agi_{name}": value for name, value in (known | more).items()}


class Asterisk:
    """One connection from Asterisk to a FastAGI server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def write(self, line: str) -> None:
        self._writer.write(f"{line}\n".encode())
        await self._writer.drain()

    async def write_environment(self, lines: Mapping[str, str]) -> None:
        await self.write("".join(f"{name}: {value}\n" for name, value in lines.items()))

    async def read(self) -> str | None:
        """The next command, or `None` once the server has closed the connection."""
        async with asyncio.timeout(WITHIN_S):
            try:
                line = (await self._reader.readline()).decode()
            except ConnectionResetError:
                return None
        assert line.endswith("\n") or not line, f"half a line: {line!r}"
        return line.removesuffix("\n") if line else None

    async def finish(self) -> None:
        """Close this side, and wait until the server has noticed."""
        self._writer.write_eof()
        while await self.read() is not None:
            """What it still writes is not for us."""


@asynccontextmanager
async def asterisk(port: int) -> AsyncIterator[Asterisk]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Asterisk(reader, writer)
    finally:
        writer.close()


async def play(transcript: str, port: int, places: Mapping[str, str]) -> None:
    """Be Asterisk as a transcript says."""
    async with asterisk(port) as peer:
        for number, line in enumerate(transcript.splitlines(), 1):
            kind, text = line[:1], line[2:]
            for place, value in places.items():
                text = text.replace("{" + place + "}", value)
            if kind == "A":
                await peer.write(text)
            elif kind in ("W", "E"):
                wanted = re.escape(text).replace(re.escape("..."), ".*")
                got = await peer.read()
                assert (got is None) == (kind == "E"), f"line {number}: expected {text or 'the end'}, got {got}"
                assert got is None or re.fullmatch(wanted, got), f"line {number}: expected {text}, got {got}"
            elif kind == "X":
                await peer.finish()


@dataclass
class Caller:
    """What a caller does, and what became of the call.

    Attributes:
        keys: What is keyed in each time a code is asked for; then nothing.
        hangs_up_at: How the command starts during which the caller hangs up.
        missing: Recordings Asterisk does not have.
        commands: All commands that came.
        variables: The channel's variables as they were set.
    """

    keys: list[str] = field(default_factory=list)
    hangs_up_at: str | None = None
    missing: tuple[str, ...] = ()
    commands: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    async def call(self, port: int, lines: Mapping[str, str]) -> None:
        """Call, until the server is done with it."""
        async with asterisk(port) as peer:
            await peer.write_environment(lines)
            while (command := await peer.read()) is not None:
                self.commands.append(command)
                for answer in self._answer(command):
                    await peer.write(answer)

    def _answer(self, command: str) -> tuple[str, ...]:
        if self.hangs_up_at and command.startswith(self.hangs_up_at):
            return "200 result=-1", "HANGUP"
        words = shlex.split(command)
        match words:
            case ["GET", "DATA", recording, _, _]:
                return (self._key(recording),)
            case ["SET", "VARIABLE", name, value]:
                self.variables[name] = value
                return ("200 result=1",)
            case ["CHANNEL", "STATUS"]:
                return ("200 result=6",)
            case ["EXEC", "Playback", recording]:
                return ("200 result=-1" if recording in self.missing else "200 result=0",)
            case ["ANSWER"] | ["EXEC", *_]:
                return ("200 result=0",)
        return ("510 Invalid or unknown command",)

    def _key(self, recording: str) -> str:
        if recording in self.missing:
            return "200 result=-1"
        return f"200 result={self.keys.pop(0)}" if self.keys else "200 result= (timeout)"
