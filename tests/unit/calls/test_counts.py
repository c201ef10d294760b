"""Limits shared between servers: what each lets through, and what it learns of the others."""

import pytest

from warmcall.calls.counts import SharedCounts
from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.limits import Window
from warmcall.store.memory import MemoryCounter

MINUTE_MS = 60_000
NOW_MS = 10 * MINUTE_MS


def servers(count: int, counter: MemoryCounter | None = None) -> tuple[list[SharedCounts], list[Window]]:
    counter = counter or MemoryCounter()
    all_counts = [SharedCounts(counter, b"secret") for _ in range(count)]
    return all_counts, [counts.window("address", MINUTE_MS) for counts in all_counts]


async def exchange(all_counts: list[SharedCounts], now_ms: int = NOW_MS, rounds: int = 2) -> None:
    for _ in range(rounds):
        for counts in all_counts:
            await counts.exchange(now_ms)


def passed(window: Window, tries: int, limit: int, now_ms: int = NOW_MS, key: str = "eve") -> int:
    return sum(not window.hit(key, limit, now_ms) for _ in range(tries))


async def test_what_one_server_let_through_counts_on_the_others() -> None:
    all_counts, (first, second, third) = servers(3)
    assert passed(first, 3, 5) == 3
    assert passed(second, 1, 5) == 1
    assert passed(third, 1, 5) == 1
    await exchange(all_counts)
    assert [passed(window, 3, 5) for window in (first, second, third)] == [0, 0, 0]


async def test_a_limit_is_exceeded_by_no_more_than_is_promised() -> None:
    limit = 80
    all_counts, windows = servers(3)
    let_through = 0
    for _ in range(100):
        let_through += sum(passed(window, 1, limit) for window in windows)
        await exchange(all_counts, rounds=1)
    assert limit <= let_through <= limit + 2 * (limit // 8) + 3


async def test_keys_far_below_their_limit_stay_at_home() -> None:
    counter = MemoryCounter()
    all_counts, (window,) = servers(1, counter)
    passed(window, 10, 80)
    await exchange(all_counts)
    assert not counter._counts
    passed(window, 1, 80)
    await exchange(all_counts)
    assert [count for count, _ in counter._counts.values()] == [11]


async def test_exchanging_again_counts_nothing_twice() -> None:
    all_counts, (first, second) = servers(2)
    passed(first, 2, 10)
    passed(second, 2, 10)
    await exchange(all_counts, rounds=5)
    assert passed(first, 10, 10) == 6


async def test_a_server_that_starts_again_learns_what_it_counted_before() -> None:
    counter = MemoryCounter()
    before, (window,) = servers(1, counter)
    assert passed(window, 5, 5) == 5
    await exchange(before)
    after, (fresh,) = servers(1, counter)
    assert passed(fresh, 1, 5) == 1
    await exchange(after)
    assert passed(fresh, 5, 5) == 0


async def test_the_last_window_of_others_counts_too() -> None:
    all_counts, (first, second) = servers(2)
    passed(first, 8, 10)
    passed(second, 2, 10)
    await exchange(all_counts)
    assert passed(second, 9, 10, NOW_MS + MINUTE_MS) == 0


async def test_keys_do_not_tell_what_is_counted() -> None:
    counter = MemoryCounter()
    all_counts, (window,) = servers(1, counter)
    passed(window, 1, 1, key="+12025550123")
    await exchange(all_counts)
    (key,) = counter._counts
    assert len(key) == 16
    other = SharedCounts(counter, b"another secret")
    other.window("address", MINUTE_MS).hit("+12025550123", 1, NOW_MS)
    await other.exchange(NOW_MS)
    assert len(counter._counts) == 2


async def test_what_a_store_that_is_away_did_not_get_is_given_later() -> None:
    class Away(MemoryCounter):
        away = True

        async def add(self, counts):  # type: ignore[no-untyped-def]
            if self.away:
                raise StoreUnavailableError("away")
            return await super().add(counts)

    counter = Away()
    all_counts, (first, second) = servers(2, counter)
    passed(first, 4, 5)
    passed(second, 1, 5)
    with pytest.raises(StoreUnavailableError):
        await exchange(all_counts)
    counter.away = False
    await exchange(all_counts)
    assert passed(second, 1, 5) == 0
