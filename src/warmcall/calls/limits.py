"""Counting attempts over a sliding window, with memory for two windows only."""

from collections.abc import Hashable


class Window:
    """Says when a key has been seen too often.

    The count is the current window's plus the share of the previous one that is still inside the sliding window, so no
    burst at a boundary gets twice the limit through, and old keys are forgotten all at once.

    Args:
        length_ms: Length of the window.
    """

    def __init__(self, length_ms: int) -> None:
        self._length_ms = length_ms
        self._number = 0
        self._current: dict[Hashable, int] = {}
        self._previous: dict[Hashable, int] = {}

    def hit(self, key: Hashable, limit: int, now_ms: int) -> int:
        """Count one attempt.

        Returns:
            0 if it is within `limit`; otherwise after how many seconds another try makes sense (at least 1).
            An attempt that is refused is not counted.
        """
        number, passed_ms = divmod(now_ms, self._length_ms)
        if number != self._number:
            self._previous = self._current if number == self._number + 1 else {}
            self._current, self._number = {}, number
        count = self._current.get(key, 0)
        before = self._previous.get(key)
        seen = count if before is None else count + before * (self._length_ms - passed_ms) / self._length_ms
        if seen + 1 > limit:
            return max(1, -(-(self._length_ms - passed_ms) // 1000))
        self._current[key] = count + 1
        return 0

    def full(self, key: Hashable, limit: int, now_ms: int) -> bool:
        """Whether another attempt would be refused; counts nothing."""
        if not self._current and not self._previous:
            return False
        number, passed_ms = divmod(now_ms, self._length_ms)
        current, previous = self._current, self._previous
        if number != self._number:
            current, previous = {}, current if number == self._number + 1 else {}
        left = (self._length_ms - passed_ms) / self._length_ms
        return current.get(key, 0) + previous.get(key, 0) * left + 1 > limit
