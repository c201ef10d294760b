"""From what a clock on the wall shows to instants, through the nights when it is set forward or back."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MIN = 24 * 60
_MINUTE = timedelta(minutes=1)


# The same few days are asked for with every call request; looking them up costs a twentieth of working them out.
@lru_cache(maxsize=4096)
def interval(zone: str, day: date, opens: int, closes: int) -> tuple[datetime, datetime]:
    """When a period of a day begins and ends, in UTC.

    It begins the first time the clock shows its opening minute or a later one, and ends once the clock has shown the
    minute before the closing one for the last time. So a period that lies in an hour that is skipped is empty, and one
    that touches an hour that comes twice is open for both.

    Args:
        zone: IANA name of the time zone.
        day: On which the period begins.
        opens: Minute of the day.
        closes: Minute of the day, more than 1,440 if it is on the next day.
    """
    place = ZoneInfo(zone)
    return _first(_shown(day, opens), place), _last(_shown(day, closes - 1), place)


def _shown(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def _first(shown: datetime, zone: ZoneInfo) -> datetime:
    instant = shown.replace(tzinfo=zone).astimezone(UTC)
    return instant if _shows(instant, zone) == shown else _change(shown, zone)


def _last(shown: datetime, zone: ZoneInfo) -> datetime:
    instant = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return instant + _MINUTE if _shows(instant, zone) == shown else _change(shown, zone)


def _shows(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _change(skipped: datetime, zone: ZoneInfo) -> datetime:
    """When the clock was set forward over `skipped`: between its readings with the later and the earlier offset."""
    low = skipped.replace(tzinfo=zone, fold=1).astimezone(UTC)
    high = skipped.replace(tzinfo=zone, fold=0).astimezone(UTC)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high
