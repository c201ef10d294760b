import pytest

from tests.contract.store.samples import LIFETIME_MS, NOW_MS, NUMBER, OTHER_NUMBER, a_request, change
from warmcall.calls.model import EventType, State
from warmcall.calls.port import Collision, Store

END_MS = NOW_MS + LIFETIME_MS


async def expire(store: Store, now_ms: int, limit: int = 100) -> int:
    return await store.transact(lambda tx: tx.expire_due(now_ms, limit))


async def test_a_request_expires_at_the_millisecond_of_its_expiry(store: Store) -> None:
    request = a_request()
    await store.add(request)
    assert await expire(store, END_MS - 1) == 0
    assert await store.find(request.id) == request
    assert await expire(store, END_MS) == 1
    found = await store.find(request.id)
    assert found is not None
    assert found.state is State.EXPIRED
    assert await expire(store, END_MS) == 0


async def test_an_expiry_has_its_event(store: Store) -> None:
    request = a_request()
    await store.add(request)
    await expire(store, END_MS + 5)
    _, event = await store.events(request.id, 0)
    assert (event.type, event.at_ms) == (EventType.EXPIRED, END_MS + 5)
    assert (event.site, event.group) == (request.site, request.group)


async def test_at_most_so_many_expire_at_once_the_earliest_first(store: Store) -> None:
    late = [a_request(expires_at_ms=END_MS - n) for n in range(5)]
    for request in late:
        await store.add(request)
    assert await expire(store, END_MS, limit=3) == 3
    found = [await store.find(request.id) for request in late]
    assert [request.state for request in found if request] == [State.WAITING] * 2 + [State.EXPIRED] * 3
    assert store.next_due_ms() == END_MS - 1
    assert await expire(store, END_MS, limit=3) == 2


async def test_only_waiting_requests_expire(store: Store) -> None:
    request = a_request()
    await store.add(request)
    await change(store, request.id, State.MATCHED)
    assert await expire(store, END_MS) == 0
    found = await store.find(request.id)
    assert found is not None
    assert found.state is State.MATCHED


async def test_an_expired_request_keeps_number_and_code_for_its_cool_down(store: Store) -> None:
    await store.add(a_request(code="123456", cool_down_s=60))
    await expire(store, END_MS + 3)
    assert (store.live(NUMBER), store.held(NUMBER)) == (0, 1)
    assert await store.add(a_request(code="123456")) is Collision.CODE
    assert store.next_due_ms() == END_MS + 3 + 60_000


@pytest.mark.parametrize("state", [State.MATCHED, State.CANCELLED])
async def test_number_and_code_are_free_at_the_millisecond_at_which_the_cool_down_ends(
    store: Store, state: State
) -> None:
    request = a_request(code="123456", exclusive=True, cool_down_s=60)
    await store.add(request)
    await change(store, request.id, state, NOW_MS + 10)
    assert store.next_due_ms() == NOW_MS + 60_010
    await expire(store, NOW_MS + 60_009)
    assert store.held(NUMBER) == 1
    assert await store.add(a_request()) is Collision.NUMBER
    await expire(store, NOW_MS + 60_010)
    assert store.held(NUMBER) == 0
    assert store.next_due_ms() is None
    assert await store.add(a_request(code="123456", exclusive=True)) is None


async def test_without_a_cool_down_number_and_code_are_free_at_once(store: Store) -> None:
    request = a_request(code="123456", exclusive=True, cool_down_s=0)
    await store.add(request)
    await change(store, request.id, State.MATCHED)
    assert store.held(NUMBER) == 0
    assert store.next_due_ms() is None
    assert await store.add(a_request(code="123456", exclusive=True)) is None


async def test_an_expiry_without_a_cool_down_frees_number_and_code_at_once(store: Store) -> None:
    await store.add(a_request(code="123456", exclusive=True, cool_down_s=0))
    await expire(store, END_MS)
    assert (store.live(NUMBER), store.held(NUMBER)) == (0, 0)
    assert await store.add(a_request(code="123456", exclusive=True)) is None


async def test_later_changes_do_not_prolong_the_cool_down(store: Store) -> None:
    request = a_request(cool_down_s=60)
    await store.add(request)
    await change(store, request.id, State.MATCHED, NOW_MS)
    await change(store, request.id, State.CONNECTED, NOW_MS + 30_000)
    assert store.next_due_ms() == NOW_MS + 60_000
    await expire(store, NOW_MS + 60_000)
    assert store.held(NUMBER) == 0
    await change(store, request.id, State.ENDED, NOW_MS + 90_000)
    assert store.held(NUMBER) == 0


async def test_what_is_due_next_follows_every_change(store: Store) -> None:
    first, second = a_request(expires_at_ms=NOW_MS + 10), a_request(expires_at_ms=NOW_MS + 20, number=OTHER_NUMBER)
    await store.add(first)
    await store.add(second)
    await change(store, first.id, State.CANCELLED, NOW_MS)
    assert store.next_due_ms() == NOW_MS + 20
    await expire(store, NOW_MS + 20)
    assert store.next_due_ms() == NOW_MS + 60_000
