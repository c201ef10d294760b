"""Live streams: what an idle one weighs, and what it costs to send an event down one of them."""

import asyncio
import resource
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

import httpx
import msgspec

from benchmarks.http import product
from benchmarks.http.bodies import CREATE_PATH, MATCH_PATH, call_requests, inbound_calls
from benchmarks.http.create import WARM_S, echoing
from benchmarks.http.product import Product
from benchmarks.plan import Plan
from benchmarks.table import Row, amount

_REPORT_PATH = "/v1/call-reports"
_STREAMS_PER_REQUEST = 8
_DEADLINE_S = 240.0
_AT_ONCE = 32


class _Requests:
    """Some call requests, and the calls that come in for them.

    Args:
        warmcall: Where they are created.
        count: How many.
        name: Makes their calls different from those of others.
    """

    def __init__(self, warmcall: Product, count: int, name: str) -> None:
        self._warmcall = warmcall
        self._count = count
        self._name = name
        self.issued: list[dict[str, Any]] = []
        self._calls: list[bytes] = []

    async def create(self, client: httpx.AsyncClient, bodies: Iterable[bytes]) -> None:
        answers = await self._post(client, CREATE_PATH, bodies)
        self.issued = [msgspec.json.decode(answer) for answer in answers]
        self._calls = list(inbound_calls([(i["accessNumber"], i["accessCode"]) for i in self.issued], self._name))

    async def match(self, client: httpx.AsyncClient) -> None:
        await self._post(client, MATCH_PATH, self._calls)

    async def connect(self, client: httpx.AsyncClient) -> None:
        ids = [msgspec.json.decode(call)["callId"] for call in self._calls]
        await self._post(client, _REPORT_PATH, [b'{"callId":"%s","state":"connected"}' % i.encode() for i in ids])

    async def _post(self, client: httpx.AsyncClient, path: str, bodies: Iterable[bytes]) -> list[bytes]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._warmcall.key}"}

        async def post(body: bytes) -> bytes:
            answer = await client.post(path, content=body, headers=headers)
            return answer.raise_for_status().content

        return await asyncio.gather(*map(post, bodies))


class _Streams:
    """Open streams of call requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def open(self, issued: Sequence[dict[str, Any]], of_each: int) -> None:
        """Open streams, and return once each has told where its request is."""
        wanted = [request for request in issued for _ in range(of_each)]
        for first in range(0, len(wanted), _AT_ONCE):
            await asyncio.gather(*map(self._open_one, wanted[first : first + _AT_ONCE]))

    async def hear(self, event: str) -> None:
        """Return once every stream has told of an event."""
        await asyncio.gather(*(reader.readuntil(f"event: {event}\n".encode()) for reader, _ in self._open))

    def close(self) -> None:
        """Hang up."""
        for _, writer in self._open:
            writer.close()

    async def _open_one(self, request: dict[str, Any]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        path = f"/v1/call-requests/{request['id']}/events?token={request['token']}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n".encode())
        await reader.readuntil(b"event: snapshot\n")
        self._open.append((reader, writer))


def measure(plan: Plan) -> list[Row]:
    """Measure the memory of idle streams, and the CPU that an event costs beyond what it costs without listeners."""
    _allow_files(plan.streams + 200)
    with echoing() as echo, product.running() as warmcall:
        echo.slice(WARM_S)
        warmcall.create(WARM_S)
        echo_us = echo.slice(plan.seconds).cpu_us
        each_kib, event_us, process_mb = asyncio.run(asyncio.wait_for(_measure(warmcall, plan), _DEADLINE_S))
    return [
        Row(
            name=f"idle live stream, one of {plan.streams:,}",
            ours=amount(each_kib, "KiB"),
            ratio=each_kib,
            limit=16,
            goal=11,
        ),
        Row(
            name=f"the server with {plan.streams:,} idle live streams",
            ours=amount(process_mb, "MB"),
            ratio=process_mb,
            limit=200,
            goal=130,
        ),
        Row(
            name="live event, CPU for each stream it goes to",
            ours=amount(event_us, "us"),
            peer="bare echo",
            peers=amount(echo_us, "us"),
            ratio=event_us / echo_us,
            limit=0.6,
            goal=0.3,
        ),
    ]


async def _measure(warmcall: Product, plan: Plan) -> tuple[float, float, float]:
    count = plan.streams // _STREAMS_PER_REQUEST
    followed, silent = (_Requests(warmcall, count, name) for name in ("followed", "silent"))
    bodies = list(call_requests(2 * count, first=10**8)())
    streams = _Streams(warmcall.server.port)
    limits = httpx.Limits(max_connections=_AT_ONCE)
    async with httpx.AsyncClient(base_url=warmcall.server.url, limits=limits, timeout=_DEADLINE_S) as client:
        await followed.create(client, bodies[:count])
        await silent.create(client, bodies[count:])
        before_bytes = warmcall.server.memory_bytes()
        await streams.open(followed.issued, _STREAMS_PER_REQUEST)
        open_bytes = warmcall.server.memory_bytes()
        each_kib = (open_bytes - before_bytes) / (count * _STREAMS_PER_REQUEST) / 1024
        extra_s = 0.0
        for event, cause in (("matched", _Requests.match), ("connected", _Requests.connect)):
            extra_s -= await _cpu_s(warmcall, cause(silent, client))
            extra_s += await _cpu_s(warmcall, _heard(cause(followed, client), streams, event))
    streams.close()
    return each_kib, extra_s / (2 * count * _STREAMS_PER_REQUEST) * 1e6, open_bytes / 1e6


async def _heard(cause: Awaitable[None], streams: _Streams, event: str) -> None:
    await asyncio.gather(cause, streams.hear(event))


async def _cpu_s(warmcall: Product, work: Awaitable[None]) -> float:
    """What the server spends on work that has not begun yet."""
    before_s = warmcall.server.cpu_s()
    await work
    return warmcall.server.cpu_s() - before_s


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise RuntimeError(f"{count} files have to be open at once, but this machine allows {hard}; see `ulimit -n`")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))
