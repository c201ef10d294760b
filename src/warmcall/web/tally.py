"""What the web layer counts: cheap enough for every request, read only when metrics are."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence

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

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.buckets)

    def add(self, spent_s: float) -> None:
        """Count one."""
        self.buckets[bisect_left(self.bounds_s, spent_s)] += 1
        self.sum_s += spent_s

    def merge(self, others: Iterable["Durations"]) -> "Durations":
        """Count those of others, with the same bounds, too."""
        for other in others:
            self.buckets = [own + more for own, more in zip(self.buckets, other.buckets, strict=True)]
            self.sum_s += other.sum_s
        return self


class Tally:
    """Counts of one application.

    Attributes:
        problems: By route and code.
    """

    def __init__(self) -> None:
        self.problems: Counter[tuple[str, str]] = Counter()
        self._answered: dict[tuple[str, int], Durations] = {}

    def answered(self, route: str, status: int, spent_s: float) -> None:
        """Count an answer."""
        try:
            spent = self._answered[route, status]
        except KeyError:
            spent = self._answered[route, status] = Durations()
        spent.add(spent_s)

    def answers(self) -> dict[tuple[str, int], int]:
        """How many answers there were, by route and status."""
        return {key: spent.count for key, spent in self._answered.items()}

    def durations(self) -> dict[str, Durations]:
        """How long answers took, by route; live streams are not among them."""
        routes = {route for route, _ in self._answered if route != LIVE}
        return {
            route: Durations().merge(spent for key, spent in self._answered.items() if key[0] == route)
            for route in sorted(routes)
        }
