"""Who may ask for a number now: opening hours, limits, countries."""

from warmcall.calls.clock import rfc3339
from warmcall.calls.counts import SharedCounts
from warmcall.calls.directory import Directory, Group
from warmcall.calls.draft import Draft, read_caller
from warmcall.calls.errors import OutsideHoursError, TooManyRequestsError
from warmcall.calls.gates import agreed
from warmcall.calls.groups import opening
from warmcall.calls.model import E164

_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000


class Admission:
    """Lets a visitor's request through, or refuses it.

    Args:
        directory: Where the limits of a site are found.
        counts: Where attempts are counted.
    """

    def __init__(self, directory: Directory, counts: SharedCounts) -> None:
        self._directory = directory
        self._per_address = counts.window("address", _MINUTE_MS)
        self._per_caller = counts.window("caller", _HOUR_MS)

    def admit(self, draft: Draft, group: Group, now_ms: int) -> E164 | None:
        """Check the address's limit, the hours and the phone number; return the number.

        Raises:
            TooManyRequestsError: if the address has asked too often.
            OutsideHoursError: if the group is closed, with the next opening.
            NumberInvalidError: if the phone number is none.
            NumberNotAllowedError: if it is of another country than the group's, or blocked.
            ConsentRequiredError: if the group's text was not agreed to.
        """
        if draft.address is not None:
            limits, counted_for = self._directory.limits(group)
            wait_s = self._per_address.hit((counted_for, draft.address), limits.per_address_per_min, now_ms)
            if wait_s:
                raise TooManyRequestsError("per address and minute", wait_s)
        if group.hours is not None:
            _check_open(group, now_ms)
        if group.consent is not None:
            agreed(group.consent, draft.consent, now_ms)
        return read_caller(draft, group)

    def count_caller(self, group: Group, caller: E164 | None, now_ms: int) -> None:
        """Count one request of a caller number.

        Raises:
            TooManyRequestsError: if it has asked too often.
        """
        if caller is None:
            return
        limits, counted_for = self._directory.limits(group)
        wait_s = self._per_caller.hit((counted_for, caller), limits.per_caller_per_hour, now_ms)
        if wait_s:
            raise TooManyRequestsError("per caller number and hour", wait_s)


def _check_open(group: Group, now_ms: int) -> None:
    now = opening(group, now_ms)
    if not now.is_open:
        opens_at = rfc3339(int(now.changes_at.timestamp() * 1000)) if now.changes_at else None
        raise OutsideHoursError(group.name, opens_at)
