import logging
from math import inf, nan

import pytest

from warmcall.telephony.refusals import LINES_PER_MIN, TOLERANCE_S, Refusal, Refusals, RefusedError, check_age
from warmcall.testing import FakeClock


@pytest.mark.parametrize("off_s", [-TOLERANCE_S, -1, 0, 1, TOLERANCE_S])
def test_what_was_signed_just_now_passes(off_s: int) -> None:
    clock = FakeClock()

    check_age(clock.now_ms() / 1000 + off_s, clock)


@pytest.mark.parametrize("off_s", [-TOLERANCE_S - 1, TOLERANCE_S + 1, -inf, inf, nan])
def test_a_replay_or_a_wrong_clock_is_refused(off_s: float) -> None:
    clock = FakeClock()

    with pytest.raises(RefusedError, match="clock") as caught:
        check_age(clock.now_ms() / 1000 + off_s, clock)
    assert caught.value.kind is Refusal.STALE


def test_refusals_are_logged_and_counted_by_connector_and_kind(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals()
    with caplog.at_level(logging.WARNING, "warmcall.telephony"):
        refusals.note("twilio", RefusedError(Refusal.SIGNATURE, "set auth_token"))
        refusals.note("twilio", RefusedError(Refusal.SIGNATURE, "set auth_token"))
        refusals.note("telnyx", RefusedError(Refusal.STALE, "set the clock"))

    assert refusals.counts == {("twilio", Refusal.SIGNATURE): 2, ("telnyx", Refusal.STALE): 1}
    assert [(record.__dict__["connector"], record.__dict__["refusal"]) for record in caplog.records] == [
        ("twilio", "signature"),
        ("twilio", "signature"),
        ("telnyx", "stale"),
    ]


def test_a_flood_of_refusals_is_counted_whole_and_logged_in_part(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 1000.0
    refusals = Refusals(lambda: now_s)
    with caplog.at_level(logging.WARNING, "warmcall.telephony"):
        for _ in range(500):
            refusals.note("sip-redirect", RefusedError(Refusal.PEER, "add it to peers"))
        refusals.note("sip-redirect", RefusedError(Refusal.MALFORMED, "no Via"))
        now_s += 60
        refusals.note("sip-redirect", RefusedError(Refusal.PEER, "add it to peers"))

    assert refusals.counts["sip-redirect", Refusal.PEER] == 501
    logged = [(record.__dict__["refusal"], record.__dict__["count"]) for record in caplog.records]
    assert logged == [*(("peer", count) for count in range(1, LINES_PER_MIN + 1)), ("malformed", 1), ("peer", 501)]


@pytest.mark.parametrize(
    ("kind", "status"), [(Refusal.UNSIGNED, 401), (Refusal.SIGNATURE, 403), (Refusal.MALFORMED, 400)]
)
def test_a_refusal_has_a_status(kind: Refusal, status: int) -> None:
    assert RefusedError(kind, "x").status == status
