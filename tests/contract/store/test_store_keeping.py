"""What a store keeps: secrets and keys, and everything when it is closed and opened again."""

import asyncio

import msgspec
import pytest

from tests.contract.store.conftest import Adapter
from tests.contract.store.samples import (
    CALLER,
    NOW_MS,
    NUMBER,
    SITE,
    a_call,
    a_request,
    change,
    match,
)
from warmcall.calls.audit import COMMAND_LINE, Act
from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.keys import ApiKey
from warmcall.calls.model import AccessCode, State
from warmcall.calls.port import Collision, Store


async def test_a_secret_stays_the_same(store: Store) -> None:
    first = await store.secret("tokens")
    assert len(first) == 32
    assert await store.secret("tokens") == first


async def test_two_secrets_differ(store: Store) -> None:
    assert await store.secret("tokens") != await store.secret("webhooks")


async def test_a_secret_asked_for_many_times_at_once_is_one(store: Store) -> None:
    assert len(set(await asyncio.gather(*(store.secret("tokens") for _ in range(10))))) == 1


async def test_an_api_key_has_its_scope(store: Store) -> None:
    await store.add_api_key(b"\x00" * 32, "telephony", "PBX", NOW_MS)
    await store.add_api_key(b"\x01" * 32, "admin", "", NOW_MS)
    telephony = ApiKey(hash=b"\x00" * 32, scope="telephony", label="PBX", created_at_ms=NOW_MS)
    assert await store.find_api_key(b"\x00" * 32) == telephony
    assert await store.find_api_key(b"\x02" * 32) is None
    assert [(key.scope, key.label) for key in await store.api_keys()] == [("telephony", "PBX"), ("admin", "")]


async def test_an_api_key_that_was_removed_is_not_known(store: Store) -> None:
    await store.add_api_key(b"\x00" * 32, "telephony", "PBX", NOW_MS)
    assert await store.remove_api_key(b"\x00" * 32)
    assert await store.find_api_key(b"\x00" * 32) is None
    assert not await store.remove_api_key(b"\x00" * 32)


def an_act(subject: str) -> Act:
    return Act(at_ms=NOW_MS, actor=COMMAND_LINE, action="keys.new", subject=subject, details={"scope": "read"})


async def test_administrative_acts_are_kept_in_their_order(store: Store) -> None:
    for subject in ("first", "second", "third"):
        await store.audit.add(an_act(subject))
    acts = await store.audit.newest(2)
    assert [act.subject for act in acts] == ["third", "second"]
    assert msgspec.structs.replace(acts[0], seq=0) == an_act("third")
    (first,) = await store.audit.newest(10, before=acts[-1].seq)
    assert first.subject == "first"
    assert await store.audit.newest(10, before=first.seq) == []


async def test_administrative_acts_are_there_when_a_store_is_opened_again(durable: Adapter) -> None:
    store = await durable.open()
    await store.audit.add(an_act("first"))
    await store.aclose()
    store = await durable.open()
    await store.audit.add(an_act("second"))
    assert [act.subject for act in await store.audit.newest(10)] == ["second", "first"]
    await store.aclose()


async def test_a_store_that_answers_lets_a_ping_return(store: Store) -> None:
    await store.ping()


async def test_a_closed_store_says_that_it_is_unavailable(adapter: Adapter) -> None:
    store = await adapter.open()
    await store.aclose()
    with pytest.raises(StoreUnavailableError):
        await store.add(a_request())
    with pytest.raises(StoreUnavailableError):
        await store.ping()


async def test_closing_finishes_what_was_accepted(durable: Adapter) -> None:
    store = await durable.open()
    requests = [a_request() for _ in range(300)]
    adding = [asyncio.ensure_future(store.add(request)) for request in requests]
    await asyncio.sleep(0)
    await store.aclose()
    assert await asyncio.gather(*adding) == [None] * 300
    store = await durable.open()
    assert [await store.find(request.id) for request in requests] == requests
    await store.aclose()


async def test_everything_is_there_when_a_store_is_opened_again(durable: Adapter) -> None:
    store = await durable.open()
    request = a_request(code="123456", idempotency_key="key")
    await store.add(request)
    await match(store, NUMBER, AccessCode("123456"), "call-1")
    await store.add_api_key(b"hash", "telephony", "PBX", NOW_MS)
    before = (
        await store.find(request.id),
        await store.events_after(0, 100),
        await store.secret("tokens"),
        store.next_due_ms(),
    )
    await store.aclose()

    store = await durable.open()
    after = (
        await store.find(request.id),
        await store.events_after(0, 100),
        await store.secret("tokens"),
        store.next_due_ms(),
    )
    assert after == before
    assert [key.scope for key in await store.api_keys()] == ["telephony"]
    assert await store.find_by_key(SITE, "key") == before[0]
    assert await match(store, NUMBER, AccessCode("999999"), "call-1") == request.id
    await store.aclose()


async def test_what_was_taken_is_taken_when_a_store_is_opened_again(durable: Adapter) -> None:
    store = await durable.open()
    cooling = a_request(code="111111")
    waiting = a_request(code="222222", caller=CALLER, idempotency_key="key")
    anonymous = a_request(caller=None, code=None)
    for request in (cooling, waiting, anonymous):
        await store.add(request)
    await change(store, cooling.id, State.CANCELLED, NOW_MS)
    await store.aclose()

    store = await durable.open()
    assert (store.live(NUMBER), store.held(NUMBER)) == (2, 3)
    assert await store.add(a_request(code="111111")) is Collision.CODE
    assert await store.add(a_request(code="222222")) is Collision.CODE
    assert await store.add(a_request(caller=CALLER)) is Collision.CALLER
    assert await store.add(a_request(exclusive=True)) is Collision.NUMBER
    assert await store.add(a_request(idempotency_key="key")) is Collision.KEY
    assert await store.transact(lambda tx: tx.waiting_by_caller(NUMBER, CALLER, NOW_MS)) == waiting
    assert await store.transact(lambda tx: tx.expire_due(waiting.expires_at_ms, 10)) == 2
    assert (store.live(NUMBER), store.held(NUMBER)) == (0, 2)
    await store.aclose()


async def test_the_numbers_of_events_go_on_when_a_store_is_opened_again(durable: Adapter) -> None:
    store = await durable.open()
    request = a_request()
    await store.add(request)
    await store.transact(lambda tx: tx.remember(a_call()))
    await change(store, request.id, State.CANCELLED)
    last = (await store.events_after(0, 100))[-1].seq
    await store.aclose()

    store = await durable.open()
    await store.add(a_request())
    assert [event.seq > last for event in await store.events_after(0, 100)] == [False, False, True]
    await store.aclose()


async def test_a_configuration_follows_on_the_one_that_was_seen(durable: Adapter) -> None:
    store = await durable.open()
    assert (await store.configurations.newest(), await store.configurations.version()) == (None, 0)
    assert await store.configurations.keep({"site": [{"id": "ä"}]}, 0, NOW_MS)
    assert not await store.configurations.keep({"site": []}, 0, NOW_MS)
    kept = await asyncio.gather(*(store.configurations.keep({"site": []}, 1, NOW_MS + 1) for _ in range(3)))
    assert sorted(kept) == [False, False, True]
    await store.aclose()
    store = await durable.open()
    newest = await store.configurations.newest()
    assert newest is not None
    assert (newest.version, newest.at_ms, newest.document) == (2, NOW_MS + 1, {"site": []})
    assert await store.configurations.version() == 2
    await store.aclose()
