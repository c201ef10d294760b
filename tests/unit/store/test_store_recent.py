from warmcall.calls.model import CallId
from warmcall.store.sqlite.recent import DAY_MS, RecentCalls

NOW_MS = 1_795_435_200_000
FIRST, SECOND, THIRD = CallId("first"), CallId("second"), CallId("third")


def test_a_call_is_found_for_at_least_a_day() -> None:
    calls = RecentCalls()
    calls.keep({FIRST: 1}, NOW_MS)
    calls.keep({SECOND: 2}, NOW_MS + DAY_MS)
    assert (calls.row_of(FIRST), calls.row_of(SECOND)) == (1, 2)


def test_a_call_is_forgotten_after_two_days() -> None:
    calls = RecentCalls()
    calls.keep({FIRST: 1}, NOW_MS)
    calls.keep({SECOND: 2}, NOW_MS + DAY_MS)
    calls.keep({THIRD: 3}, NOW_MS + 2 * DAY_MS)
    assert calls.row_of(FIRST) is None
    assert (calls.row_of(SECOND), calls.row_of(THIRD)) == (2, 3)


def test_an_unknown_call_is_not_found() -> None:
    assert RecentCalls().row_of(FIRST) is None
