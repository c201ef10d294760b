"""The database goes away and comes back: nothing that was answered is lost, nobody waits long, nobody restarts."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest

from tests.integration.many_servers import NOW_MS, match, new_request, wait_until
from tests.postgres_server import PostgresServer
from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.model import CallRequest, Event
from warmcall.calls.port import Collision
from warmcall.store.postgres import PostgresStore
from warmcall.store.postgres.database import Database, OutcomeUnknownError, Row
from warmcall.store.postgres.queries import QUERIES


@pytest.fixture
async def store(postgres: PostgresServer, database: str) -> AsyncIterator[PostgresStore]:
    store = await PostgresStore.open(database, connections=4)
    yield store
    if not postgres.running:
        await asyncio.to_thread(postgres.start)
    await store.aclose()


async def test_while_the_database_is_away_everything_says_so_soon(
    postgres: PostgresServer, store: PostgresStore
) -> None:
    request = new_request(code="1234")
    await asyncio.to_thread(postgres.stop)
    operations = [
        store.add(request),
        store.transact(lambda tx: match(tx, "call", "1234")),
        store.transact(lambda tx: tx.expire_due(NOW_MS, 10)),
        store.find(request.id),
        store.events_after(0, 10),
        store.secret("visitor"),
        store.ping(),
    ]
    began_s = time.monotonic()

    answers = await asyncio.gather(*operations, return_exceptions=True)

    assert time.monotonic() - began_s < 2.5
    assert {type(answer) for answer in answers} == {StoreUnavailableError}
    assert store.live(request.number) == 0


async def test_after_a_restart_of_the_database_everything_works_again_by_itself(
    postgres: PostgresServer, store: PostgresStore
) -> None:
    seen: list[Event] = []
    store.on_events(seen.extend)
    request = new_request(code="1234")
    await store.add(request)

    await asyncio.to_thread(postgres.stop)
    await asyncio.to_thread(postgres.start)

    await store.ping()
    matched = await store.transact(lambda tx: match(tx, "call", "1234"))
    assert matched is not None
    assert matched.id == request.id
    await wait_until(lambda: len(seen) == 2, within_s=10)


async def test_a_crash_of_the_database_loses_nothing_that_was_answered(
    postgres: PostgresServer, store: PostgresStore
) -> None:
    answered: list[CallRequest] = []
    refused: list[CallRequest] = []
    going_on = True

    async def visitor(digit: int) -> None:
        for serial in range(100_000):
            if not going_on:
                return
            request = new_request(code=f"{digit:02}{serial:05}")
            try:
                assert await store.add(request) is None
                answered.append(request)
            except StoreUnavailableError:
                refused.append(request)
                await asyncio.sleep(0.01)

    visitors = [asyncio.create_task(visitor(digit)) for digit in range(16)]
    await wait_until(lambda: len(answered) > 100)
    await asyncio.to_thread(postgres.stop, signal.SIGQUIT)
    await wait_until(lambda: len(refused) > 16)
    await asyncio.to_thread(postgres.start)
    before = len(answered)
    await wait_until(lambda: len(answered) > before + 100, within_s=20)
    going_on = False
    await asyncio.gather(*visitors)

    found = await asyncio.gather(*(store.find(request.id) for request in answered))
    assert found == answered


async def test_an_addition_whose_confirmation_was_lost_is_known_to_be_stored(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Database.fetch
    lost: list[object] = []

    async def fetch_and_lose(database: Database, query: str, *parameters: Any, wait_s: float = 2.0) -> Sequence[Row]:
        rows = await fetch(database, query, *parameters, wait_s=wait_s)
        if query == QUERIES.add_requests and not lost:
            lost.extend(rows)
            raise OutcomeUnknownError("the connection was lost after the commit")
        return rows

    monkeypatch.setattr(Database, "fetch", fetch_and_lose)
    seen: list[Event] = []
    store.on_events(seen.extend)
    request = new_request(code="1234", caller="+12025550123", key="once")

    answer = await store.add(request)

    assert len(lost) == 1
    assert answer is None
    assert store.live(request.number) == 1
    await wait_until(lambda: [event.request_id for event in seen] == [request.id])


async def test_a_backend_that_is_ended_in_the_middle_costs_no_answer(store: PostgresStore, database: str) -> None:
    admin = await asyncpg.connect(database)
    requests = [new_request(code=f"{code:04}") for code in range(500)]

    async def end_backends() -> None:
        for _ in range(10):
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'warmcall' AND datname = current_database()"
            )
            await asyncio.sleep(0.01)

    ending = asyncio.create_task(end_backends())
    answers: list[Collision | BaseException | None] = []
    for request in requests:
        answers += await asyncio.gather(store.add(request), return_exceptions=True)
    await ending
    await admin.close()

    assert {type(answer) for answer in answers} <= {type(None), StoreUnavailableError}
    for request, answer in zip(requests, answers, strict=True):
        if answer is None:
            assert await store.find(request.id) == request


async def refused(store: PostgresStore) -> bool:
    try:
        await store.ping()
    except StoreUnavailableError as error:
        return "read-only" in error.message
    return False


async def test_a_read_only_database_is_not_ready(store: PostgresStore, database: str) -> None:
    admin = await asyncpg.connect(database)
    await admin.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    await admin.execute("SELECT pg_reload_conf()")
    try:
        # A reloaded setting reaches a connection with one of its next statements.
        deadline_s = time.monotonic() + 5
        while not await refused(store):
            assert time.monotonic() < deadline_s
            await asyncio.sleep(0.01)
        with pytest.raises(StoreUnavailableError):
            await store.add(new_request())
    finally:
        await admin.execute("SET default_transaction_read_only = off")
        await admin.execute("ALTER SYSTEM RESET default_transaction_read_only")
        await admin.execute("SELECT pg_reload_conf()")
        await admin.close()


async def test_a_database_that_cannot_be_reached_at_the_start_is_named_a_reason(postgres: PostgresServer) -> None:
    with pytest.raises(StoreUnavailableError, match="does not exist"):
        await PostgresStore.open(postgres.dsn("nowhere"))
