"""What a store counts for servers together, and what may be used once."""

import asyncio

from tests.contract.store.conftest import Adapter
from tests.contract.store.samples import NOW_MS
from warmcall.calls.counts import Count
from warmcall.calls.port import Store


def count(key: bytes, added: int, until_ms: int = NOW_MS + 1000) -> Count:
    return Count(key, added, until_ms)


async def test_counts_add_up_in_the_order_they_were_given(store: Store) -> None:
    assert list(await store.counter.add([count(b"b", 2), count(b"a", 1)])) == [2, 1]
    assert list(await store.counter.add([count(b"a", 5), count(b"c", 1), count(b"b", 1)])) == [6, 1, 3]
    assert list(await store.counter.add([])) == []


async def test_counting_at_once_loses_nothing(store: Store) -> None:
    await asyncio.gather(*(store.counter.add([count(b"a", 1), count(b"b", 1)]) for _ in range(20)))
    assert list(await store.counter.add([count(b"a", 0), count(b"b", 0)])) == [20, 20]


async def test_counts_that_nobody_needs_are_forgotten(store: Store) -> None:
    await store.counter.add([count(b"old", 1, NOW_MS - 1), count(b"young", 1)])
    await store.counter.forget(NOW_MS)
    assert list(await store.counter.add([count(b"old", 1), count(b"young", 1)])) == [1, 2]


async def test_counts_outlive_the_process(durable: Adapter) -> None:
    store = await durable.open()
    await store.counter.add([count(b"a", 3)])
    await store.aclose()
    store = await durable.open()
    assert list(await store.counter.add([count(b"a", 1)])) == [4]
    await store.aclose()


async def test_of_many_who_use_a_thing_one_is_the_first(store: Store) -> None:
    firsts = await asyncio.gather(*(store.spend(b"k" * 32, NOW_MS) for _ in range(10)))
    assert sorted(firsts) == [False] * 9 + [True]
    assert await store.spend(b"l" * 32, NOW_MS)


async def test_what_was_used_stays_used(durable: Adapter) -> None:
    store = await durable.open()
    await store.spend(b"k" * 32, NOW_MS)
    await store.aclose()
    store = await durable.open()
    assert not await store.spend(b"k" * 32, NOW_MS)
    await store.aclose()
