"""The order of events: a number that is committed late is waited for, and nothing else is."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from tests.integration.many_servers import new_request, wait_until
from warmcall.calls.model import Event, EventType
from warmcall.store.postgres import PostgresStore
from warmcall.store.postgres.database import Connection

Open = Callable[[], Awaitable[PostgresStore]]


@pytest.fixture
async def slow_server(database: str, open_store: Open) -> AsyncIterator[Connection]:
    """A connection of a server whose transactions take long, on a database with tables."""
    await open_store()
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def note_slowly(connection: Connection, request_id: str) -> None:
    """Begin what a server does to store an event, and leave it open."""
    await connection.execute("BEGIN")
    await connection.execute("SELECT announce_events()")
    await connection.execute(
        "INSERT INTO event SELECT nextval('event_seq'), seq, 'call_received', 1, '{}' FROM call_request WHERE id = $1",
        request_id,
    )


async def test_an_event_that_is_committed_late_is_told_before_those_with_greater_numbers(
    open_store: Open, slow_server: Connection
) -> None:
    store, other = await open_store(), await open_store()
    first, second = new_request(), new_request()
    await store.add(first)
    seen: list[Event] = []
    other.on_events(seen.extend)
    await note_slowly(slow_server, first.id)

    await store.add(second)
    before = await other.events_after(0, 100)
    await slow_server.execute("COMMIT")
    await wait_until(lambda: bool(seen) and seen[-1].request_id == second.id)

    assert [event.request_id for event in before] == [first.id]
    assert [(event.request_id, event.type) for event in await other.events_after(0, 100)] == [
        (first.id, EventType.CREATED),
        (first.id, EventType.CALL_RECEIVED),
        (second.id, EventType.CREATED),
    ]
    assert [event.seq for event in seen] == sorted(event.seq for event in seen)
    assert [event.type for event in seen][-2:] == [EventType.CALL_RECEIVED, EventType.CREATED]


async def test_an_event_that_is_never_committed_is_not_waited_for(open_store: Open, slow_server: Connection) -> None:
    store = await open_store()
    first, second = new_request(), new_request()
    await store.add(first)
    await note_slowly(slow_server, first.id)
    await store.add(second)

    await slow_server.execute("ROLLBACK")

    assert [event.request_id for event in await store.events_after(0, 100)] == [first.id, second.id]


async def test_long_transactions_of_other_programs_do_not_hold_events_back(
    open_store: Open, slow_server: Connection
) -> None:
    store = await open_store()
    await slow_server.execute("BEGIN; CREATE TABLE of_another_program (x integer); SELECT pg_advisory_xact_lock(7)")

    request = new_request()
    await store.add(request)

    assert [event.request_id for event in await store.events_after(0, 100)] == [request.id]
    await slow_server.execute("ROLLBACK")


async def test_an_event_whose_notification_was_lost_is_found_by_the_next_look(
    open_store: Open, slow_server: Connection
) -> None:
    store = await open_store()
    request = new_request()
    await store.add(request)
    seen: list[Event] = []
    store.on_events(seen.extend)

    await note_slowly(slow_server, request.id)
    await slow_server.execute("COMMIT")

    await wait_until(lambda: [event.type for event in seen] == [EventType.CALL_RECEIVED])


async def test_a_listener_hears_nothing_of_what_was_before_it(open_store: Open) -> None:
    store = await open_store()
    await store.add(new_request())
    seen: list[Event] = []
    store.on_events(seen.extend)
    request = new_request()

    await store.add(request)

    await wait_until(lambda: bool(seen))
    assert [event.request_id for event in seen] == [request.id]


async def test_what_was_committed_last_is_told_before_a_store_closes(open_store: Open) -> None:
    store = await open_store()
    seen: list[Event] = []
    store.on_events(seen.extend)
    request = new_request()
    await store.add(request)

    await store.aclose()

    assert [event.request_id for event in seen] == [request.id]


async def test_deleting_a_request_deletes_its_events_and_gives_no_number_twice(
    open_store: Open, slow_server: Connection
) -> None:
    store = await open_store()
    request = new_request()
    await store.add(request)
    await note_slowly(slow_server, request.id)
    await slow_server.execute("COMMIT")
    last = (await store.events_after(0, 100))[-1].seq

    await slow_server.execute("DELETE FROM call_request")
    await store.add(new_request())

    (event,) = await store.events_after(0, 100)
    assert event.seq > last
