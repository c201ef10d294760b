"""A receiver of webhooks on 127.0.0.1 that answers as it is told, also in ways that no server should."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> str:
        return str(self.json["type"]).removeprefix("call_request.")


Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


def status(code: int, *headers: str) -> Behaviour:
    """Answer with a status."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        lines = "".join(f"{header}\r\n" for header in headers)
        writer.write(f"HTTP/1.1 {code} Said\r\nContent-Length: 2\r\n{lines}\r\nok".encode())

    return behave


async def silence(writer: asyncio.StreamWriter) -> None:
    """Take the request and never answer."""
    await asyncio.sleep(60)


async def trickle(writer: asyncio.StreamWriter) -> None:
    """Answer a byte now and then, so that no single read takes long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless(writer: asyncio.StreamWriter) -> None:
    """Answer well, with a body that has no end."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        await writer.drain()


async def rubbish(writer: asyncio.StreamWriter) -> None:
    """Answer something that is no HTTP."""
    writer.write(b"\x16\x03\x01 go away \x00\xff\r\n\r\n")
    writer.close()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close the connection."""
    writer.close()


class Receiver:
    """Keeps what it gets.

    Attributes:
        port: Where it listens.
        url: Its address, with 127.0.0.1 as the host.
        behaviour: How it answers from now on.
        received: Everything, oldest first.
        most_at_once: How many requests were open at the same time, at most.
    """

    def __init__(self, port: int, scheme: str = "http") -> None:
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}/hook"
        self.behaviour: Behaviour = status(200)
        self.received: list[Received] = []
        self.most_at_once = 0
        self._open = 0

    def events(self, request_id: str) -> list[str]:
        """The types of what came for one call request."""
        return [r.event for r in self.received if r.json["data"].get("id") == request_id]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
                body = await reader.readexactly(int(headers["content-length"]))
                self.received.append(Received(head[0].split()[1], headers, body))
                self._open += 1
                self.most_at_once = max(self.most_at_once, self._open)
                try:
                    await self.behaviour(writer)
                    await writer.drain()
                finally:
                    self._open -= 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver as long as the block lasts, over TLS if it is given a certificate."""
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(receiver.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", port, ssl=tls)
    receiver = Receiver(server.sockets[0].getsockname()[1], "https" if tls else "http")
    try:
        yield receiver
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
