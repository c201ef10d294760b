"""Several servers on one PostgreSQL: what one does all others see, and no rule is broken between them."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import cycle

import asyncpg
import pytest

from tests.integration.many_servers import NOW_MS, NUMBER, match, new_request, wait_until
from warmcall.calls.errors import StateChangeError
from warmcall.calls.model import E164, Event, EventType, State
from warmcall.calls.port import Collision, Transaction
from warmcall.store.postgres import PostgresStore

Open = Callable[[], Awaitable[PostgresStore]]


async def three(open_store: Open) -> list[PostgresStore]:
    return [await open_store() for _ in range(3)]


async def test_a_request_made_on_one_is_matched_on_another_and_seen_on_a_third(open_store: Open) -> None:
    first, second, third = await three(open_store)
    seen: list[Event] = []
    third.on_events(seen.extend)
    request = new_request(code="271828", caller="+12025550123")

    assert await first.add(request) is None
    matched = await second.transact(lambda tx: match(tx, "call-1", "271828"))
    await wait_until(lambda: len(seen) == 2)

    assert matched is not None
    assert matched.id == request.id
    assert await third.find(request.id) == matched
    assert [(event.request_id, event.type) for event in seen] == [
        (request.id, EventType.CREATED),
        (request.id, EventType.MATCHED),
    ]
    assert list(await first.events(request.id, 0)) == seen


async def test_every_server_hears_every_event_once_and_in_the_same_order(open_store: Open) -> None:
    stores = await three(open_store)
    seen: list[list[Event]] = [[] for _ in stores]
    for store, events in zip(stores, seen, strict=True):
        store.on_events(events.extend)

    async def life(store: PostgresStore, other: PostgresStore, code: str) -> None:
        assert await store.add(new_request(code=code)) is None
        assert await other.transact(lambda tx: match(tx, f"call-{code}", code)) is not None

    pairs = zip(cycle(stores), cycle([*stores[1:], stores[0]]), range(300), strict=False)
    await asyncio.gather(*(life(store, other, f"{code:04}") for store, other, code in pairs))
    await wait_until(lambda: all(len(events) >= 600 for events in seen))

    assert seen[0] == seen[1] == seen[2] == list(await stores[0].events_after(0, 1000))
    seqs = [event.seq for event in seen[0]]
    assert seqs == sorted(set(seqs))


async def test_no_code_is_live_twice_when_three_servers_add_a_thousand_requests_with_few_codes(
    open_store: Open, database: str
) -> None:
    stores = await three(open_store)
    chance = random.Random(1)
    requests = [new_request(code=f"{chance.randrange(300):04}") for _ in range(1000)]

    answers = await asyncio.gather(
        *(store.add(request) for store, request in zip(cycle(stores), requests, strict=False))
    )

    assert set(answers) == {None, Collision.CODE}
    stored = {request.id for request, answer in zip(requests, answers, strict=True) if answer is None}
    connection = await asyncpg.connect(database)
    rows = await connection.fetch("SELECT id::text, code FROM call_request")
    await connection.close()
    assert {row["id"] for row in rows} == stored
    assert sorted(row["code"] for row in rows) == sorted({request.code for request in requests if request.code})


async def test_of_three_calls_with_one_code_on_three_servers_one_wins(open_store: Open) -> None:
    stores = await three(open_store)
    for code in range(50):
        await stores[0].add(new_request(code=f"{code:04}"))

    async def race(code: str) -> int:
        works = [
            store.transact(lambda tx, call=f"{code}-{place}": match(tx, call, code))  # type: ignore[misc]
            for place, store in enumerate(stores)
        ]
        return sum(request is not None for request in await asyncio.gather(*works))

    assert await asyncio.gather(*(race(f"{code:04}") for code in range(50))) == [1] * 50


async def test_a_call_reported_to_three_servers_at_once_gets_one_answer(open_store: Open) -> None:
    stores = await three(open_store)
    for code in range(3):
        await stores[0].add(new_request(code=f"{code:04}"))

    async def reported(call_id: str) -> set[str | None]:
        works = [
            store.transact(lambda tx, code=f"{code:04}": match(tx, call_id, code))  # type: ignore[misc]
            for code, store in enumerate(stores)
        ]
        return {request.id if request else None for request in await asyncio.gather(*works)}

    answers = await reported("the-call")

    assert len(answers) == 1
    assert None not in answers


async def test_a_number_is_never_held_exclusively_and_otherwise_at_the_same_time(
    open_store: Open, database: str
) -> None:
    stores = await three(open_store)
    numbers = [f"+1800555{place:04}" for place in range(100)]
    requests = [new_request(number=number, exclusive=place == 0) for number in numbers for place in range(3)]
    random.Random(2).shuffle(requests)

    answers = await asyncio.gather(
        *(store.add(request) for store, request in zip(cycle(stores), requests, strict=False))
    )

    assert set(answers) == {None, Collision.NUMBER}
    connection = await asyncpg.connect(database)
    counts = await connection.fetch(
        "SELECT count(*) AS held, count(*) FILTER (WHERE exclusive) AS alone FROM call_request GROUP BY number"
    )
    await connection.close()
    assert len(counts) == len(numbers)
    assert {(row["held"], row["alone"]) for row in counts} == {(1, 1), (2, 0)}


async def test_two_servers_asked_with_one_idempotency_key_make_one_request(open_store: Open) -> None:
    stores = await three(open_store)
    requests = [new_request(key="once") for _ in stores]

    answers = await asyncio.gather(*(store.add(request) for store, request in zip(stores, requests, strict=True)))

    assert sorted(answer or "" for answer in answers) == ["", Collision.KEY, Collision.KEY]
    winner = requests[answers.index(None)]
    for store in stores:
        assert await store.find_by_key(winner.site, "once") == winner


async def test_several_servers_sweep_at_once_and_each_request_expires_once(open_store: Open) -> None:
    stores = await three(open_store)
    await asyncio.gather(*(stores[0].add(new_request(code=f"{code:04}")) for code in range(500)))
    later_ms = NOW_MS + 600_000

    async def sweep(store: PostgresStore) -> int:
        expired = 0
        while some := await store.transact(lambda tx: tx.expire_due(later_ms, 20)):
            expired += some
        return expired

    assert sum(await asyncio.gather(*map(sweep, stores))) == 500
    events = await stores[0].events_after(0, 2000)
    assert sum(event.type is EventType.EXPIRED for event in events) == 500
    await wait_until(lambda: all(store.live(E164(NUMBER)) == 0 for store in stores))


async def test_counts_follow_what_other_servers_do(open_store: Open) -> None:
    first, second, _ = await three(open_store)
    request = new_request(code="1234")
    await first.add(request)
    await first.add(new_request(code="5678", cool_down_s=60))
    await wait_until(lambda: (second.live(E164(NUMBER)), second.held(E164(NUMBER))) == (2, 2))
    assert second.next_due_ms() == NOW_MS + 600_000

    for code in ("1234", "5678"):
        await second.transact(lambda tx, code=code: match(tx, f"call-{code}", code))  # type: ignore[misc]

    assert (second.live(E164(NUMBER)), second.held(E164(NUMBER))) == (0, 1)
    await wait_until(lambda: (first.live(E164(NUMBER)), first.held(E164(NUMBER))) == (0, 1))


async def test_servers_that_start_together_on_an_empty_database_agree_on_secrets(empty_database: str) -> None:
    stores = await asyncio.gather(*(PostgresStore.open(empty_database) for _ in range(3)))

    secrets = await asyncio.gather(*(store.secret("visitor") for store in stores))
    for store in stores:
        await store.aclose()

    assert len(set(secrets)) == 1
    assert len(secrets[0]) == 32


async def test_a_change_decided_on_what_another_server_has_changed_is_decided_again(open_store: Open) -> None:
    first, second, _ = await three(open_store)
    request = new_request(code="1234")
    await first.add(request)
    states: list[State] = []

    async def cancel(tx: Transaction) -> None:
        found = await tx.find(request.id)
        assert found is not None
        states.append(found.state)
        if len(states) == 1:
            await second.transact(lambda tx: match(tx, "call", "1234"))
        await tx.change(found, State.CANCELLED, NOW_MS, {})

    with pytest.raises(StateChangeError):
        await first.transact(cancel)
    assert states == [State.WAITING, State.MATCHED]
