"""What the embedded store costs: durable adds and matches at 64 concurrent callers, beside a bare executemany.

    python -m benchmarks.store_sqlite [--rounds 5] [--requests 10000] [--clients 64]

CPU is that of the whole process, commit and checkpoint threads included, as the median of the rounds; every round does
the bare loop, the adds and the matches one after the other, so that a busy machine slows all of them.
"""

import argparse
import asyncio
import gc
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import uvloop

from benchmarks.plan import Plan
from benchmarks.table import Row, amount
from warmcall.calls.ids import new_request_id
from warmcall.calls.model import (
    E164,
    AccessCode,
    Call,
    CallId,
    CallRequest,
    GroupName,
    Page,
    SiteId,
    State,
)
from warmcall.calls.port import Transaction
from warmcall.store.sqlite import SqliteStore

_LIFETIME_MS = 600_000


class Cost(NamedTuple):
    """Of one operation."""

    cpu_us: float
    wall_us: float


def new_requests(count: int) -> list[CallRequest]:
    """Requests as a page sends them, on twenty numbers, ten in a millisecond."""
    start_ms = time.time_ns() // 1_000_000
    return [
        CallRequest(
            id=new_request_id(now_ms),
            site=SiteId("demo"),
            group=GroupName("sales"),
            state=State.WAITING,
            number=E164(f"+180055501{random.randrange(20):02}"),
            code=AccessCode(f"{random.randrange(10**6):06}"),
            caller=E164(f"+1415{random.randrange(10**7):07}"),
            exclusive=False,
            cool_down_s=60,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + _LIFETIME_MS,
            fields={"firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.com"},
            user_data={"cart": "1234", "total": 99},
            page=Page("https://www.example.com/shop/cart", "Cart", "en"),
        )
        for now_ms in (start_ms + n // 10 for n in range(count))
    ]


def measured(count: int, work: Callable[[], None]) -> Cost:
    """Run `work`, which does `count` operations. What was made for it before is no business of the collector."""
    gc.collect()
    gc.freeze()
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    work()
    return Cost((time.process_time() - cpu_s) / count * 1e6, (time.perf_counter() - wall_s) / count * 1e6)


async def concurrently(
    clients: int, items: Iterable[CallRequest], do: Callable[[CallRequest], Awaitable[None]]
) -> None:
    """Let `clients` tasks share the items, each doing one after the other."""
    shared = iter(items)

    async def client() -> None:
        for item in shared:
            await do(item)

    await asyncio.gather(*(client() for _ in range(clients)))


def bare(path: Path, rows: int, batch: int) -> Cost:
    """A table with the same columns and indexes, written in batches by executemany alone."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE request (seq INTEGER PRIMARY KEY, id BLOB "
        "UNIQUE, site TEXT, state TEXT, due INTEGER, record TEXT); CREATE INDEX due ON request (due)"
    )
    values = [(n, n.to_bytes(16), "demo", "waiting", n, "x" * 550) for n in range(rows)]

    def work() -> None:
        for start in range(0, rows, batch):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO request VALUES (?, ?, ?, ?, ?, ?)", values[start : start + batch])
            connection.execute("COMMIT")

    cost = measured(rows, work)
    connection.close()
    return cost


def matching(store: SqliteStore) -> Callable[[CallRequest], Awaitable[None]]:
    """A match by code, as the domain does it: look the call up, find the request, change it, remember the call."""

    async def match(request: CallRequest) -> None:
        assert request.code is not None
        number, code, now_ms = request.number, request.code, request.created_at_ms
        call_id = CallId(f"{request.id[::-1]}@pbx.example.com")

        async def work(tx: Transaction) -> CallRequest:
            call = await tx.call(call_id) or Call(id=call_id, number=number, caller=None, received_at_ms=now_ms)
            found = await tx.waiting_by_code(number, code, now_ms)
            assert found is not None
            found.call_id, found.matched_by, found.matched_at_ms = call_id, "code", now_ms
            call.outcome, call.request_id = "matched", found.id
            await tx.change(found, State.MATCHED, now_ms, {"callId": call_id, "matchedBy": "code"})
            await tx.remember(call)
            return found

        await store.transact(work)

    return match


def one_round(requests: int, clients: int) -> dict[str, Cost]:
    """Measure everything once, each on files of its own."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        costs = {"bare executemany": bare(Path(folder, "bare.sqlite3"), requests, clients)}
        store = runner.run(SqliteStore.open(Path(folder, "store")))
        added: list[CallRequest] = []

        async def add(request: CallRequest) -> None:
            if await store.add(request) is None:
                added.append(request)

        asked = new_requests(requests)
        costs["add"] = measured(requests, lambda: runner.run(concurrently(clients, asked, add)))
        costs["match"] = measured(len(added), lambda: runner.run(concurrently(clients, added, matching(store))))
        runner.run(store.aclose())
    return costs


def measure(plan: Plan) -> list[Row]:
    """Measure adds and matches of the store alone, without HTTP, beside a bare loop."""
    rounds = [one_round(requests=10_000, clients=64) for _ in range(plan.slices)]
    bare_us, *others = ((name, statistics.median(c[name].cpu_us for c in rounds)) for name in rounds[0])
    return [
        Row(
            name=f"store alone: {name}, CPU each",
            ours=amount(cpu_us, "us"),
            peer=f"{bare_us[0]}, a row",
            peers=amount(bare_us[1], "us"),
            ratio=cpu_us / bare_us[1],
        )
        for name, cpu_us in others
    ]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=64)
    options = parser.parse_args()
    rounds = [one_round(options.requests, options.clients) for _ in range(options.rounds)]
    base = statistics.median(costs["bare executemany"].cpu_us for costs in rounds)
    print(f"{'':18} {'CPU us':>8} {'of bare':>8} {'per s':>8}")
    for name in rounds[0]:
        cpu_us = statistics.median(costs[name].cpu_us for costs in rounds)
        wall_us = statistics.median(costs[name].wall_us for costs in rounds)
        print(f"{name:18} {cpu_us:8.1f} {cpu_us / base:8.2f} {1e6 / wall_us:8.0f}")


if __name__ == "__main__":
    main()
