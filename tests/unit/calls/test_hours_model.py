"""Opening hours against a model that walks through every minute and looks at the clock on the wall."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from warmcall.calls.hours import DAYS, parse_hours

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
# Half-hour and quarter-hour offsets, half an hour of daylight saving, a clock that is set at midnight, a day that
# was left out, and days around changes in each of them.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Beirut", date(2026, 10, 24)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
    ("UTC", date(2026, 12, 31)),
]
MINUTES = st.integers(0, 1439) | st.sampled_from([0, 60, 90, 120, 150, 180, 210, 1380, 1439])


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@st.composite
def days(draw: st.DrawFn) -> list[str]:
    """The periods of one day: in order, perhaps the last over midnight."""
    ends = sorted(draw(st.sets(MINUTES, min_size=0, max_size=6)))
    periods = [f"{clock(opens)}-{clock(closes)}" for opens, closes in zip(ends[::2], ends[1::2], strict=False)]
    if len(ends) % 2 and draw(st.booleans()):
        closes = draw(st.integers(0, ends[0]).filter(lambda minute: minute != ends[-1]))
        periods.append(f"{clock(ends[-1])}-{clock(closes)}")
    return periods


@cache
def week_around(zone: str, around: date) -> tuple[list[datetime], list[datetime]]:
    """Every minute of seven days in UTC, and what the clock shows then."""
    start = datetime(around.year, around.month, around.day, tzinfo=UTC) - 3 * DAY
    minutes = [start + count * MINUTE for count in range(7 * 1440)]
    return minutes, [minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) for minute in minutes]


class Model:
    """Knows nothing of offsets: it only reads the clock, minute by minute."""

    def __init__(self, zone: str, around: date, week: dict[str, list[str]], special: dict[str, list[str]]) -> None:
        self.minutes, self.shown = week_around(zone, around)
        self.open = bytearray(len(self.minutes))
        for offset in range(-5, 6):
            day = around + timedelta(days=offset)
            for text in special.get(day.isoformat(), week.get(DAYS[day.weekday()], [])):
                self._mark(day, text)

    def _mark(self, day: date, text: str) -> None:
        opens, closes = (datetime.fromisoformat(f"{day}T{end}") for end in text.split("-"))
        if closes <= opens:
            closes += DAY
        begun = next((index for index, time in enumerate(self.shown) if time >= opens), len(self.shown))
        before = (index for index in reversed(range(len(self.shown))) if self.shown[index] < closes)
        for index in range(begun, next(before, -1) + 1):
            self.open[index] = True


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(CHANGES),
    st.dictionaries(st.sampled_from(DAYS), days(), max_size=7),
    st.dictionaries(st.integers(-1, 1), days()),
)
def test_hours_are_what_the_clock_on_the_wall_says(
    change: tuple[str, date], week: dict[str, list[str]], specials: dict[int, list[str]]
) -> None:
    zone, around = change
    special = {(around + timedelta(days=offset)).isoformat(): periods for offset, periods in specials.items()}
    hours = parse_hours(zone, week, special=special)
    model = Model(zone, around, week, special)
    # A day at either end is left out: the model does not see what reaches into it.
    index, last = 1440, len(model.minutes) - 1440
    while index < last:
        now = hours.at(model.minutes[index])
        assert now.is_open == model.open[index], model.minutes[index]
        expected = model.open.find(not now.is_open, index)
        if not 0 <= expected < last:
            return
        assert now.changes_at == model.minutes[expected]
        index = expected
