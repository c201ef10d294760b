"""Counting attempts over a sliding window, with memory for two windows only."""

from collections.abc import Hashable, Iterable

# Keys below this part of their limit are nobody else's business.
_SHARED_FROM = 8


class Window:
    """Says when a key has been seen too often.

    The count is the current window's plus the share of the previous one that is still inside the sliding window, so no
    burst at a boundary gets twice the limit through, and old keys are forgotten all at once.

    Args:
        length_ms: Length of the window.
        shared: Whether to note which counts are worth sharing, for `calls.counts`.
    """

    def __init__(self, length_ms: int, *, shared: bool = False) -> None:
        self._length_ms = length_ms
        self._shared = shared
        self._current: dict[Hashable, int] = {}
        self._previous: dict[Hashable, int] = {}
        self._watched: set[Hashable] = set()
        self._known: dict[Hashable, int] = {}
        self.number = 0
        self._begins_ms = self._ends_ms = 0

    @property
    def until_ms(self) -> int:
        """When the counts of the current window do not matter any more."""
        return (self.number + 2) * self._length_ms

    def hit(self, key: Hashable, limit: int, now_ms: int) -> int:
        """Count one attempt.

        Returns:
            0 if it is within `limit`; otherwise after how many seconds another try makes sense (at least 1).
            An attempt that is refused is not counted.
        """
        if not self._begins_ms <= now_ms < self._ends_ms:
            self._turn(now_ms // self._length_ms)
        count = self._current.get(key, 0)
        seen: float = count
        if self._previous:
            seen += self._previous.get(key, 0) * (self._ends_ms - now_ms) / self._length_ms
        if seen + 1 > limit:
            return max(1, -(-(self._ends_ms - now_ms) // 1000))
        self._current[key] = count + 1
        if self._shared and count >= limit // _SHARED_FROM:
            self._watched.add(key)
        return 0

    def full(self, key: Hashable, limit: int, now_ms: int) -> bool:
        """Whether another attempt would be refused; counts nothing."""
        if not self._current and not self._previous:
            return False
        number, passed_ms = divmod(now_ms, self._length_ms)
        current, previous = self._current, self._previous
        if number != self.number:
            current, previous = {}, current if number == self.number + 1 else {}
        left = (self._length_ms - passed_ms) / self._length_ms
        return current.get(key, 0) + previous.get(key, 0) * left + 1 > limit

    def changed(self, now_ms: int) -> list[tuple[Hashable, int]]:
        """The keys worth sharing, and by how much their counts changed since they were replaced."""
        if now_ms // self._length_ms != self.number:
            # What is left of the window that is over is too little to matter.
            self._turn(now_ms // self._length_ms)
        return [(key, self._current[key] - self._known.get(key, 0)) for key in self._watched]

    def replace(self, number: int, sums: Iterable[tuple[Hashable, int, int]]) -> None:
        """Take in sums that others contributed to.

        Args:
            number: The window they are of; of another one they are dropped.
            sums: Key, how much of the sum was given from here, and the sum.
        """
        if number != self.number:
            return
        for key, added, total in sums:
            others = total - self._known.get(key, 0) - added
            self._current[key] += others
            self._known[key] = total

    def _turn(self, number: int) -> None:
        self._previous = self._current if number == self.number + 1 else {}
        self._current, self.number = {}, number
        self._begins_ms, self._ends_ms = number * self._length_ms, (number + 1) * self._length_ms
        self._watched.clear()
        self._known = {}
