"""What a store does for privacy: it deletes what is old, and finds and deletes what it knows of one person."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from warmcall.calls.model import E164, Call, CallId, RequestId


class Cutoffs(NamedTuple):
    """Which rows are old.

    Attributes:
        before_ms: By site, or by access number: what was made before that is old.
        default_ms: The same for sites and numbers that are not configured any more.
    """

    before_ms: Mapping[str, int]
    default_ms: int

    def is_old(self, owner: str, at_ms: int) -> bool:
        """Whether what `owner` got at a time is old."""
        return at_ms < self.before_ms.get(owner, self.default_ms)

    @property
    def newest_ms(self) -> int:
        """What was made at or after this is not old, whoever's it is."""
        return max((self.default_ms, *self.before_ms.values()))


class Sweep(NamedTuple):
    """What one step of a purge did.

    Attributes:
        deleted: How many rows.
        next: Where the next step begins; `None` if there is nothing left to look at, or another server is at it.
    """

    deleted: int
    next: int | None


class Trace(NamedTuple):
    """Where a person appears: in the requests for their number, in calls from it, and in what was matched to either."""

    requests: Sequence[RequestId]
    calls: Sequence[CallId]


class Archive(Protocol):
    """The part of a store that looks at what is over."""

    async def purge_requests(self, after: int, cutoffs: Cutoffs, limit: int) -> Sweep:
        """Look at up to `limit` requests from a place on, and delete the old ones with their events.

        What still waits, or still holds a number or a code, stays.

        Args:
            after: 0, or what the last step said.
            cutoffs: By site.
            limit: Bounds the time the step takes.
        """

    async def purge_calls(self, after: int, cutoffs: Cutoffs, limit: int) -> Sweep:
        """The same for inbound calls; `cutoffs` are by access number."""

    async def open_calls(self, before_ms: int) -> Sequence[RequestId]:
        """Requests made before a time whose call was matched and has not ended. Looks at everything, as `trace`."""

    async def trace(self, number: E164) -> Trace:
        """Where the person with a number appears. Looks at everything; on a large store that takes seconds."""

    async def calls(self, call_ids: Sequence[CallId]) -> Sequence[Call]:
        """The calls with these ids, as far as there are such."""

    async def erase(self, trace: Trace) -> int:
        """Delete requests that do not wait, with their events, and calls. Returns how many requests are gone."""
