import asyncio
import random
from collections import Counter

import msgspec
import pytest

from tests.contract.store.samples import (
    CALLER,
    NOW_MS,
    NUMBER,
    OTHER_NUMBER,
    a_request,
    change,
)
from warmcall.calls.ids import new_request_id
from warmcall.calls.model import AccessCode, CallRequest, EventType, RequestId, SiteId, State
from warmcall.calls.port import Collision, Store


async def test_an_added_request_is_found_as_it_was_given(store: Store) -> None:
    request = a_request(idempotency_key="key")
    assert await store.add(request) is None
    assert await store.find(request.id) == request


async def test_an_added_request_has_a_created_event(store: Store) -> None:
    request = a_request()
    await store.add(request)
    (event,) = await store.events(request.id, 0)
    assert (event.type, event.request_id, event.at_ms) == (EventType.CREATED, request.id, NOW_MS)
    assert (event.site, event.group) == (request.site, request.group)


async def test_a_code_that_is_held_on_the_number_collides(store: Store) -> None:
    await store.add(a_request(code="123456"))
    assert await store.add(a_request(code="123456")) is Collision.CODE


async def test_a_code_may_be_held_on_two_numbers(store: Store) -> None:
    await store.add(a_request(code="123456"))
    assert await store.add(a_request(code="123456", number=OTHER_NUMBER)) is None


async def test_requests_without_a_code_do_not_collide(store: Store) -> None:
    await store.add(a_request(code=None))
    assert await store.add(a_request(code=None)) is None


async def test_a_second_waiting_request_of_a_caller_on_the_number_collides(store: Store) -> None:
    await store.add(a_request(caller=CALLER))
    assert await store.add(a_request(caller=CALLER)) is Collision.CALLER


async def test_a_caller_may_wait_on_two_numbers(store: Store) -> None:
    await store.add(a_request(caller=CALLER))
    assert await store.add(a_request(caller=CALLER, number=OTHER_NUMBER)) is None


async def test_requests_without_a_caller_do_not_collide(store: Store) -> None:
    await store.add(a_request(caller=None))
    assert await store.add(a_request(caller=None)) is None


async def test_a_caller_may_ask_again_once_the_request_waits_no_more(store: Store) -> None:
    first = a_request(caller=CALLER)
    await store.add(first)
    await change(store, first.id, State.CANCELLED)
    assert await store.add(a_request(caller=CALLER)) is None


@pytest.mark.parametrize(
    ("holder", "newcomer"), [(True, True), (True, False), (False, True)], ids=["both", "holder", "newcomer"]
)
async def test_an_exclusive_request_shares_its_number_with_nobody(store: Store, holder: bool, newcomer: bool) -> None:
    await store.add(a_request(exclusive=holder))
    assert await store.add(a_request(exclusive=newcomer)) is Collision.NUMBER


async def test_an_exclusive_request_keeps_its_number_while_it_cools_down(store: Store) -> None:
    holder = a_request(exclusive=True)
    await store.add(holder)
    await change(store, holder.id, State.CANCELLED)
    assert await store.add(a_request()) is Collision.NUMBER


async def test_an_exclusive_request_is_not_let_onto_a_number_that_cools_down(store: Store) -> None:
    holder = a_request()
    await store.add(holder)
    await change(store, holder.id, State.CANCELLED)
    assert await store.add(a_request(exclusive=True)) is Collision.NUMBER


async def test_exclusive_requests_on_other_numbers_do_not_collide(store: Store) -> None:
    await store.add(a_request(exclusive=True))
    assert await store.add(a_request(exclusive=True, number=OTHER_NUMBER)) is None


async def test_a_known_id_collides(store: Store) -> None:
    request = a_request()
    await store.add(request)
    assert await store.add(a_request(id=request.id)) is Collision.ID


async def test_a_known_id_collides_also_without_code_and_caller(store: Store) -> None:
    request = a_request(code=None, caller=None)
    await store.add(request)
    assert await store.add(request) is Collision.ID
    assert store.live(NUMBER) == store.held(NUMBER) == 1


async def test_a_known_idempotency_key_collides_and_leads_to_its_request(store: Store) -> None:
    request = a_request(idempotency_key="key")
    await store.add(request)
    assert await store.add(a_request(idempotency_key="key")) is Collision.KEY
    assert await store.find_by_key(request.site, "key") == request


async def test_an_idempotency_key_belongs_to_a_site(store: Store) -> None:
    await store.add(a_request(idempotency_key="key"))
    assert await store.add(a_request(idempotency_key="key", site=SiteId("other"))) is None
    assert await store.find_by_key(SiteId("third"), "key") is None


async def test_a_known_idempotency_key_goes_before_every_other_reason(store: Store) -> None:
    request = a_request(idempotency_key="key", exclusive=True)
    await store.add(request)
    again = msgspec.structs.replace(request, id=new_request_id(NOW_MS))
    assert await store.add(again) is Collision.KEY


async def test_of_two_adds_at_once_with_one_idempotency_key_the_second_learns_of_the_first(store: Store) -> None:
    first = a_request(idempotency_key="key")
    second = msgspec.structs.replace(first, id=new_request_id(NOW_MS))
    assert list(await asyncio.gather(store.add(first), store.add(second))) == [None, Collision.KEY]
    assert await store.find_by_key(first.site, "key") == first


async def test_an_idempotency_key_outlives_its_request(store: Store) -> None:
    request = a_request(idempotency_key="key", cool_down_s=0)
    await store.add(request)
    await change(store, request.id, State.CANCELLED)
    assert await store.add(a_request(idempotency_key="key")) is Collision.KEY


@pytest.mark.parametrize(
    "collider",
    [{"code": "123456"}, {"caller": CALLER}, {"exclusive": True}, {"idempotency_key": "key"}],
    ids=["code", "caller", "number", "key"],
)
async def test_a_collision_writes_and_takes_nothing(store: Store, collider: dict[str, object]) -> None:
    await store.add(a_request(code="123456", caller=CALLER, idempotency_key="key"))
    refused = a_request(**collider)
    assert await store.add(refused) is not None
    assert await store.find(refused.id) is None
    assert await store.events(refused.id, 0) == []
    assert store.live(NUMBER) == store.held(NUMBER) == 1


async def test_what_a_collided_request_would_have_taken_is_free(store: Store) -> None:
    known = a_request(idempotency_key="key")
    await store.add(known)
    refused = a_request(idempotency_key="key")
    await store.add(refused)
    assert await store.add(a_request(code=refused.code, caller=refused.caller)) is None


async def test_live_and_held_count_a_request_from_the_moment_it_is_handed_in(store: Store) -> None:
    adding = asyncio.ensure_future(store.add(a_request()))
    await asyncio.sleep(0)
    assert (store.live(NUMBER), store.held(NUMBER)) == (1, 1)
    assert (store.live(OTHER_NUMBER), store.held(OTHER_NUMBER)) == (0, 0)
    await adding
    assert (store.live(NUMBER), store.held(NUMBER)) == (1, 1)


async def test_finding_what_is_not_there_finds_nothing(store: Store) -> None:
    assert await store.find(new_request_id(NOW_MS)) is None
    assert await store.find(RequestId("not an id")) is None
    assert await store.find_by_key(SiteId("demo"), "unknown") is None
    assert await store.events(RequestId("not an id"), 0) == []


async def test_a_found_request_is_the_callers_own(store: Store) -> None:
    request = a_request()
    await store.add(request)
    found = await store.find(request.id)
    assert found is not None
    found.fields["firstname"] = "changed"
    assert await store.find(request.id) == request


async def test_a_request_that_cannot_be_written_fails_alone_and_takes_nothing(store: Store) -> None:
    good, bad = a_request(), a_request(fields={"firstname": object()})
    failed, added = await asyncio.gather(store.add(bad), store.add(good), return_exceptions=True)
    assert isinstance(failed, TypeError)
    assert added is None
    assert store.live(NUMBER) == 1


async def test_of_many_adds_at_once_no_code_is_live_twice_and_every_answered_one_is_stored(store: Store) -> None:
    requests = [a_request(code=AccessCode(f"{random.randrange(120):04}")) for _ in range(500)]
    answers = await asyncio.gather(*(store.add(request) for request in requests))
    added = [request for request, answer in zip(requests, answers, strict=True) if answer is None]
    assert set(answers) == {None, Collision.CODE}
    assert max(Counter(request.code for request in added).values()) == 1
    assert {request.code for request in added} == {request.code for request in requests}
    for request in requests:
        assert (await store.find(request.id) == request) is (request in added)
    assert store.live(NUMBER) == len(added)


async def test_a_cancelled_add_happens_wholly_or_not_at_all(store: Store) -> None:
    requests = [a_request() for _ in range(20)]
    adding = [asyncio.ensure_future(store.add(request)) for request in requests]
    await asyncio.sleep(0)
    for task in adding[::2]:
        task.cancel()
    answers = await asyncio.gather(*adding, return_exceptions=True)
    assert all(isinstance(answer, asyncio.CancelledError) or answer is None for answer in answers)
    await store.ping()
    found: list[CallRequest | None] = [await store.find(request.id) for request in requests]
    assert all(found[1::2])
    assert store.live(NUMBER) == store.held(NUMBER) == sum(request is not None for request in found)


async def test_what_is_due_next_is_the_earliest_expiry(store: Store) -> None:
    assert store.next_due_ms() is None
    await store.add(a_request())
    await store.add(a_request(expires_at_ms=NOW_MS + 5))
    assert store.next_due_ms() == NOW_MS + 5
