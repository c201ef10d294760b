"""What the web layer counts: cheap enough for every request, read only when metrics are."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of a duration."""

LIVE = "followCallRequest"
"""The route whose answers last as long as a page looks on: that says nothing of the server."""


class Durations:
    """How long something took: a count for each bucket, the last for what is longer than all bounds."""

    __slots__ = ("bounds_s", "buckets", "sum_s")

    def __init__(self, bounds_s: Sequence[float] = BOUNDS_S) -> None:
        self.bounds_s = bounds_s
        self.buckets = [0] * (len(bounds_s) + 1)
        self.sum_s = 0.0

    def add(self, spent_s: float) -> None:
        """Count one."""
        self.buckets[bisect_left(self.bounds_s, spent_s)] += 1
        self.sum_s += spent_s


class Tally:
    """Counts of one application.

    Attributes:
        answers: By route and status.
        durations: By route; live streams are not among them.
        problems: By route and code.
    """

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, int]] = Counter()
        self.durations: dict[str, Durations] = {}
        self.problems: Counter[tuple[str, str]] = Counter()

    def answered(self, route: str, status: int, spent_s: float) -> None:
        """Count an answer."""
        self.answers[route, status] += 1
        if route == LIVE:
            return
        durations = self.durations.get(route)
        if durations is None:
            durations = self.durations[route] = Durations()
        durations.add(spent_s)
