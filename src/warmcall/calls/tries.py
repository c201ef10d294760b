"""Counting wrong codes beyond a single call: whoever hangs up and calls again must not get to try forever.

A caller number can be forged, so wrong codes are also counted by the number that was called. How
servers share these counts, see `counts`; the limit of three a call is kept by the store.
"""

from warmcall.calls.counts import SharedCounts
from warmcall.calls.directory import Directory, Group
from warmcall.calls.model import E164

_HOUR_MS = 3_600_000


class CodeTries:
    """Says whether codes are still listened to.

    Args:
        directory: Where the limits of a site are found.
        counts: Where wrong codes are counted.
    """

    def __init__(self, directory: Directory, counts: SharedCounts) -> None:
        self._directory = directory
        self._per_caller = counts.window("codes by caller", _HOUR_MS)
        self._per_number = counts.window("codes by number", _HOUR_MS)

    def exhausted(self, group: Group, number: E164, caller: E164 | None, now_ms: int) -> bool:
        """Whether a caller, or all callers of a number, have keyed in too many wrong codes within an hour."""
        limits, _ = self._directory.limits(group)
        if caller is not None and self._per_caller.full(
            (number, caller), limits.wrong_codes_per_caller_per_hour, now_ms
        ):
            return True
        return self._per_number.full(number, limits.wrong_codes_per_number_per_hour, now_ms)

    def count(self, group: Group, number: E164, caller: E164 | None, now_ms: int) -> None:
        """Count one wrong code."""
        limits, _ = self._directory.limits(group)
        if caller is not None:
            self._per_caller.hit((number, caller), limits.wrong_codes_per_caller_per_hour, now_ms)
        self._per_number.hit(number, limits.wrong_codes_per_number_per_hour, now_ms)
