"""The only place the domain gets the time from."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests bring one that stands still."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return time.time_ns() // 1_000_000


def rfc3339(ms: int) -> str:
    """Write a time as RFC 3339 does, in UTC with milliseconds.

    >>> rfc3339(1_700_000_000_123)
    '2023-11-14T22:13:20.123Z'
    """
    second, rest_ms = divmod(ms, 1000)
    return f"{_to_the_second(second)}.{rest_ms:03d}Z"


# Under load thousands of times are written that lie in one second.
@lru_cache(maxsize=256)
def _to_the_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:-6]
