"""When a failed delivery is tried again."""

from collections.abc import Callable
from random import SystemRandom

GIVE_UP_MS = 24 * 3_600_000
"""How long a delivery is tried."""
_FIRST_MS = 5_000
_GROWTH = 3
_LONGEST_MS = 4 * 3_600_000
_JITTER = 0.2
_ASKED_AT_MOST_MS = 3_600_000

_random = SystemRandom().random


def next_try_ms(
    attempts: int, first_at_ms: int, now_ms: int, asked_s: float = 0, random: Callable[[], float] = _random
) -> int | None:
    """When to try again: after about 5 s, 15 s, 45 s, … 4 h, so that a receiver that comes back is not run over.

    Args:
        attempts: How often it was tried.
        first_at_ms: The time the tries are counted from.
        now_ms: When the last one ended.
        asked_s: How long the receiver asked to be left alone; an hour of it is granted.
        random: A number from 0 to 1.

    Returns:
        Milliseconds since the epoch; `None` once a day of tries is over. The last one is at its very end.
    """
    end_ms = first_at_ms + GIVE_UP_MS
    if now_ms >= end_ms:
        return None
    wait_ms = min(_FIRST_MS * _GROWTH ** min(attempts - 1, 20), _LONGEST_MS) * (1 + _JITTER * (2 * random() - 1))
    wait_ms = max(wait_ms, min(asked_s * 1000, _ASKED_AT_MOST_MS))
    return min(now_ms + int(wait_ms), end_ms)
