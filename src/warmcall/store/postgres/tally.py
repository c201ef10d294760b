"""How many requests wait on a number, how many hold it, and when the next thing is due, as far as this server knows.

Right at once for what this server does; for what others do, as soon as their events are read. The rules that must
hold between servers are the database's.
"""

from collections import Counter
from collections.abc import Iterable

from warmcall.calls.model import CallRequest, EventType

LEAVES_WAITING = frozenset({EventType.MATCHED, EventType.EXPIRED, EventType.CANCELLED})
"""The events after which a request waits no more."""


class Tally:
    """Counts by access number. A request counts from the moment it is handed to the store."""

    def __init__(self) -> None:
        self._live: Counter[str] = Counter()
        self._held: Counter[str] = Counter()
        self._adding: Counter[str] = Counter()
        self._added = 0
        self.due_ms: int | None = None

    def live(self, number: str) -> int:
        """How many requests on `number` wait."""
        return max(self._live[number], 0) + self._adding[number]

    def held(self, number: str) -> int:
        """How many requests hold `number`."""
        return max(self._held[number], 0) + self._adding[number]

    def adding(self, request: CallRequest) -> None:
        """A request was handed in."""
        _put(self._adding, request.number)

    def refused(self, request: CallRequest) -> None:
        """A request that was handed in is not stored, or was counted as another server's already."""
        _take(self._adding, request.number)

    def added(self, request: CallRequest) -> None:
        """A request that was handed in is stored."""
        _take(self._adding, request.number)
        self.appeared(request.number, request.expires_at_ms)

    def appeared(self, number: str, due_ms: int | None) -> None:
        """A request waits that this tally did not know of."""
        _put(self._live, number)
        _put(self._held, number)
        self._added += 1
        self.due_by(due_ms)

    def stopped_waiting(self, number: str, *, let_go: bool) -> None:
        """A request waits no more, and perhaps holds its number no more."""
        _take(self._live, number)
        if let_go:
            _take(self._held, number)

    def let_go(self, number: str) -> None:
        """A request that waits no more holds its number no more."""
        _take(self._held, number)

    def mark(self) -> int:
        """A point in time for `due`."""
        return self._added

    def due(self, due_ms: int | None, mark: int) -> None:
        """The database's word on when the next thing is due, asked for at `mark`."""
        if mark == self._added:
            self.due_ms = due_ms
        else:
            self.due_by(due_ms)

    def due_by(self, due_ms: int | None) -> None:
        """Something is due at `due_ms`, and perhaps another thing before."""
        if due_ms is not None and (self.due_ms is None or due_ms < self.due_ms):
            self.due_ms = due_ms

    def replace(self, counts: Iterable[tuple[str, int, int]]) -> None:
        """The database's own counts: number, live, held."""
        self._live.clear()
        self._held.clear()
        for number, live, held in counts:
            self._live[number] = live
            self._held[number] = held


def _put(counter: Counter[str], number: str) -> None:
    counter[number] += 1
    if not counter[number]:
        del counter[number]


def _take(counter: Counter[str], number: str) -> None:
    # Below zero for a moment: a request of another server may be known to have gone before it is known to have come.
    counter[number] -= 1
    if not counter[number]:
        del counter[number]
