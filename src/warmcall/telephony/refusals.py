"""Requests that a connector turns away: why, how it is said, and how often it happened."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from warmcall.calls.clock import Clock
from warmcall.errors import WarmcallError

log = logging.getLogger("warmcall.telephony")

TOLERANCE_S = 300
"""How far a signed time may be from the server's own."""


LINES_PER_MIN = 10
"""Of each connector and reason; the `count` in the next line tells how many were left out."""


class Refusal(StrEnum):
    """Why a request was turned away; the label of its counter."""

    UNSIGNED = "unsigned"
    SIGNATURE = "signature"
    STALE = "stale"
    PEER = "peer"
    MALFORMED = "malformed"
    STATE_FORGED = "state_forged"
    STATE_EXPIRED = "state_expired"
    STATE_FOREIGN = "state_foreign"


_STATUS = {kind: 403 for kind in Refusal} | {Refusal.MALFORMED: 400, Refusal.UNSIGNED: 401}


class RefusedError(WarmcallError):
    """A request that a connector does not act on.

    Args:
        kind: Why.
        message: What to do about it, without secrets and without what the caller sent.
    """

    code = "telephony_refused"

    def __init__(self, kind: Refusal, message: str) -> None:
        super().__init__(message, {"refusal": kind.value})
        self.kind = kind

    @property
    def status(self) -> int:
        """The HTTP status that says so."""
        return _STATUS[self.kind]


@dataclass(slots=True)
class _Minute:
    ends_s: float
    lines: int = 0


class Refusals:
    """Counts what was turned away, and logs it; in a flood a few lines a minute, so that nobody can fill a disk.

    Args:
        monotonic: Tells the time in seconds.

    Attributes:
        counts: How often, by connector and kind.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.counts: Counter[tuple[str, Refusal]] = Counter()
        self._monotonic = monotonic
        self._minutes: dict[tuple[str, Refusal], _Minute] = {}

    def note(self, connector: str, error: RefusedError) -> None:
        """Take note of one refusal."""
        key = connector, error.kind
        self.counts[key] += 1
        if not self._is_loggable(key):
            return
        said = {"connector": connector, "refusal": error.kind.value, "why": error.message, "count": self.counts[key]}
        log.warning("refused", extra=said)

    def _is_loggable(self, key: tuple[str, Refusal]) -> bool:
        now_s = self._monotonic()
        minute = self._minutes.get(key)
        if minute is None or now_s >= minute.ends_s:
            minute = self._minutes[key] = _Minute(now_s + 60)
        minute.lines += 1
        return minute.lines <= LINES_PER_MIN


def check_age(signed_at_s: float, clock: Clock, tolerance_s: int = TOLERANCE_S) -> None:
    """Let a request pass that was signed just now.

    Args:
        signed_at_s: Seconds since the epoch, as the provider signed them.
        clock: Tells the time.
        tolerance_s: How far the two may be apart, either way.

    Raises:
        RefusedError: if it is older, or from the future: a replay, or a clock that is wrong.
    """
    off_s = clock.now_ms() / 1000 - signed_at_s
    # A comparison with NaN is never true, so it is asked this way round.
    if not abs(off_s) <= tolerance_s:
        raise RefusedError(
            Refusal.STALE,
            f"the request was signed more than {tolerance_s} s from now; "
            "if this happens to all requests, set this machine's clock (NTP)",
        )
