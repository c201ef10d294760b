"""What a store does with what is over: old rows go, one person's rows are found and go."""

from typing import Any

from tests.contract.store.conftest import Adapter
from tests.contract.store.samples import CALLER, NOW_MS, NUMBER, SITE, a_call, a_request, change, match
from warmcall.calls.archive import Cutoffs
from warmcall.calls.model import AccessCode, CallId, CallRequest, SiteId, State
from warmcall.calls.port import Collision, Store

DAY_MS = 86_400_000
OTHER = SiteId("other")
ALL = Cutoffs({}, NOW_MS + 1)
NONE = Cutoffs({}, 0)


async def over(store: Store, **changes: Any) -> CallRequest:
    """A request that was cancelled and holds nothing any more."""
    request = a_request(cool_down_s=0, **changes)
    assert await store.add(request) is None
    await change(store, request.id, State.CANCELLED)
    return request


async def purge(store: Store, cutoffs: Cutoffs, limit: int = 2) -> int:
    deleted, after = 0, 0
    for _ in range(20):
        sweep = await store.archive.purge_requests(after, cutoffs, limit)
        deleted += sweep.deleted
        if sweep.next is None:
            return deleted
        after = sweep.next
    raise AssertionError("a purge that does not end")


async def test_old_requests_go_with_their_events(store: Store) -> None:
    requests = [await over(store, idempotency_key=f"key-{number}") for number in range(5)]
    assert await purge(store, ALL) == 5
    for request in requests:
        assert await store.find(request.id) is None
        assert await store.events(request.id, 0) == []
    assert await store.find_by_key(SITE, "key-1") is None
    assert await store.events_after(0, 100) == []


async def test_each_site_has_its_own_time(store: Store) -> None:
    old = [await over(store, site=site, created_at_ms=NOW_MS - 2 * DAY_MS) for site in (SITE, OTHER, SITE, OTHER)]
    young = await over(store)
    assert await purge(store, Cutoffs({"other": NOW_MS - DAY_MS}, NOW_MS - 3 * DAY_MS)) == 2
    kept = [request.site for request in [*old, young] if await store.find(request.id)]
    assert kept == [SITE, SITE, SITE]


async def test_what_waits_or_holds_a_code_is_not_purged(store: Store) -> None:
    waiting, cooling = a_request(), a_request(code="777777", cool_down_s=60)
    await store.add(waiting)
    await store.add(cooling)
    await change(store, cooling.id, State.CANCELLED)
    assert await purge(store, ALL) == 0
    assert await store.add(a_request(code="777777")) is Collision.CODE
    await store.transact(lambda tx: tx.expire_due(NOW_MS + 61_000, 10))
    assert await purge(store, ALL) == 1
    assert await store.find(waiting.id) is not None


async def test_numbers_of_events_are_never_given_out_twice(store: Store) -> None:
    await over(store)
    last = (await store.events_after(0, 100))[-1].seq
    await purge(store, ALL)
    request = a_request()
    await store.add(request)
    (event,) = await store.events(request.id, 0)
    assert event.seq > last


async def test_old_calls_go_and_their_ids_may_come_again(store: Store) -> None:
    await store.transact(lambda tx: tx.remember(a_call("call-1", received_at_ms=NOW_MS - DAY_MS)))
    await store.transact(lambda tx: tx.remember(a_call("call-2")))
    sweep = await store.archive.purge_calls(0, Cutoffs({str(NUMBER): NOW_MS}, 0), 10)
    assert (sweep.deleted, sweep.next) == (1, None)
    assert await store.transact(lambda tx: tx.call(CallId("call-1"))) is None
    assert await store.transact(lambda tx: tx.call(CallId("call-2"))) is not None
    await store.transact(lambda tx: tx.remember(a_call("call-1", wrong_codes=2)))
    again = await store.transact(lambda tx: tx.call(CallId("call-1")))
    assert again is not None
    assert again.wrong_codes == 2


async def test_a_person_is_found_by_request_and_by_call(store: Store) -> None:
    own = a_request(caller=CALLER, code="111111")
    by_code = a_request(code="222222")
    other = a_request(code="333333")
    for request in (own, by_code, other):
        await store.add(request)
    await match(store, NUMBER, AccessCode("111111"), "from elsewhere")
    await match(store, NUMBER, AccessCode("222222"), "from the number")
    await store.transact(lambda tx: tx.remember(a_call("from elsewhere", caller=None, request_id=own.id)))
    call = a_call("from the number", caller=CALLER, request_id=by_code.id, outcome="matched")
    await store.transact(lambda tx: tx.remember(call))
    await store.transact(lambda tx: tx.remember(a_call("unmatched", caller=CALLER)))
    await store.transact(lambda tx: tx.remember(a_call("another's", caller=None)))
    trace = await store.archive.trace(CALLER)
    assert set(trace.requests) == {own.id, by_code.id}
    assert set(trace.calls) == {"from elsewhere", "from the number", "unmatched"}
    assert {call.id for call in await store.archive.calls(trace.calls)} == set(trace.calls)


async def test_a_person_that_was_erased_is_not_there_any_more(durable: Adapter) -> None:
    store = await durable.open()
    request = a_request(caller=CALLER, code="111111", idempotency_key="key")
    await store.add(request)
    await match(store, NUMBER, AccessCode("111111"), "call-1")
    trace = await store.archive.trace(CALLER)
    assert await store.archive.erase(trace) == 1
    assert await store.archive.trace(CALLER) == ([], [])
    assert await store.find(request.id) is None
    assert await store.events_after(0, 100) == []
    assert store.held(NUMBER) == 0
    assert await store.add(a_request(caller=CALLER, code="111111", idempotency_key="key")) is None
    await store.aclose()
    store = await durable.open()
    assert (store.live(NUMBER), store.held(NUMBER)) == (1, 1)
    await store.aclose()


async def test_what_waits_is_not_erased(store: Store) -> None:
    request = a_request(caller=CALLER)
    await store.add(request)
    assert await store.archive.erase(await store.archive.trace(CALLER)) == 0
    assert await store.find(request.id) == request


async def test_nothing_is_found_of_a_stranger(store: Store) -> None:
    await store.add(a_request())
    assert await store.archive.trace(CALLER) == ([], [])
    assert await store.archive.erase(await store.archive.trace(CALLER)) == 0


async def test_calls_under_way_are_found_until_they_end(store: Store) -> None:
    waiting, matched, connected, ended, young = (a_request() for _ in range(5))
    young.created_at_ms = NOW_MS + 1
    for request in (waiting, matched, connected, ended, young):
        await store.add(request)
    for request in (matched, connected, ended, young):
        await change(store, request.id, State.MATCHED)
    for request in (connected, ended):
        await change(store, request.id, State.CONNECTED)
    await change(store, ended.id, State.ENDED)
    assert set(await store.archive.open_calls(NOW_MS + 1)) == {matched.id, connected.id}
    assert set(await store.archive.open_calls(NOW_MS)) == set()
