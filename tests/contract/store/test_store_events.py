import asyncio
from collections.abc import Sequence

import pytest

from tests.contract.store.samples import NOW_MS, NUMBER, a_request, change, until
from warmcall.calls.model import Event, EventType, State
from warmcall.calls.port import Collision, Store, Transaction


async def lived_through(store: Store) -> list[Event]:
    """Two requests, of which one is matched and the other expires, on end."""
    first, second = a_request(), a_request()
    await asyncio.gather(store.add(first), store.add(second))
    await change(store, first.id, State.MATCHED)
    await store.transact(lambda tx: tx.expire_due(second.expires_at_ms, 10))
    await change(store, first.id, State.ENDED)
    return list(await store.events_after(0, 100))


async def test_the_numbers_of_events_grow(store: Store) -> None:
    events = await lived_through(store)
    assert [event.type.value for event in events] == ["created", "created", "matched", "expired", "ended"]
    seqs = [event.seq for event in events]
    assert seqs == sorted(set(seqs))
    assert seqs[0] > 0


async def test_events_after_a_number_are_those_with_a_greater_one(store: Store) -> None:
    events = await lived_through(store)
    for place, event in enumerate(events):
        assert await store.events_after(event.seq, 100) == events[place + 1 :]


async def test_events_after_a_number_come_in_portions(store: Store) -> None:
    events = await lived_through(store)
    assert await store.events_after(0, 2) == events[:2]
    assert await store.events_after(events[1].seq, 2) == events[2:4]
    assert await store.events_after(0, 0) == []


async def test_the_events_of_a_request_are_its_own_after_a_number(store: Store) -> None:
    events = await lived_through(store)
    own = [event for event in events if event.request_id == events[0].request_id]
    assert len(own) == 3
    assert await store.events(own[0].request_id, 0) == own
    assert await store.events(own[0].request_id, own[0].seq) == own[1:]
    assert await store.events(own[0].request_id, own[-1].seq) == []


async def test_a_listener_hears_every_event_in_order(store: Store) -> None:
    heard: list[Event] = []
    store.on_events(heard.extend)
    events = await lived_through(store)
    await until(lambda: len(heard) == len(events))
    assert events == heard


async def test_many_changes_at_once_are_heard_in_the_order_of_their_numbers(store: Store) -> None:
    heard: list[Event] = []
    store.on_events(heard.extend)
    requests = [a_request() for _ in range(40)]

    async def live(number: int) -> None:
        await store.add(requests[number])
        await change(store, requests[number].id, State.MATCHED)

    await asyncio.gather(*map(live, range(40)))
    await until(lambda: len(heard) == 80)
    assert [event.seq for event in heard] == sorted(event.seq for event in heard)
    assert heard == await store.events_after(0, 1000)


async def test_an_event_is_heard_once_it_can_be_read(store: Store) -> None:
    request = a_request()
    reads: list[asyncio.Task[Sequence[Event]]] = []
    store.on_events(lambda events: reads.append(asyncio.ensure_future(store.events_after(events[0].seq - 1, 10))))
    await store.add(request)
    await until(lambda: reads)
    assert [event.request_id for event in await reads[0]] == [request.id]


async def test_a_listener_hears_nothing_of_what_was_undone(store: Store) -> None:
    request = a_request(code="123456")
    await store.add(request)
    heard: list[Event] = []
    store.on_events(heard.extend)

    async def work(tx: Transaction) -> None:
        await tx.note(request, EventType.CALL_RECEIVED, NOW_MS, {})
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(work)
    assert await store.add(a_request(code="123456")) is Collision.CODE
    assert heard == []


async def test_a_listener_that_stopped_hears_no_more(store: Store) -> None:
    heard: list[Event] = []
    heard_by_another: list[Event] = []
    stop = store.on_events(heard.extend)
    store.on_events(heard_by_another.extend)
    await store.add(a_request())
    await until(lambda: heard_by_another)
    stop()
    stop()
    await store.add(a_request())
    await until(lambda: len(heard_by_another) == 2)
    assert len(heard) == 1


async def test_a_listener_that_fails_stops_neither_the_store_nor_other_listeners(store: Store) -> None:
    heard: list[Event] = []
    problems: list[object] = []

    def fail(events: Sequence[Event]) -> None:
        raise LookupError

    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context["exception"]))
    store.on_events(fail)
    store.on_events(heard.extend)
    assert await store.add(a_request()) is None
    await until(lambda: len(heard) == 1)
    assert isinstance(problems[0], LookupError)
    assert store.live(NUMBER) == 1
