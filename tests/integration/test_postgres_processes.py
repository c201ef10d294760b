"""Server processes of their own on one PostgreSQL, one of which is killed while it works."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from tests.integration.many_servers import wait_until
from warmcall.calls.model import EventType, RequestId, State
from warmcall.store.postgres import PostgresStore

ROOT = Path(__file__).parents[2]
Open = Callable[[], Awaitable[PostgresStore]]


class Node:
    """A process of `postgres_node` and what it said."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.said: list[list[str]] = []
        self.listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        assert self.process.stdout is not None
        async for said in self.process.stdout:
            self.said.append(said.decode().split())

    def go_on(self, last: int = 0) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{last}\n".encode())

    async def says(self, word: str, times: int = 1) -> None:
        await wait_until(lambda: self.count(word) >= times, within_s=30)

    def count(self, word: str) -> int:
        return sum(words[0] == word for words in self.said)

    def of(self, word: str) -> list[list[str]]:
        return [words[1:] for words in self.said if words[0] == word]


@pytest.fixture
async def nodes(database: str) -> AsyncIterator[list[Node]]:
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    nodes = []
    for place in range(3):
        arguments = ["-m", "tests.integration.postgres_node", database, str(place), "1000"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=PIPE, stdout=PIPE, env=environment, limit=2**20
        )
        nodes.append(Node(process))
    yield nodes
    for node in nodes:
        if node.process.returncode is None:
            node.process.kill()
        await node.process.wait()
        await node.listening


async def test_what_was_answered_outlives_a_killed_process_and_no_code_is_live_twice(
    nodes: list[Node], open_store: Open, database: str
) -> None:
    store = await open_store()
    for node in nodes:
        await node.says("ready")
    for node in nodes:
        node.go_on()

    await nodes[0].says("stored", 40)
    nodes[0].process.kill()
    survivors = nodes[1:]
    for node in survivors:
        await node.says("done")
    await nodes[0].listening

    answered = [words for node in nodes for words in node.of("stored")]
    found = await asyncio.gather(*(store.find(RequestId(words[0])) for words in answered))
    assert [request and [request.id, request.code] for request in found] == answered
    matched = [words[0] for node in nodes for words in node.of("matched")]
    assert max(Counter(matched).values()) == 1
    states = [
        request.state for request in await asyncio.gather(*(store.find(RequestId(id)) for id in matched)) if request
    ]
    assert states == [State.MATCHED] * len(matched)
    codes = await live_codes(database)
    assert len(codes) > 100
    assert max(Counter(codes).values()) == 1

    # The killed process's transactions are undone or committed by now, so all that are left have heard the same.
    events = await store.events_after(0, 10_000)
    assert sum(event.type is EventType.CREATED for event in events) >= len(answered)
    for node in survivors:
        node.go_on(events[-1].seq)
        await node.says("heard")
        assert [int(seq) for seq in node.of("heard")[0]] == [event.seq for event in events]


async def live_codes(database: str) -> list[str]:
    """The codes that are taken, counted in the table and not in the index that ought to keep them apart."""
    connection = await asyncpg.connect(
        database, server_settings={"enable_indexscan": "off", "enable_bitmapscan": "off"}
    )
    rows = await connection.fetch("SELECT code FROM call_request WHERE due_at_ms IS NOT NULL")
    await connection.close()
    return [row["code"] for row in rows]
