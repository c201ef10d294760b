"""Opening hours against a model that walks through every minute and looks at the clock on the wall."""

from datetime import UTC, date, datetime, timedelta
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


class Model:
    """Knows nothing of offsets: it only reads the clock, minute by minute."""

    def __init__(self, zone: str, around: date, week: dict[str, list[str]], special: dict[str, list[str]]) -> None:
        start = datetime(around.year, around.month, around.day, tzinfo=UTC) - 4 * DAY
        self.minutes = [start + count * MINUTE for count in range(8 * 24 * 60)]
        shown = [minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) for minute in self.minutes]
        self.open = [False] * len(shown)
        for offset in range(-6, 7):
            day = around + timedelta(days=offset)
            for text in special.get(day.isoformat(), week.get(DAYS[day.weekday()], [])):
                self._mark(day, text, shown)

    def _mark(self, day: date, text: str, shown: list[datetime]) -> None:
        opens, closes = (datetime.fromisoformat(f"{day}T{end}") for end in text.split("-"))
        if closes <= opens:
            closes += DAY
        begun = next((index for index, time in enumerate(shown) if time >= opens), len(shown))
        ended = max((index for index, time in enumerate(shown) if time < closes), default=-1)
        for index in range(begun, ended + 1):
            self.open[index] = True

    def changes_after(self, index: int) -> datetime | None:
        later = (at for at in range(index, len(self.open)) if self.open[at] != self.open[index])
        found = next(later, None)
        return None if found is None else self.minutes[found]


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(CHANGES),
    st.dictionaries(st.sampled_from(DAYS), days(), max_size=7),
    st.lists(st.tuples(st.integers(-2, 2), days()), max_size=3),
    st.lists(st.integers(2 * 1440, 5 * 1440), min_size=5, max_size=20),
)
def test_hours_are_what_the_clock_on_the_wall_says(
    change: tuple[str, date],
    week: dict[str, list[str]],
    specials: list[tuple[int, list[str]]],
    asked: list[int],
) -> None:
    zone, around = change
    special = {(around + timedelta(days=offset)).isoformat(): periods for offset, periods in specials}
    hours = parse_hours(zone, week, special=special)
    model = Model(zone, around, week, special)
    for index in asked:
        now = hours.at(model.minutes[index])
        assert now.is_open == model.open[index], model.minutes[index]
        expected = model.changes_after(index)
        if expected is not None and expected < model.minutes[-1440]:
            assert now.changes_at == expected
