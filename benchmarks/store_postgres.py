"""The shared store beside one insert a request, on a durable PostgreSQL: `python -m benchmarks.store_postgres`.

Every candidate gets slices of load in turn, so that a busy machine slows all of them; the median of a candidate counts.
"""

import asyncio
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from benchmarks.plan import Plan
from tests.postgres_server import PostgresServer
from warmcall.calls.ids import new_request_id
from warmcall.calls.model import E164, AccessCode, Call, CallId, CallRequest, GroupName, Page, SiteId, State
from warmcall.calls.port import Transaction
from warmcall.store.postgres import PostgresStore
from warmcall.store.postgres.rows import row_of

CLIENTS = 64
_CONNECTIONS = 16
_LIFETIME_MS = 600_000
_INSERT = """
INSERT INTO call_request (
    id, site, "group", state, number, code, caller, exclusive, cool_down_s, created_at_ms, due_at_ms, idempotency_key,
    record
) VALUES ($1::text::uuid, $2, $3, 'waiting', $4, $5, $6, false, $7, $8, $9, $10, $11::text::json)
ON CONFLICT DO NOTHING RETURNING seq
"""

Do = Callable[[CallRequest], Awaitable[None]]


def new_request() -> CallRequest:
    """A request as a page sends it, on one of twenty numbers."""
    now_ms = time.time_ns() // 1_000_000
    return CallRequest(
        id=new_request_id(now_ms),
        site=SiteId("demo"),
        group=GroupName("sales"),
        state=State.WAITING,
        number=E164(f"+180055501{random.randrange(20):02}"),
        code=AccessCode(f"{random.randrange(10**8):08}"),
        caller=E164(f"+1415{random.randrange(10**9):09}"),
        exclusive=False,
        cool_down_s=60,
        created_at_ms=now_ms,
        expires_at_ms=now_ms + _LIFETIME_MS,
        fields={"firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.com"},
        user_data={"cart": "1234", "total": 99},
        page=Page("https://www.example.com/shop/cart", "Cart", "en"),
    )


async def rate(seconds: float, do: Callable[[], Awaitable[bool]]) -> float:
    """How often a second 64 clients get `do` done, each one after the other, until it returns `False`."""
    done = count()
    began_s = time.perf_counter()

    async def client() -> None:
        while time.perf_counter() < began_s + seconds and await do():
            next(done)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return next(done) / (time.perf_counter() - began_s)


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[PostgresStore]:
    """A store for one slice."""
    store = await PostgresStore.open(dsn)
    try:
        yield store
    finally:
        await store.aclose()


async def adds(dsn: str, seconds: float, added: list[CallRequest], *, heard: bool) -> float:
    """Requests a second through the store, with or without a listener; they are put into `added`."""
    async with opened(dsn) as store:
        if heard:
            store.on_events(lambda events: None)

        async def add() -> bool:
            request = new_request()
            if await store.add(request) is None:
                added.append(request)
            return True

        return await rate(seconds, add)


async def single_inserts(dsn: str, seconds: float) -> float:
    """Requests a second by one statement each into the same table."""
    async with asyncpg.create_pool(dsn, min_size=_CONNECTIONS, max_size=_CONNECTIONS) as pool:

        async def add() -> bool:
            await pool.fetchval(_INSERT, *row_of(new_request()))
            return True

        return await rate(seconds, add)


async def matches(dsn: str, seconds: float, added: list[CallRequest]) -> float:
    """Matches a second, by code, as the domain does it; they use `added` up."""
    async with opened(dsn) as store:

        async def match() -> bool:
            if not added:
                return False
            request = added.pop()
            await store.transact(lambda tx: _match(tx, request))
            return True

        return await rate(seconds, match)


async def _match(tx: Transaction, request: CallRequest) -> None:
    assert request.code is not None
    call_id = CallId(f"{request.id}@pbx.example.com")
    now_ms = request.created_at_ms
    call = await tx.call(call_id) or Call(id=call_id, number=request.number, caller=None, received_at_ms=now_ms)
    found = await tx.waiting_by_code(request.number, request.code, now_ms)
    assert found is not None
    found.call_id, found.matched_by, found.matched_at_ms = call_id, "code", now_ms
    call.outcome, call.request_id = "matched", found.id
    await tx.change(found, State.MATCHED, now_ms, {"callId": call_id, "matchedBy": "code"})
    await tx.remember(call)


async def _measure(dsn: str, plan: Plan) -> dict[str, float]:
    """The median of each candidate's slices, after one round that nobody counts."""
    rates: dict[str, list[float]] = {"add": [], "add, heard": [], "insert": [], "match": []}
    for slice_ in range(plan.slices + 1):
        added: list[CallRequest] = []
        measured = {
            "add": await adds(dsn, plan.seconds, added, heard=False),
            "insert": await single_inserts(dsn, plan.seconds),
            "add, heard": await adds(dsn, plan.seconds, added, heard=True),
            "match": await matches(dsn, plan.seconds, added),
        }
        for name, figure in measured.items():
            if slice_:
                rates[name].append(figure)
    return {name: statistics.median(figures) for name, figures in rates.items()}


def measure(plan: Plan) -> list[dict[str, Any]]:
    """Measure the shared store, adds and matches at 64 clients."""
    folder = Path(tempfile.mkdtemp(prefix="warmcall-pg-"))
    server = PostgresServer(folder, durable=True)
    try:
        server.make()
        server.start()
        rates = uvloop.run(_measure(server.dsn(), plan))
    finally:
        server.stop()
        shutil.rmtree(folder)
    return [
        _row("PostgreSQL: add", "add", "one insert each", "insert", rates, limit=2.3, goal=3.0),
        _row("PostgreSQL: match", "match", "add", "add", rates, limit=0.35, goal=0.9),
        _row("PostgreSQL: add, with live events", "add, heard", "without", "add", rates, limit=0.9, goal=0.95),
    ]


def _row(name: str, ours: str, peer: str, peers: str, rates: dict[str, float], **budget: float) -> dict[str, Any]:
    return {
        "name": name,
        "ours_per_s": round(rates[ours]),
        "peer": peer,
        "peer_per_s": round(rates[peers]),
        "ratio": round(rates[ours] / rates[peers], 2),
        "at_least": True,
        **budget,
    }


if __name__ == "__main__":
    for row in measure(Plan()):
        print(row)
