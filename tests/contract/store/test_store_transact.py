import asyncio
import contextvars
from typing import Any

import pytest

from tests.contract.store.samples import (
    CALLER,
    LIFETIME_MS,
    NOW_MS,
    NUMBER,
    OTHER_NUMBER,
    SITE,
    a_call,
    a_request,
    change,
    match,
)
from warmcall.calls.errors import RequestUnknownError, StateChangeError
from warmcall.calls.model import AccessCode, CallId, CallRequest, EventType, RequestId, State
from warmcall.calls.port import Collision, Store, Transaction


async def test_a_transaction_returns_what_its_work_returns(store: Store) -> None:
    async def work(tx: Transaction) -> str:
        return "done"

    assert await store.transact(work) == "done"


async def test_waiting_by_caller_finds_the_request_of_that_caller_on_that_number(store: Store) -> None:
    request = a_request(caller=CALLER)
    await store.add(request)
    await store.add(a_request())
    assert await store.transact(lambda tx: tx.waiting_by_caller(NUMBER, CALLER, NOW_MS)) == request
    assert await store.transact(lambda tx: tx.waiting_by_caller(OTHER_NUMBER, CALLER, NOW_MS)) is None


async def test_waiting_by_caller_finds_the_newest_request_of_a_caller_who_asked_again(store: Store) -> None:
    first, second = a_request(caller=CALLER), a_request(caller=CALLER)
    await store.add(first)
    await change(store, first.id, State.MATCHED)
    assert await store.transact(lambda tx: tx.waiting_by_caller(NUMBER, CALLER, NOW_MS)) is None
    await store.add(second)
    assert await store.transact(lambda tx: tx.waiting_by_caller(NUMBER, CALLER, NOW_MS)) == second


async def test_waiting_by_code_finds_the_request_with_that_code_on_that_number(store: Store) -> None:
    request = a_request(code="012345")
    await store.add(request)
    await store.add(a_request())
    assert await store.transact(lambda tx: tx.waiting_by_code(NUMBER, AccessCode("012345"), NOW_MS)) == request
    assert await store.transact(lambda tx: tx.waiting_by_code(NUMBER, AccessCode("12345"), NOW_MS)) is None
    assert await store.transact(lambda tx: tx.waiting_by_code(OTHER_NUMBER, AccessCode("012345"), NOW_MS)) is None


@pytest.mark.parametrize("caller", [CALLER, None], ids=["caller", "anonymous"])
async def test_waiting_alone_finds_a_request_only_if_no_other_waits_there(store: Store, caller: str | None) -> None:
    first, second = a_request(caller=caller, code=None), a_request(caller=None, code=None)
    assert await store.transact(lambda tx: tx.waiting_alone(NUMBER, NOW_MS)) is None
    await store.add(first)
    assert await store.transact(lambda tx: tx.waiting_alone(NUMBER, NOW_MS)) == first
    await store.add(second)
    assert await store.transact(lambda tx: tx.waiting_alone(NUMBER, NOW_MS)) is None
    await change(store, first.id, State.CANCELLED)
    assert await store.transact(lambda tx: tx.waiting_alone(NUMBER, NOW_MS)) == second


async def test_waiting_alone_does_not_count_an_expired_request(store: Store) -> None:
    await store.add(a_request(expires_at_ms=NOW_MS))
    lasting = a_request(expires_at_ms=NOW_MS + 1)
    await store.add(lasting)
    assert await store.transact(lambda tx: tx.waiting_alone(NUMBER, NOW_MS)) == lasting


@pytest.mark.parametrize(("after_ms", "found"), [(-1, True), (0, False), (1, False)])
async def test_a_request_is_no_more_waiting_at_the_millisecond_of_its_expiry(
    store: Store, after_ms: int, found: bool
) -> None:
    request = a_request(caller=CALLER, code="123456")
    await store.add(request)
    now_ms = NOW_MS + LIFETIME_MS + after_ms
    by_caller = await store.transact(lambda tx: tx.waiting_by_caller(NUMBER, CALLER, now_ms))
    by_code = await store.transact(lambda tx: tx.waiting_by_code(NUMBER, AccessCode("123456"), now_ms))
    alone = await store.transact(lambda tx: tx.waiting_alone(NUMBER, now_ms))
    assert [by_caller, by_code, alone] == [request if found else None] * 3


async def test_what_a_transaction_does_not_find_is_none(store: Store) -> None:
    async def work(tx: Transaction) -> list[object]:
        return [
            await tx.find(RequestId("not an id")),
            await tx.find(a_request().id),
            await tx.call(CallId("unknown")),
            await tx.waiting_by_caller(NUMBER, CALLER, NOW_MS),
            await tx.waiting_by_code(NUMBER, AccessCode("123456"), NOW_MS),
        ]

    assert await store.transact(work) == [None] * 5


async def test_a_changed_request_is_stored_as_the_struct_then_is(store: Store) -> None:
    request = a_request()
    await store.add(request)

    async def work(tx: Transaction) -> CallRequest | None:
        found = await tx.find(request.id)
        assert found is not None
        found.call_id, found.matched_by, found.matched_at_ms = CallId("call-1"), "code", NOW_MS + 1
        found.user_data = {"agent": "Grace"}
        await tx.change(found, State.MATCHED, NOW_MS + 1, {})
        assert found.state is State.MATCHED
        assert await tx.find(request.id) == found
        return found

    changed = await store.transact(work)
    assert await store.find(request.id) == changed
    assert changed is not None
    assert changed.user_data == {"agent": "Grace"}


async def test_a_change_stores_its_event_with_its_data(store: Store) -> None:
    request = a_request()
    await store.add(request)
    await change(store, request.id, State.MATCHED, NOW_MS + 7, callId="call-1", tries=[1, None])
    _, event = await store.events(request.id, 0)
    assert (event.type, event.at_ms) == (EventType.MATCHED, NOW_MS + 7)
    assert event.data == {"callId": "call-1", "tries": [1, None]}


async def test_a_request_goes_through_its_whole_life(store: Store) -> None:
    request = a_request()
    await store.add(request)
    for state in (State.MATCHED, State.CONNECTED, State.ENDED):
        await change(store, request.id, state)
    found = await store.find(request.id)
    assert found is not None
    assert found.state is State.ENDED
    assert [event.type.value for event in await store.events(request.id, 0)] == [
        "created",
        "matched",
        "connected",
        "ended",
    ]


async def test_a_change_that_the_state_machine_does_not_know_is_refused(store: Store) -> None:
    request = a_request()
    await store.add(request)
    with pytest.raises(StateChangeError):
        await change(store, request.id, State.ENDED)
    assert await store.find(request.id) == request


async def test_a_change_of_a_request_read_before_the_transaction_sees_what_happened_since(store: Store) -> None:
    request = a_request()
    await store.add(request)
    stale = await store.find(request.id)
    assert stale is not None
    await change(store, request.id, State.CANCELLED)
    with pytest.raises(StateChangeError):
        await store.transact(lambda tx: tx.change(stale, State.MATCHED, NOW_MS, {}))
    assert stale.state is State.WAITING
    assert store.live(NUMBER) == 0


async def test_a_request_read_before_the_transaction_can_be_changed(store: Store) -> None:
    request = a_request()
    await store.add(request)
    read = await store.find(request.id)
    assert read is not None
    await store.transact(lambda tx: tx.change(read, State.MATCHED, NOW_MS, {}))
    assert await store.find(request.id) == read


async def test_an_unknown_request_is_neither_changed_nor_noted(store: Store) -> None:
    unknown = a_request()
    with pytest.raises(RequestUnknownError):
        await store.transact(lambda tx: tx.change(unknown, State.MATCHED, NOW_MS, {}))
    with pytest.raises(RequestUnknownError):
        await store.transact(lambda tx: tx.note(unknown, EventType.CALL_RECEIVED, NOW_MS, {}))


@pytest.mark.parametrize("change_to", [{"code": "9999"}, {"number": OTHER_NUMBER}, {"caller": None}])
async def test_what_a_request_holds_does_not_change(store: Store, change_to: dict[str, Any]) -> None:
    request = a_request()
    await store.add(request)

    async def work(tx: Transaction) -> None:
        found = await tx.find(request.id)
        assert found is not None
        for name, value in change_to.items():
            setattr(found, name, value)
        await tx.change(found, State.CANCELLED, NOW_MS, {})

    with pytest.raises(ValueError, match="cannot change"):
        await store.transact(work)
    assert await store.find(request.id) == request


async def test_a_note_stores_an_event_and_leaves_the_request(store: Store) -> None:
    request = a_request()
    await store.add(request)
    await store.transact(lambda tx: tx.note(request, EventType.CODE_REFUSED, NOW_MS + 3, {"triesLeft": 2}))
    assert await store.find(request.id) == request
    _, event = await store.events(request.id, 0)
    assert (event.type, event.at_ms, event.data) == (EventType.CODE_REFUSED, NOW_MS + 3, {"triesLeft": 2})


async def test_a_call_is_remembered_and_replaced(store: Store) -> None:
    first = a_call(wrong_codes=1)
    second = a_call(outcome="matched", request_id=a_request().id, last_key="key", wrong_codes=2)
    for call in (first, second):
        await store.transact(lambda tx, call=call: tx.remember(call))  # type: ignore[misc]  # call is bound
        assert await store.transact(lambda tx: tx.call(first.id)) == call


async def test_a_call_can_be_replaced_within_its_transaction(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.remember(a_call(outcome="code_needed"))
        await tx.remember(a_call(outcome="no_match"))
        assert await tx.call(CallId("call-1")) == a_call(outcome="no_match")

    await store.transact(work)
    assert await store.transact(lambda tx: tx.call(CallId("call-1"))) == a_call(outcome="no_match")


async def test_an_exception_undoes_all_and_is_raised(store: Store) -> None:
    request, before = a_request(), a_call(outcome="code_needed")
    await store.add(request)
    await store.transact(lambda tx: tx.remember(before))
    seen = (await store.events_after(0, 100))[-1].seq

    async def work(tx: Transaction) -> None:
        found = await tx.find(request.id)
        assert found is not None
        await tx.change(found, State.MATCHED, NOW_MS, {})
        await tx.remember(a_call(outcome="matched"))
        await tx.remember(a_call("call-2"))
        await tx.note(found, EventType.CALL_RECEIVED, NOW_MS, {})
        raise LookupError("the work failed")

    with pytest.raises(LookupError, match="the work failed"):
        await store.transact(work)
    assert await store.find(request.id) == request
    assert await store.transact(lambda tx: tx.call(before.id)) == before
    assert await store.transact(lambda tx: tx.call(CallId("call-2"))) is None
    assert await store.events_after(seen, 100) == []
    assert (store.live(NUMBER), store.held(NUMBER)) == (1, 1)


async def test_an_exception_undoes_an_expiry(store: Store) -> None:
    request = a_request(cool_down_s=0)
    await store.add(request)

    async def work(tx: Transaction) -> None:
        assert await tx.expire_due(request.expires_at_ms, 10) == 1
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(work)
    assert await store.find(request.id) == request
    assert (store.live(NUMBER), store.held(NUMBER)) == (1, 1)
    assert store.next_due_ms() == request.expires_at_ms


async def test_work_that_fails_harms_nobody_who_works_at_the_same_time(store: Store) -> None:
    requests = [a_request() for _ in range(30)]
    for request in requests:
        await store.add(request)

    async def cancel(tx: Transaction, request: CallRequest, fails: bool) -> None:
        found = await tx.find(request.id)
        assert found is not None
        await tx.change(found, State.CANCELLED, NOW_MS, {})
        if fails:
            raise LookupError

    new = [a_request(idempotency_key=f"key-{n}") for n in range(10)]
    cancelling = [
        store.transact(lambda tx, request=request, n=n: cancel(tx, request, n % 3 == 0))  # type: ignore[misc]  # bound
        for n, request in enumerate(requests)
    ]
    answers = await asyncio.gather(*cancelling, *map(store.add, new), return_exceptions=True)
    assert [isinstance(answer, LookupError) for answer in answers] == [n % 3 == 0 for n in range(30)] + [False] * 10
    for n, request in enumerate(requests):
        found = await store.find(request.id)
        assert found is not None
        assert found.state is (State.WAITING if n % 3 == 0 else State.CANCELLED)
    assert [await store.find_by_key(SITE, f"key-{n}") for n in range(10)] == new
    assert (store.live(NUMBER), store.held(NUMBER)) == (20, 40)


async def test_a_struct_keeps_its_state_when_its_change_is_undone(store: Store) -> None:
    request = a_request()
    await store.add(request)

    async def work(tx: Transaction) -> None:
        await tx.change(request, State.MATCHED, NOW_MS, {})
        await tx.change(request, State.CONNECTED, NOW_MS, {})
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(work)
    assert request.state is State.WAITING


async def test_of_two_calls_with_one_code_one_wins(store: Store) -> None:
    request = a_request(code="123456")
    await store.add(request)
    code = AccessCode("123456")
    answers = await asyncio.gather(*(match(store, NUMBER, code, f"call-{n}") for n in range(20)))
    assert sorted(answers, key=str) == sorted([request.id, *[None] * 19], key=str)


async def test_a_repeated_call_gets_the_same_answer(store: Store) -> None:
    request = a_request(code="123456")
    await store.add(request)
    code = AccessCode("123456")
    answers = await asyncio.gather(*(match(store, NUMBER, code, "call-1") for _ in range(5)))
    assert answers == [request.id] * 5
    assert await match(store, NUMBER, code, "call-1") == request.id


async def test_work_sees_the_request_that_was_handed_in_before_it(embedded: Store) -> None:
    request = a_request(code="123456")
    added, matched = await asyncio.gather(
        embedded.add(request), match(embedded, NUMBER, AccessCode("123456"), "call-1")
    )
    assert added is None
    assert matched == request.id


async def test_work_has_the_context_variables_of_who_asked(store: Store) -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name")

    async def work(tx: Transaction) -> str:
        return name.get()

    async def caller(value: str) -> str:
        name.set(value)
        return await store.transact(work)

    assert list(await asyncio.gather(caller("a"), caller("b"))) == ["a", "b"]


async def test_a_code_is_not_given_again_while_it_cools_down(store: Store) -> None:
    request = a_request(code="123456", cool_down_s=60)
    await store.add(request)
    await change(store, request.id, State.MATCHED, NOW_MS)
    assert await store.add(a_request(code="123456")) is Collision.CODE
    assert (store.live(NUMBER), store.held(NUMBER)) == (0, 1)
