"""FreeSWITCH as far as the outbound event socket goes: one that follows a transcript, and one with a caller."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

WITHIN_S = 10.0
CALL_ID = "6d0f8b1e-9d52-4a2b-9a4d-0d1f6c0f9a01"
ACCEPTED = "Content-Type: command/reply\nReply-Text: +OK"


def channel_data(number: str, call_id: str = CALL_ID, **more: str) -> dict[str, str]:
    """What FreeSWITCH 1.10 says of a call whose number is withheld, shortened; `more` with `_` for `-`."""
    known = {
        "Event-Name": "CHANNEL_DATA",
        "Core-UUID": "00000000-0000-4000-8000-000000000000",
        "Channel-State": "CS_EXECUTE",
        "Channel-Name": "sofia/external/anonymous@192.0.2.7",
        "Unique-ID": call_id,
        "Call-Direction": "inbound",
        "Caller-Caller-ID-Name": "Anonymous",
        "Caller-Caller-ID-Number": "anonymous",
        "Caller-ANI": "anonymous",
        "Caller-Destination-Number": number.lstrip("+"),
        "Caller-Privacy-Hide-Name": "true",
        "Caller-Privacy-Hide-Number": "true",
        "variable_sip_h_X-Warmcall-Token": "forged-by-the-caller",
    }
    return known | more


def written(headers: Mapping[str, str]) -> str:
    """Headers as they are sent: values are percent-encoded."""
    return "\n".join(f"{name}: {quote(value, safe=' /@+:')}" for name, value in headers.items())


class Freeswitch:
    """One connection from FreeSWITCH to an event socket server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def write(self, block: str) -> None:
        self._writer.write(f"{block}\n\n".encode())
        await self._writer.drain()

    async def write_event(self, headers: str) -> None:
        body = f"{headers}\n\n"
        self._writer.write(f"Content-Length: {len(body.encode())}\nContent-Type: text/event-plain\n\n{body}".encode())
        await self._writer.drain()

    async def read(self) -> list[str] | None:
        """The lines of the next command, or `None` once the server has closed the connection."""
        async with asyncio.timeout(WITHIN_S):
            try:
                return [line async for line in self._lines()] or None
            except ConnectionResetError:
                return None

    async def finish(self) -> None:
        """Close this side, and wait until the server has noticed."""
        self._writer.write_eof()
        while await self.read() is not None:
            """What it still writes is not for us."""

    async def _lines(self) -> AsyncIterator[str]:
        while line := (await self._reader.readline()).decode().removesuffix("\n"):
            yield line


@asynccontextmanager
async def freeswitch(port: int) -> AsyncIterator[Freeswitch]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Freeswitch(reader, writer)
    finally:
        writer.close()


def sections(transcript: str) -> Iterator[tuple[str, list[str]]]:
    """The blocks of a transcript: kind and lines."""
    found: list[tuple[str, list[str]]] = []
    for line in transcript.splitlines():
        if line.startswith("--- "):
            found.append((line[4:], []))
        elif found and not line.startswith(("#", "=")):
            found[-1][1].append(line)
    return iter(found)


class Player:
    """Is FreeSWITCH as a transcript says."""

    def __init__(self, peer: Freeswitch, places: Mapping[str, str]) -> None:
        self._peer = peer
        self._places = dict(places)

    async def play(self, transcript: str) -> None:
        for number, (kind, lines) in enumerate(sections(transcript), 1):
            lines = [self._filled(line) for line in lines]
            if kind == "F":
                await self._peer.write("\n".join(lines))
            elif kind == "E":
                await self._peer.write_event("\n".join(map(self._filled, lines)))
            elif kind == "W":
                await self._expect(number, lines)
            elif kind == "C":
                got = await self._peer.read()
                assert got is None, f"block {number}: expected the end, got {got}"
            elif kind == "R":
                await self._execution(number, *lines)
            elif kind == "X":
                await self._peer.finish()

    async def _execution(self, number: int, application: str, argument: str, *more: str) -> None:
        lines = ["sendmsg", "call-command: execute", f"execute-app-name: {application}"]
        lines += [f"execute-app-arg: {argument}"] if argument else []
        await self._expect(number, [*lines, "Event-UUID: ..."])
        await self._peer.write(ACCEPTED)
        done = [
            "Event-Name: CHANNEL_EXECUTE_COMPLETE",
            f"Application: {application}",
            "Application-UUID: {mark}",
            *more,
        ]
        await self._peer.write_event("\n".join(map(self._filled, done)))

    async def _expect(self, number: int, lines: list[str]) -> None:
        got = await self._peer.read()
        wanted = re.escape("\n".join(lines)).replace(re.escape("..."), ".*")
        assert got is not None, f"block {number}: expected {lines}, got the end"
        assert re.fullmatch(wanted, "\n".join(got)), f"block {number}: expected {lines}, got {got}"
        if got[-1].startswith("Event-UUID: "):
            self._places["mark"] = got[-1].removeprefix("Event-UUID: ")

    def _filled(self, text: str) -> str:
        for place, value in self._places.items():
            text = text.replace("{" + place + "}", value)
        return text


@dataclass
class Caller:
    """What a caller does, and what became of the call.

    Attributes:
        keys: What is keyed in each time a code is asked for; then nothing.
        hangs_up_at: The application during which the caller hangs up.
        answered: Whether an agent answers; if not, nobody does.
        executed: All applications that were executed, with their arguments.
        variables: What was set, exported and unset.
        hung_up: The cause with which the server ended the call.
    """

    keys: list[str] = field(default_factory=list)
    hangs_up_at: str | None = None
    answered: bool = True
    executed: list[tuple[str, str]] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    hung_up: str | None = None

    async def call(self, port: int, channel: Mapping[str, str]) -> None:
        """Call, until the server is done with it."""
        async with freeswitch(port) as peer:
            while (lines := await peer.read()) is not None:
                if lines == ["connect"]:
                    await peer.write(f"{written(channel)}\n{ACCEPTED}\nSocket-Mode: async\nControl: full")
                    continue
                await peer.write(ACCEPTED)
                if lines[0] == "sendmsg":
                    for event in self._message(dict(line.split(": ", 1) for line in lines[1:])):
                        await peer.write_event(event)

    def _message(self, headers: dict[str, str]) -> Iterator[str]:
        if headers["call-command"] == "hangup":
            self.hung_up = headers["hangup-cause"]
            yield self._ended(self.hung_up)
            return
        application, argument = headers["execute-app-name"], headers.get("execute-app-arg", "")
        self.executed.append((application, argument))
        if application == self.hangs_up_at:
            yield self._ended("ORIGINATOR_CANCEL")
            return
        done = self._execute(application, argument)
        if application in ("bridge", "callcenter") and self.answered:
            yield "Event-Name: CHANNEL_BRIDGE"
        yield "\n".join(
            [
                "Event-Name: CHANNEL_EXECUTE_COMPLETE",
                f"Application: {application}",
                f"Application-UUID: {headers['Event-UUID']}",
                *(f"variable_{name}: {quote(value)}" for name, value in done.items()),
            ]
        )

    def _execute(self, application: str, argument: str) -> dict[str, str]:
        if application in ("set", "export"):
            name, _, value = argument.partition("=")
            self.variables[name] = value
        elif application == "unset":
            self.variables[argument] = "(unset)"
        elif application == "play_and_get_digits" and self.keys:
            variable = argument.split()[-3]
            return {variable: self.keys.pop(0)}
        return {}

    def _ended(self, cause: str) -> str:
        return f"Event-Name: CHANNEL_HANGUP\nHangup-Cause: {cause}"
