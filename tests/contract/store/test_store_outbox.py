import asyncio

import pytest

from tests.contract.store.conftest import Adapter
from tests.contract.store.samples import NOW_MS, SITE, a_request, change
from warmcall.calls.archive import Trace
from warmcall.calls.model import EventType, RequestId, SiteId, State
from warmcall.calls.outbox import Delivery, DeliveryState, HookId
from warmcall.calls.port import Store

HOOK = HookId("demo/crm")
ALL = tuple(EventType)
LEASE_MS = 30_000
LATER_MS = NOW_MS + 3_600_000


@pytest.fixture
async def outbox(store: Store) -> Store:
    """A store whose hook gets all events from now on."""
    await store.add(a_request())
    await store.outbox.begin(HOOK, NOW_MS)
    return store


async def plan(store: Store, types: tuple[EventType, ...] = ALL, hook: HookId = HOOK, site: SiteId = SITE) -> None:
    while await store.outbox.plan(hook, site, types, NOW_MS):
        pass


async def claim(store: Store, now_ms: int = NOW_MS, limit: int = 10) -> list[Delivery]:
    return list(await store.outbox.claim(HOOK, now_ms, LEASE_MS, limit))


async def two_events(store: Store) -> RequestId:
    """A request that was created and cancelled, both planned."""
    request = a_request()
    await store.add(request)
    await change(store, request.id, State.CANCELLED)
    await plan(store)
    return request.id


async def test_a_hook_gets_the_events_since_it_began_each_once(outbox: Store) -> None:
    request = a_request()
    await outbox.add(request)
    await plan(outbox)
    await plan(outbox)
    await outbox.outbox.begin(HOOK, NOW_MS)
    (delivery,) = await claim(outbox)
    assert delivery.event.type is EventType.CREATED
    assert delivery.request == request
    assert (delivery.attempts, delivery.first_at_ms) == (1, NOW_MS)


async def test_a_hook_gets_only_the_events_of_its_site_that_it_asked_for(outbox: Store) -> None:
    await outbox.add(a_request(site=SiteId("other")))
    request = a_request()
    await outbox.add(request)
    await change(outbox, request.id, State.CANCELLED)
    await plan(outbox, (EventType.CANCELLED,))
    (delivery,) = await claim(outbox)
    assert (delivery.event.type, delivery.request.id) == (EventType.CANCELLED, request.id)


async def test_events_of_a_request_come_one_after_the_other(outbox: Store) -> None:
    await two_events(outbox)
    (first,) = await claim(outbox)
    assert await claim(outbox) == []
    await outbox.outbox.settle(first.id, DeliveryState.DELIVERED, NOW_MS, None)
    (second,) = await claim(outbox)
    assert [first.event.type, second.event.type] == [EventType.CREATED, EventType.CANCELLED]


async def test_what_comes_after_a_failed_delivery_waits_with_it(outbox: Store) -> None:
    await two_events(outbox)
    (first,) = await claim(outbox)
    await outbox.outbox.settle(first.id, DeliveryState.PENDING, LATER_MS, "no answer")
    assert (await outbox.outbox.backlog(HOOK)).due_at_ms == LATER_MS
    assert await claim(outbox, LATER_MS - 1) == []
    (again,) = await claim(outbox, LATER_MS)
    assert (again.id, again.attempts) == (first.id, 2)
    await outbox.outbox.settle(again.id, DeliveryState.DEAD, LATER_MS, "no answer")
    assert [delivery.event.type for delivery in await claim(outbox, LATER_MS)] == [EventType.CANCELLED]


async def test_an_event_that_comes_while_another_waits_for_its_next_try_waits_too(outbox: Store) -> None:
    request = a_request()
    await outbox.add(request)
    await plan(outbox)
    (first,) = await claim(outbox)
    await outbox.outbox.settle(first.id, DeliveryState.PENDING, LATER_MS, "no answer")
    await change(outbox, request.id, State.CANCELLED)
    await plan(outbox)
    assert (await outbox.outbox.backlog(HOOK)).due_at_ms == LATER_MS


async def test_requests_do_not_wait_for_each_other(outbox: Store) -> None:
    await two_events(outbox)
    await two_events(outbox)
    assert len(await claim(outbox)) == 2


async def test_a_lease_ends_by_itself(outbox: Store) -> None:
    await outbox.add(a_request())
    await plan(outbox)
    (first,) = await claim(outbox)
    assert await claim(outbox, NOW_MS + LEASE_MS - 1) == []
    (again,) = await claim(outbox, NOW_MS + LEASE_MS)
    assert again.id == first.id


async def test_only_the_dead_are_replayed_unless_one_is_named(outbox: Store) -> None:
    for _ in range(3):
        await outbox.add(a_request())
    await plan(outbox)
    dead, made, _ = await claim(outbox)
    await outbox.outbox.settle(dead.id, DeliveryState.DEAD, NOW_MS, "no answer")
    await outbox.outbox.settle(made.id, DeliveryState.DELIVERED, NOW_MS, None)
    assert await outbox.outbox.replay(LATER_MS, hook=HookId("demo/other")) == 0
    assert await outbox.outbox.replay(LATER_MS, hook=HOOK) == 1
    assert await outbox.outbox.replay(LATER_MS, delivery_id=made.id) == 1
    assert await outbox.outbox.replay(LATER_MS, delivery_id=12345) == 0
    claimed = await claim(outbox, LATER_MS)
    assert {(delivery.id, delivery.attempts, delivery.first_at_ms) for delivery in claimed} >= {
        (dead.id, 1, LATER_MS),
        (made.id, 1, LATER_MS),
    }


async def test_deliveries_are_listed_newest_first(outbox: Store) -> None:
    await two_events(outbox)
    (first,) = await claim(outbox)
    await outbox.outbox.settle(first.id, DeliveryState.DEAD, NOW_MS, "no answer")
    newest, oldest = await outbox.outbox.deliveries(None, None, None, 10)
    assert (newest.type, newest.state, oldest.type, oldest.state) == ("cancelled", "pending", "created", "dead")
    assert (oldest.error, oldest.settled_at_ms, oldest.hook) == ("no answer", NOW_MS, HOOK)
    assert await outbox.outbox.deliveries(DeliveryState.DEAD, HOOK, None, 10) == [oldest]
    assert await outbox.outbox.deliveries(None, HOOK, newest.id, 10) == [oldest]
    assert await outbox.outbox.deliveries(None, HookId("demo/other"), None, 10) == []


async def test_a_backlog_counts_what_waits(outbox: Store) -> None:
    await two_events(outbox)
    (first,) = await claim(outbox)
    await outbox.outbox.settle(first.id, DeliveryState.DEAD, NOW_MS, "no answer")
    assert await outbox.outbox.backlog(HOOK) == (1, 1, NOW_MS, NOW_MS)
    assert await outbox.outbox.backlog(HookId("demo/other")) == (0, 0, None, None)


async def test_a_hook_that_nobody_wants_any_more_is_forgotten(outbox: Store) -> None:
    await two_events(outbox)
    await outbox.outbox.forget([HOOK], LATER_MS)
    await outbox.outbox.forget([], NOW_MS)
    assert (await outbox.outbox.backlog(HOOK)).pending == 2
    await outbox.outbox.forget([], LATER_MS)
    assert (await outbox.outbox.backlog(HOOK)).pending == 0
    assert await outbox.outbox.plan(HOOK, SITE, ALL, NOW_MS) is False


async def test_what_was_delivered_is_dropped_some_time_later(outbox: Store) -> None:
    await two_events(outbox)
    (first,) = await claim(outbox)
    await outbox.outbox.settle(first.id, DeliveryState.DELIVERED, NOW_MS, None)
    await outbox.outbox.sweep(NOW_MS)
    assert len(await outbox.outbox.deliveries(None, None, None, 10)) == 2
    await outbox.outbox.sweep(LATER_MS)
    assert [view.state for view in await outbox.outbox.deliveries(None, None, None, 10)] == ["pending"]


async def test_what_waits_survives_a_restart(durable: Adapter) -> None:
    store = await durable.open()
    await store.outbox.begin(HOOK, NOW_MS)
    await two_events(store)
    (first,) = await claim(store)
    await store.outbox.settle(first.id, DeliveryState.DELIVERED, NOW_MS, None)
    request = a_request()
    await store.add(request)
    await store.aclose()
    store = await durable.open()
    await plan(store)
    assert [d.event.type for d in await claim(store)] == [EventType.CANCELLED, EventType.CREATED]
    await store.aclose()


async def test_a_lease_of_a_server_that_was_killed_ends_when_the_file_is_opened_again(store: Store) -> None:
    await store.outbox.begin(HOOK, NOW_MS)
    await store.add(a_request())
    await plan(store)
    (first,) = await claim(store)
    await store.outbox.release(HOOK)
    shared = type(store).__name__ == "PostgresStore"
    assert [delivery.id for delivery in await claim(store)] == ([] if shared else [first.id])


async def test_many_who_claim_at_once_share_the_work(outbox: Store) -> None:
    for _ in range(40):
        await outbox.add(a_request())
    await plan(outbox)
    shares = await asyncio.gather(*(claim(outbox, limit=5) for _ in range(8)))
    ids = [delivery.id for share in shares for delivery in share]
    assert len(ids) == len(set(ids))
    assert len(ids) == 40


async def test_deliveries_of_a_deleted_request_go_with_it(outbox: Store) -> None:
    request_id = await two_events(outbox)
    assert await outbox.archive.erase(Trace([request_id], [])) == 1
    assert await outbox.outbox.deliveries(None, None, None, 10) == []
    assert await claim(outbox) == []
    assert (await outbox.outbox.backlog(HOOK)).pending == 0
