"""Where the inbound calls of the last day are, by the phone system's id.

These ids are random, so an index on disk would cost every match a page of its own. A call is reported to match and to
end within hours; its row stays as long as the retention time says, and is found by its id for a day.
"""

from collections.abc import Iterable, Mapping

from warmcall.calls.model import CallId

DAY_MS = 24 * 60 * 60 * 1000


class RecentCalls:
    """Row numbers of calls in two generations, of which the older one is forgotten once the younger is a day old."""

    def __init__(self) -> None:
        self._young: dict[CallId, int] = {}
        self._old: dict[CallId, int] = {}
        self._since_ms = 0

    def row_of(self, call_id: CallId) -> int | None:
        """The row number of a call, if it is recent."""
        return self._young.get(call_id) or self._old.get(call_id)

    def forget(self, call_ids: Iterable[CallId]) -> None:
        """Calls whose rows are gone: their numbers may be given to others."""
        for call_id in call_ids:
            self._young.pop(call_id, None)
            self._old.pop(call_id, None)

    def keep(self, rows: Mapping[CallId, int], at_ms: int) -> None:
        """Remember the rows of calls that were received at `at_ms`."""
        if at_ms - self._since_ms >= DAY_MS:
            self._young, self._old, self._since_ms = {}, self._young, at_ms
        self._young.update(rows)
