"""Opening hours: weekly periods in a time zone, and days on which all is closed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PERIOD = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_DAY_MIN = 24 * 60
# Nobody plans further: a group with no opening in a year is one that never opens.
_HORIZON_DAYS = 366

Period = tuple[int, int]
"""Opening and closing minute of a day; the closing minute is not part of it."""


class Opening(msgspec.Struct, frozen=True):
    """Whether a group takes calls at a moment, and when that changes next (`None`: it does not, within a year)."""

    is_open: bool
    changes_at: datetime | None


class Hours(msgspec.Struct, frozen=True):
    """When a group takes calls.

    Attributes:
        timezone: IANA name, such as `Europe/Berlin`.
        weekly: Seven entries, Monday first, each the day's periods in order.
        closed: Local dates without any opening.
    """

    timezone: str
    weekly: tuple[tuple[Period, ...], ...]
    closed: frozenset[date] = frozenset()

    def at(self, now: datetime) -> Opening:
        """Tell if the group is open at `now` (aware), and the next change."""
        zone = ZoneInfo(self.timezone)
        for start, end in self._periods(now.astimezone(zone).date(), zone):
            if start <= now < end:
                return Opening(True, end)
            if now < start:
                return Opening(False, start)
        return Opening(False, None)

    def _periods(self, today: date, zone: ZoneInfo) -> Iterable[tuple[datetime, datetime]]:
        """Openings from yesterday on, in UTC, with periods that touch at midnight joined."""
        pending: tuple[datetime, datetime] | None = None
        for offset in range(-1, _HORIZON_DAYS):
            day = today + timedelta(days=offset)
            for opens, closes in () if day in self.closed else self.weekly[day.weekday()]:
                start, end = _moment(day, opens, zone), _moment(day, closes, zone)
                if pending and start <= pending[1]:
                    pending = (pending[0], max(end, pending[1]))
                    continue
                if pending:
                    yield pending
                pending = (start, end)
        if pending:
            yield pending


def parse_hours(timezone: str, weekly: Mapping[str, Sequence[str]], closed: Sequence[str | date] = ()) -> Hours:
    """Read opening hours as the configuration writes them.

    Args:
        timezone: IANA name.
        weekly: Day or range of days (`mon`, `mon-fri`) → periods `HH:MM-HH:MM`, 24:00 being the end of the day.
        closed: Dates as `YYYY-MM-DD`.

    Raises:
        ValueError: saying which part could not be read and what is expected.
    """
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"timezone: {timezone!r} is not a time zone such as 'Europe/Berlin'") from error
    days: list[list[Period]] = [[] for _ in DAYS]
    for span, periods in weekly.items():
        for day in _days_of(span):
            days[day].extend(_period(span, text) for text in periods)
    return Hours(
        timezone, tuple(_in_order(day, periods) for day, periods in zip(DAYS, days, strict=True)), _dates(closed)
    )


def _days_of(span: str) -> list[int]:
    first, _, last = span.partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise ValueError(f"weekly.{span}: expected a day or a range of days such as 'mon' or 'mon-fri'")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def _period(span: str, text: str) -> Period:
    found = _PERIOD.fullmatch(text)
    if found:
        hour, minute, end_hour, end_minute = map(int, found.groups())
        opens, closes = hour * 60 + minute, end_hour * 60 + end_minute
        if opens < closes <= _DAY_MIN and minute < 60 and end_minute < 60:
            return opens, closes
    raise ValueError(f"weekly.{span}: {text!r} is not a period such as '08:00-12:00' that ends after it starts")


def _in_order(day: str, periods: list[Period]) -> tuple[Period, ...]:
    ordered = sorted(periods)
    for (_, closes), (opens, _) in pairwise(ordered):
        if opens < closes:
            raise ValueError(f"weekly.{day}: two periods overlap")
    return tuple(ordered)


def _dates(closed: Sequence[str | date]) -> frozenset[date]:
    try:
        return frozenset(day if isinstance(day, date) else date.fromisoformat(day) for day in closed)
    except ValueError as error:
        raise ValueError(f"closed: {error}; expected dates such as '2026-12-25'") from error


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The instant of a local minute. A minute that daylight saving skips is read with the offset before the change."""
    local = datetime.combine(day + timedelta(days=minute // _DAY_MIN), time(minute % _DAY_MIN // 60, minute % 60), zone)
    return local.astimezone(UTC)
