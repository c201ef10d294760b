"""Drills on whole servers that share one PostgreSQL: what any of them answered is there afterwards, and only once.

The same on the store itself is in `../test_postgres_processes.py` and `../test_postgres_outage.py`.
"""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.integration.api.conftest import eventually, problem
from tests.integration.api.test_crash_drills import CREATE, UNBOUNDED
from tests.integration.api.test_serve import Process
from tests.postgres_server import PostgresServer
from warmcall.store.postgres import PostgresStore
from warmcall.web.keys import key_hash, new_key

Start = Callable[[], Awaitable["Node"]]


class Node:
    """A server process, what visitors and a phone system were answered by it, and what they were refused."""

    def __init__(self, process: Process, key: str) -> None:
        self.process = process
        self.http = httpx.AsyncClient(base_url=process.url, timeout=10, headers={"Authorization": f"Bearer {key}"})
        self.issued: list[dict[str, Any]] = []
        self.matched: dict[str, str] = {}
        self.refused: list[httpx.Response] = []
        self.longest_s = 0.0

    async def create(self) -> dict[str, Any] | None:
        """Ask for a number, as a page does; `None` if the answer is no."""
        response = await self._post(CREATE, {"group": "sales"}, 201)
        if response is None:
            return None
        issued: dict[str, Any] = response.json()
        self.issued.append(issued)
        return issued

    async def call(self, call_id: str, issued: dict[str, Any]) -> None:
        """Report a call with the code that was issued, as a phone system does."""
        body = {"callId": call_id, "dialledNumber": issued["accessNumber"], "digits": issued["accessCode"]}
        response = await self._post("/v1/match", body, 200)
        if response is not None:
            assert response.json()["outcome"] == "matched", response.text
            self.matched[call_id] = response.json()["callRequest"]["id"]

    async def _post(self, path: str, body: dict[str, Any], status: int) -> httpx.Response | None:
        began_s = time.monotonic()
        response = await self.http.post(path, json=body)
        self.longest_s = max(self.longest_s, time.monotonic() - began_s)
        if response.status_code == status:
            return response
        self.refused.append(response)
        return None

    async def aclose(self) -> None:
        await self.http.aclose()
        if self.process.popen.returncode is None:
            await asyncio.to_thread(self.process.stop)


@pytest.fixture
async def start(database: str, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts one more server on the database."""
    config = tmp_path / "warmcall.toml"
    config.write_text(UNBOUNDED)
    store = await PostgresStore.open(database, connections=1)
    key = new_key("telephony")
    await store.add_api_key(key_hash(key), "telephony", "test", 0)
    await store.aclose()
    serial = count()
    async with AsyncExitStack() as stack:

        async def start() -> Node:
            data = tmp_path / f"node{next(serial)}"
            node = Node(await asyncio.to_thread(Process, config, data, "--database-url", database), key)
            stack.push_async_callback(node.aclose)
            return node

        yield start


@asynccontextmanager
async def load(nodes: Sequence[Node], visitors: int = 5) -> AsyncIterator[None]:
    """Visitors ask every server for numbers all the while; half of the calls come in at the server after it.

    Those of a server that is gone go home.
    """
    done = asyncio.Event()
    serial = count()

    async def visitor(node: Node, other: Node) -> None:
        while not done.is_set():
            try:
                issued = await node.create()
            except httpx.TransportError:
                return
            place = next(serial)
            if issued is not None and place % 2:
                with suppress(httpx.TransportError):
                    await other.call(f"call-{place}", issued)

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for node, other in zip(nodes, [*nodes[1:], nodes[0]], strict=True):
            for _ in range(visitors):
                group.create_task(visitor(node, other))
        yield
        done.set()


async def requests_in(database: str) -> list[asyncpg.Record]:
    """All requests, read without the product."""
    connection = await asyncpg.connect(database)
    try:
        return await connection.fetch(
            "SELECT id::text, number, code, state, record->>'call_id' AS call_id, due_at_ms FROM call_request"
        )
    finally:
        await connection.close()


async def all_that_was_answered_is_there(database: str, nodes: Sequence[Node], *, unanswered: int) -> None:
    """Compare what visitors and phone systems heard with the table; at most so many more may be in it."""
    rows = {row["id"]: row for row in await requests_in(database)}
    issued = [one for node in nodes for one in node.issued]
    assert len({one["id"] for one in issued}) == len(issued)
    there = [(row["id"], row["number"], row["code"]) for one in issued if (row := rows.get(one["id"]))]
    assert there == [(one["id"], one["accessNumber"], one["accessCode"]) for one in issued]
    assert len(rows) - len(issued) <= unanswered
    matched = {call: request for node in nodes for call, request in node.matched.items()}
    assert {call: (rows[request]["state"], rows[request]["call_id"]) for call, request in matched.items()} == {
        call: ("matched", call) for call in matched
    }
    assert len(set(matched.values())) == len(matched) > 10
    held = Counter((row["number"], row["code"]) for row in rows.values() if row["due_at_ms"] is not None)
    assert len(held) > 100
    assert max(held.values()) == 1


async def test_of_three_servers_under_load_one_is_killed_and_nothing_that_any_answered_is_lost(
    start: Start, database: str
) -> None:
    nodes = await asyncio.gather(start(), start(), start())
    killed, *others = nodes

    async with load(nodes):
        await eventually(lambda: all(len(node.issued) >= 40 for node in nodes))
        killed.process.popen.kill()
        before = [len(node.issued) for node in others]
        await eventually(lambda: all(len(node.issued) >= n + 40 for node, n in zip(others, before, strict=True)))

    assert [node.refused for node in nodes] == [[], [], []]
    # What the killed one had under way may have been kept without an answer: one for each visitor, and a call.
    await all_that_was_answered_is_there(database, nodes, unanswered=5)
    again = await start()
    waiting = next(one for one in killed.issued if one["id"] not in others[0].matched.values())
    await again.call("after the start", waiting)
    assert again.matched == {"after the start": waiting["id"]}
    await again.create()
    await others[0].call("elsewhere", again.issued[0])
    assert others[0].matched["elsewhere"] == again.issued[0]["id"]


async def test_a_database_that_stops_and_starts_under_load_is_survived_with_clear_refusals(
    start: Start, postgres: PostgresServer, database: str
) -> None:
    nodes = await asyncio.gather(start(), start())
    first, second = nodes
    await first.create()
    address = f"/v1/call-requests/{first.issued[0]['id']}/events"

    async with first.http.stream("GET", address, params={"token": first.issued[0]["token"]}) as stream:
        events = (line async for line in stream.aiter_lines() if line.startswith("event:"))
        assert await anext(events) == "event: snapshot"
        try:
            async with load(nodes):
                await eventually(lambda: all(len(node.issued) >= 40 for node in nodes))
                await asyncio.to_thread(postgres.stop, signal.SIGQUIT)
                await eventually(lambda: all(len(node.refused) >= 10 for node in nodes))
                ready = await first.http.get("/readyz")
                alive = await first.http.get("/healthz")
                await asyncio.to_thread(postgres.start)
                before = [len(node.issued) for node in nodes]
                await eventually(lambda: all(len(node.issued) >= n + 40 for node, n in zip(nodes, before, strict=True)))
        finally:
            if not postgres.running:
                await asyncio.to_thread(postgres.start)
        assert (ready.status_code, alive.status_code) == (503, 200)
        assert [(await node.http.get("/readyz")).status_code for node in nodes] == [200, 200]
        await second.call("after the restart", first.issued[0])
        assert await anext(events) == "event: matched"

    for response in [ready, *first.refused, *second.refused]:
        refused = problem(response, 503, "store_unavailable")
        assert refused["retryable"] is True
        assert 1 <= int(response.headers["retry-after"]) <= 60
    assert {response.request.url.path for node in nodes for response in node.refused} >= {CREATE}
    assert max(node.longest_s for node in nodes) < 5
    # A create whose confirmation was lost with the connection is refused, though it may have been kept.
    await all_that_was_answered_is_there(database, nodes, unanswered=10)
