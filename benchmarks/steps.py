"""Where the steps of the interpreter go: `python -m benchmarks.steps`.

Counts the bytecodes of a create or a match by the part of the code they belong to, from the first byte read to the last
one written. A busy machine does not change that figure; but steps differ in cost, so it is a map and no price.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import click
import msgspec
import uvicorn
import uvloop
from uvicorn.server import ServerState

from benchmarks.http.bodies import CREATE_PATH, MATCH_PATH, ORIGIN, call_requests, inbound_calls
from benchmarks.http.product import CONFIG
from warmcall import app, settings
from warmcall.store.sqlite import SqliteStore
from warmcall.web.keys import key_hash, new_key
from warmcall.web.protocol import Protocol

_CONNECTIONS = 64
_REQUESTS = 640
_SERVER = "uvicorn, asyncio, libraries"


class _Wire(asyncio.Transport):
    """A connection that keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.answered = asyncio.Event()
        self.answer = b""

    def write(self, data: Any) -> None:
        self.answer = bytes(data)
        self.answered.set()

    def is_closing(self) -> bool:
        return False

    def resume_reading(self) -> None:
        pass


class _Steps:
    """Counts bytecodes by the part they belong to, while it is the interpreter's trace function."""

    def __init__(self) -> None:
        self.by_part: Counter[str] = Counter()

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        part = _part(frame.f_code.co_filename)
        if part is None:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False

        def count(frame: FrameType, event: str, argument: Any) -> Any:
            self.by_part[part] += event == "opcode"
            return count

        return count


def _part(file: str) -> str | None:
    if "benchmarks" in file:
        return None
    _, found, inside = file.rpartition("/warmcall/")
    if not found:
        return _SERVER
    return inside.rpartition("/")[0] if inside.startswith(("bus", "store/sqlite", "web/api", "web/live")) else inside


async def steps(match: bool) -> tuple[dict[str, float], int]:
    """The steps of one request by part, and of how many requests that is the mean."""
    with TemporaryDirectory() as folder:
        store = await SqliteStore.open(Path(folder))
        warmcall = await app.start(settings.parse(CONFIG), store, public_url="http://127.0.0.1")
        key = new_key("telephony")
        await store.add_api_key(key_hash(key), "telephony", "", 1)
        connections = _connections(warmcall.application)
        make, count = call_requests(_REQUESTS), _Steps()
        create = _head(CREATE_PATH, ORIGIN)
        answers = await _send(connections, create, make())
        bodies, head = make(), create
        if match:
            issued = [msgspec.json.decode(answer.partition(b"\r\n\r\n")[2]) for answer in answers]
            bodies = inbound_calls([(i["accessNumber"], i["accessCode"]) for i in issued], "steps")
            head = _head(MATCH_PATH, {"Authorization": f"Bearer {key}"})
        sys.settrace(count)
        answers = await _send(connections, head, bodies)
        sys.settrace(None)
        await warmcall.stop()
    assert all(answer.startswith(b"HTTP/1.1 20") for answer in answers)
    return {part: number / len(answers) for part, number in count.by_part.most_common()}, len(answers)


def _connections(application: Any) -> list[tuple[Protocol, _Wire]]:
    config = uvicorn.Config(application, http=Protocol, ws="none", lifespan="off", log_config=None, proxy_headers=False)
    config.load()
    made = []
    for _ in range(_CONNECTIONS):
        protocol, wire = Protocol(config, ServerState(), {}), _Wire()
        protocol.connection_made(wire)
        made.append((protocol, wire))
    return made


def _head(path: str, headers: dict[str, str]) -> bytes:
    given = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), ""]
    return "\r\n".join(lines).encode()


async def _send(connections: list[tuple[Protocol, _Wire]], head: bytes, bodies: Iterable[bytes]) -> list[bytes]:
    """Send each body once, over all connections at a time; returns the answers."""
    left, answers = iter(bodies), []

    async def client(protocol: Protocol, wire: _Wire) -> None:
        for body in left:
            wire.answered.clear()
            protocol.data_received(b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body))
            await wire.answered.wait()
            answers.append(wire.answer)

    await asyncio.gather(*(client(*connection) for connection in connections))
    return answers


@click.command()
@click.option("--match", is_flag=True, help="Of a match instead of a create.")
def main(match: bool) -> None:
    """Print the steps of a request, part by part."""
    by_part, requests = uvloop.run(steps(match))
    click.echo(f"{sum(by_part.values()):7.0f}  all, mean of {requests} requests")
    for part, number in by_part.items():
        if number >= 1:
            click.echo(f"{number:7.0f}  {part}")


if __name__ == "__main__":
    main()
