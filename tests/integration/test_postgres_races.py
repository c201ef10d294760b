"""Races that a slow server loses or wins: its transaction is held open just before its commit."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import msgspec
import pytest

from tests.integration.many_servers import NOW_MS, NUMBER, new_request
from warmcall.calls.model import E164, AccessCode, Call, CallId, CallRequest, State
from warmcall.calls.port import Collision, Transaction
from warmcall.store.postgres import PostgresStore
from warmcall.store.postgres.database import Connection
from warmcall.store.postgres.items import Unit
from warmcall.store.postgres.queries import QUERIES
from warmcall.store.postgres.rows import row_of
from warmcall.store.postgres.writer import parameters_of

Open = Callable[[], Awaitable[PostgresStore]]


@pytest.fixture
async def slow(database: str) -> AsyncIterator[Connection]:
    """The connection of a slow server, with a transaction that is open."""
    connection = await asyncpg.connect(database)
    await connection.execute("BEGIN")
    yield connection
    await connection.close()


async def add_slowly(slow: Connection, request: CallRequest) -> None:
    await slow.fetch(QUERIES.add_requests, *([value] for value in row_of(request)), request.exclusive)


async def ends_or_waits(task: asyncio.Task[object], database: str, slow: Connection) -> None:
    """Return once `task` has ended or waits for the slow server's transaction."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
    connection = await asyncpg.connect(database)
    deadline_s = time.monotonic() + 5
    while not task.done() and not await connection.fetchval(query, slow.get_server_pid()):
        assert time.monotonic() < deadline_s
        await asyncio.sleep(0.005)
    await connection.close()


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
async def test_a_number_asked_for_exclusively_waits_for_whoever_is_being_added_to_it(
    open_store: Open, database: str, slow: Connection, first: bool, second: bool, end: str
) -> None:
    store = await open_store()
    await add_slowly(slow, new_request(exclusive=first))

    adding = asyncio.create_task(store.add(new_request(exclusive=second)))
    await ends_or_waits(adding, database, slow)
    await slow.execute(end)

    assert await adding == (Collision.NUMBER if end == "COMMIT" else None)


async def test_requests_that_share_a_number_do_not_wait_for_each_other(open_store: Open, slow: Connection) -> None:
    store = await open_store()
    await add_slowly(slow, new_request(code="1111"))

    assert await store.add(new_request(code="2222")) is None


async def decide(tx: Transaction, code: str) -> CallRequest | None:
    """Match a call unless it was decided before."""
    call = await tx.call(CallId("call"))
    if call is not None and call.outcome == "no_match":
        return None
    request = await tx.waiting_by_code(E164(NUMBER), AccessCode(code), NOW_MS)
    assert request is not None
    await tx.change(request, State.MATCHED, NOW_MS, {})
    call = Call(id=CallId("call"), number=E164(NUMBER), caller=None, received_at_ms=NOW_MS, outcome="matched")
    await tx.remember(call)
    return request


@pytest.mark.parametrize("known", [False, True], ids=["a new call", "a known call"])
async def test_a_call_that_another_server_is_deciding_gets_the_answer_of_that_one(
    open_store: Open, database: str, slow: Connection, known: bool
) -> None:
    store = await open_store()
    request = new_request(code="1234")
    await store.add(request)
    call = Call(id=CallId("call"), number=E164(NUMBER), caller=None, received_at_ms=NOW_MS, outcome="no_match")
    if known:
        before = msgspec.structs.replace(call, outcome="code_needed")
        await store.transact(lambda tx: tx.remember(before))
    unit = Unit()
    version = await slow.fetchval("SELECT xmin::text FROM call")
    unit.calls[call.id] = (call, version)
    await slow.fetch(QUERIES.apply_units, *parameters_of([unit]))

    matching = asyncio.create_task(store.transact(lambda tx: decide(tx, "1234")))
    await ends_or_waits(matching, database, slow)
    await slow.execute("COMMIT")

    assert await matching is None
    assert await store.transact(lambda tx: tx.call(call.id)) == call
    assert await store.find(request.id) == request
