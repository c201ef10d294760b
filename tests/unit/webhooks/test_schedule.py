import pytest

from warmcall.webhooks.schedule import GIVE_UP_MS, next_try_ms

HOUR_MS = 3_600_000


def waits_s(random: float) -> list[float]:
    """Every wait of a delivery that never arrives."""
    now_ms, attempts, waits = 0, 1, []
    while (again_ms := next_try_ms(attempts, 0, now_ms, random=lambda: random)) is not None:
        waits.append((again_ms - now_ms) / 1000)
        now_ms, attempts = again_ms, attempts + 1
    assert now_ms == GIVE_UP_MS
    return waits


def test_waits_grow_to_four_hours_and_the_last_try_is_after_a_day() -> None:
    waits = waits_s(0.5)
    assert waits[:4] == [5, 15, 45, 135]
    assert max(waits) == 4 * 3600
    assert sum(waits) == 24 * 3600


@pytest.mark.parametrize(("random", "first_s"), [(0.0, 4), (1.0, 6)])
def test_waits_vary_by_a_fifth(random: float, first_s: float) -> None:
    assert waits_s(random)[0] == first_s


def test_a_receiver_that_asks_to_be_left_alone_is_for_up_to_an_hour() -> None:
    assert next_try_ms(1, 0, 0, asked_s=1800) == HOUR_MS // 2
    assert next_try_ms(1, 0, 0, asked_s=86_400) == HOUR_MS


def test_very_many_tries_are_no_very_long_wait() -> None:
    assert next_try_ms(1000, 0, 0, random=lambda: 0.5) == 4 * HOUR_MS
