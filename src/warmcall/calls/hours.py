"""Opening hours: weekly periods in a time zone, and dates with periods of their own or none."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from warmcall.calls.wallclock import DAY_MIN, interval

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PERIOD = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_YEARLY = re.compile(r"\d\d-\d\d")
# Nobody plans further: a group with no opening in a year is one that never opens.
_HORIZON_DAYS = 366
# A period over midnight may reach from two days ago into the hour that comes twice.
_LOOK_BACK_DAYS = 2
_LONGEST_RANGE_DAYS = 366

_YEAR = timedelta(days=365)
_LOOK_AGAIN = timedelta(hours=1)

Period = tuple[int, int]
"""Opening and closing minute; the closing minute is not part of it, and beyond 1,440 when it is on the next day."""


class Opening(msgspec.Struct, frozen=True):
    """Whether a group takes calls at a moment, and when that changes next (`None`: it does not, within a year)."""

    is_open: bool
    changes_at: datetime | None


_NEVER = Opening(False, None)


class Hours(msgspec.Struct, frozen=True, dict=True):
    """When a group takes calls.

    Attributes:
        timezone: IANA name, such as `Europe/Berlin`.
        weekly: Seven entries, Monday first, each the day's periods in order.
        special: Periods of single dates instead of the weekly ones: `2026-12-24`, or `12-25` for every year.
    """

    timezone: str
    weekly: tuple[tuple[Period, ...], ...]
    special: dict[str, tuple[Period, ...]] = {}

    def at(self, now: datetime) -> Opening:
        """Tell if the group is open at `now` (aware), and the next change."""
        # Most moments are asked about while nothing has changed, and to find a change may take a year of days.
        opening: Opening
        since, until, opening = self.__dict__.get("_last", (now, now, _NEVER))
        if not since <= now < until:
            opening = self._look(now)
            self.__dict__["_last"] = (now, opening.changes_at or now + _LOOK_AGAIN, opening)
        return opening

    def _look(self, now: datetime) -> Opening:
        for start, end in self._openings(now.astimezone(ZoneInfo(self.timezone)).date()):
            if start <= now < end:
                return Opening(True, end if end < now + _YEAR else None)
            if now < start:
                return Opening(False, start)
        return _NEVER

    def _openings(self, today: date) -> Iterable[tuple[datetime, datetime]]:
        """Openings around and after a day, in UTC, with periods that touch or overlap joined."""
        pending: tuple[datetime, datetime] | None = None
        for start, end in self._periods(today):
            if start >= end:
                continue
            if pending and start <= pending[1]:
                pending = (pending[0], max(end, pending[1]))
                continue
            if pending:
                yield pending
            pending = (start, end)
        if pending:
            yield pending

    def _periods(self, today: date) -> Iterator[tuple[datetime, datetime]]:
        for offset in range(-_LOOK_BACK_DAYS, _HORIZON_DAYS):
            day = today + timedelta(days=offset)
            for opens, closes in self._of_day(day):
                yield interval(self.timezone, day, opens, closes)

    def _of_day(self, day: date) -> tuple[Period, ...]:
        if self.special:
            text = day.isoformat()
            found = self.special.get(text, self.special.get(text[5:]))
            if found is not None:
                return found
        return self.weekly[day.weekday()]


def parse_hours(
    timezone: str,
    weekly: Mapping[str, Sequence[str]],
    closed: Sequence[str | date] = (),
    special: Mapping[str, Sequence[str]] | None = None,
) -> Hours:
    """Read opening hours as the configuration writes them.

    Args:
        timezone: IANA name.
        weekly: Day or range of days (`mon`, `mon-fri`) → periods `HH:MM-HH:MM`, 24:00 being the end of the day. One
            that ends before it starts goes on to the next day, and belongs to the day on which it starts.
        closed: Dates as `YYYY-MM-DD`.
        special: Date (`YYYY-MM-DD`), range of dates (`YYYY-MM-DD/YYYY-MM-DD`, both included) or day of every year
            (`MM-DD`) → periods instead of the weekly ones.

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
            days[day].extend(_period(f"weekly.{span}", text) for text in periods)
    ordered = tuple(_in_order(f"weekly.{day}", periods) for day, periods in zip(DAYS, days, strict=True))
    return Hours(timezone, ordered, _special(_dates(closed), special or {}))


def _days_of(span: str) -> list[int]:
    first, _, last = span.partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise ValueError(f"weekly.{span}: expected a day or a range of days such as 'mon' or 'mon-fri'")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def _period(place: str, text: str) -> Period:
    found = _PERIOD.fullmatch(text)
    if found:
        hour, minute, end_hour, end_minute = map(int, found.groups())
        opens, closes = hour * 60 + minute, end_hour * 60 + end_minute
        if opens < DAY_MIN and closes <= DAY_MIN and minute < 60 and end_minute < 60 and opens != closes:
            return opens, closes if closes > opens else closes + DAY_MIN
    raise ValueError(f"{place}: {text!r} is not a period such as '08:00-12:00', or '22:00-02:00' over midnight")


def _in_order(place: str, periods: Iterable[Period]) -> tuple[Period, ...]:
    ordered = sorted(periods)
    for (_, closes), (opens, _) in pairwise(ordered):
        if opens < closes:
            raise ValueError(f"{place}: two periods overlap")
    return tuple(ordered)


def _dates(closed: Sequence[str | date]) -> list[date]:
    try:
        return [day if isinstance(day, date) else date.fromisoformat(day) for day in closed]
    except ValueError as error:
        raise ValueError(f"closed: {error}; expected dates such as '2026-12-25'") from error


def _special(closed: Sequence[date], special: Mapping[str, Sequence[str]]) -> dict[str, tuple[Period, ...]]:
    found: dict[str, tuple[Period, ...]] = {day.isoformat(): () for day in closed}
    for span, texts in special.items():
        place = f"special.{span}"
        periods = _in_order(place, [_period(place, text) for text in texts])
        for day in _dates_of(place, span):
            if day in found:
                raise ValueError(f"{place}: {day} is named twice")
            found[day] = periods
    return found


def _dates_of(place: str, span: str) -> Iterator[str]:
    first, _, last = span.partition("/")
    try:
        if _YEARLY.fullmatch(span):
            # A leap year has every date there is.
            yield date.fromisoformat(f"2000-{span}").isoformat()[5:]
            return
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError as error:
        raise ValueError(
            f"{place}: {error}; expected '2026-12-24', '2026-12-24/2027-01-01', or '12-25' for every year"
        ) from error
    if not 0 <= (end - start).days < _LONGEST_RANGE_DAYS:
        raise ValueError(f"{place}: expected a range of dates that ends after it starts, within a year")
    yield from ((start + timedelta(days=offset)).isoformat() for offset in range((end - start).days + 1))
