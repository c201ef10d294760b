from datetime import UTC, datetime

import pytest

from warmcall.calls.hours import Hours, Opening, parse_hours


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def office() -> Hours:
    return parse_hours("America/New_York", {"mon-fri": ["08:00-12:00", "13:00-20:00"]}, ["2026-12-25"])


def test_it_is_open_within_a_period_and_says_until_when(office: Hours) -> None:
    assert office.at(at("2026-11-23T13:00")) == office.at(at("2026-11-23T16:59:59.999"))
    assert office.at(at("2026-11-23T13:00")).is_open
    assert office.at(at("2026-11-23T13:00")).changes_at == at("2026-11-23T17:00")


def test_it_is_closed_at_lunch_and_says_when_it_opens(office: Hours) -> None:
    assert not office.at(at("2026-11-23T17:00")).is_open
    assert office.at(at("2026-11-23T17:00")).changes_at == at("2026-11-23T18:00")


def test_a_friday_evening_names_monday(office: Hours) -> None:
    assert office.at(at("2026-11-28T03:00")).changes_at == at("2026-11-30T13:00")


def test_a_closed_day_is_skipped(office: Hours) -> None:
    assert office.at(at("2026-12-25T15:00")).changes_at == at("2026-12-28T13:00")


def test_daylight_saving_moves_the_opening() -> None:
    berlin = parse_hours("Europe/Berlin", {"mon-sun": ["09:00-17:00"]})
    assert berlin.at(at("2026-03-28T20:00")).changes_at == at("2026-03-29T07:00")
    assert berlin.at(at("2026-03-27T20:00")).changes_at == at("2026-03-28T08:00")


def test_periods_that_touch_at_midnight_are_one_opening() -> None:
    night = parse_hours("UTC", {"fri": ["20:00-24:00"], "sat": ["00:00-04:00"]})
    assert night.at(at("2026-11-27T23:00")).changes_at == at("2026-11-28T04:00")


def test_open_all_week_never_changes() -> None:
    always = parse_hours("UTC", {"mon-sun": ["00:00-24:00"]})
    assert always.at(at("2026-11-27T23:00")) == Opening(True, None)


def test_what_was_found_for_one_moment_holds_until_the_next_change_and_not_before() -> None:
    lunch = parse_hours("UTC", {"fri": ["08:00-12:00", "13:00-20:00"]})
    for minute, is_open in (("11:59", True), ("12:00", False), ("12:59", False), ("13:00", True), ("11:00", True)):
        assert lunch.at(at(f"2026-11-27T{minute}")).is_open is is_open


def test_no_periods_at_all_never_open() -> None:
    never = parse_hours("UTC", {})
    assert never.at(at("2026-11-27T23:00")).changes_at is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Mars/Base", {}), "timezone: 'Mars/Base'"),
        (("UTC", {"monday": ["08:00-12:00"]}), "weekly.monday: expected a day"),
        (("UTC", {"mon": ["8-12"]}), "weekly.mon: '8-12' is not a period"),
        (("UTC", {"mon": ["08:00-08:00"]}), "weekly.mon: '08:00-08:00' is not a period"),
        (("UTC", {"mon": ["24:00-08:00"]}), "weekly.mon: '24:00-08:00' is not a period"),
        (("UTC", {"mon": ["22:00-06:00", "23:00-24:00"]}), "weekly.mon: two periods overlap"),
        (("UTC", {"mon-tue": ["08:00-12:00"], "tue": ["11:00-13:00"]}), "weekly.tue: two periods overlap"),
        (("UTC", {}, ["Christmas"]), "closed: "),
        (("UTC", {}, [], {"Christmas": []}), "special.Christmas: "),
        (("UTC", {}, [], {"13-40": []}), "special.13-40: "),
        (("UTC", {}, [], {"2026-12-24": ["8-12"]}), "special.2026-12-24: '8-12' is not a period"),
        (("UTC", {}, [], {"2026-12-24/2026-12-20": []}), "special.2026-12-24/2026-12-20: expected a range"),
        (("UTC", {}, ["2026-12-25"], {"2026-12-24/2026-12-26": []}), "2026-12-25 is named twice"),
    ],
)
def test_what_cannot_be_read_is_named(arguments: tuple[str, dict[str, list[str]]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_hours(*arguments)


def test_a_range_may_wrap_around_the_week() -> None:
    weekend = parse_hours("UTC", {"sat-mon": ["10:00-11:00"]})
    assert [bool(day) for day in weekend.weekly] == [True, False, False, False, False, True, True]


def test_a_special_date_has_periods_of_its_own(office: Hours) -> None:
    half = parse_hours("UTC", {"mon-fri": ["08:00-17:00"]}, special={"2026-12-24": ["08:00-12:00"]})
    assert half.at(at("2026-12-24T09:00")).changes_at == at("2026-12-24T12:00")
    assert half.at(at("2026-12-24T13:00")).changes_at == at("2026-12-25T08:00")


def test_a_special_date_may_open_a_day_that_is_closed_otherwise() -> None:
    sale = parse_hours("UTC", {"mon-fri": ["08:00-17:00"]}, special={"2026-11-28": ["10:00-12:00"]})
    assert sale.at(at("2026-11-27T18:00")).changes_at == at("2026-11-28T10:00")


def test_a_range_of_dates_and_a_day_of_every_year_may_be_closed() -> None:
    holidays = parse_hours(
        "UTC", {"mon-sun": ["08:00-17:00"]}, special={"2026-12-28/2026-12-31": [], "01-01": [], "2027-01-02": []}
    )
    assert holidays.at(at("2026-12-27T18:00")).changes_at == at("2027-01-03T08:00")
    assert holidays.at(at("2027-12-31T18:00")).changes_at == at("2028-01-02T08:00")


def test_a_date_wins_over_the_day_of_every_year() -> None:
    hours = parse_hours("UTC", {}, special={"12-25": [], "2026-12-25": ["10:00-11:00"]})
    assert hours.at(at("2026-12-25T10:30")).is_open
    assert not hours.at(at("2027-12-25T10:30")).is_open


def test_a_period_over_midnight_belongs_to_the_day_on_which_it_starts() -> None:
    night = parse_hours("UTC", {"sat": ["22:00-02:00"]}, ["2026-11-29"])
    assert night.at(at("2026-11-28T23:00")).changes_at == at("2026-11-29T02:00")
    assert night.at(at("2026-11-29T01:59")).is_open
    assert night.at(at("2026-11-29T02:00")).changes_at == at("2026-12-05T22:00")


def test_an_opening_in_the_hour_that_is_skipped_is_when_the_clock_is_set_forward() -> None:
    early = parse_hours("Europe/Berlin", {"sun": ["02:30-05:00"]})
    assert early.at(at("2026-03-28T12:00")).changes_at == at("2026-03-29T01:00")


def test_a_period_within_the_hour_that_is_skipped_is_left_out() -> None:
    gone = parse_hours("Europe/Berlin", {"sun": ["02:15-02:45"]})
    assert gone.at(at("2026-03-28T12:00")).changes_at == at("2026-04-05T00:15")


def test_the_hour_that_comes_twice_is_open_twice() -> None:
    late = parse_hours("Europe/Berlin", {"sun": ["01:00-02:30"]})
    assert late.at(at("2026-10-24T23:00")).changes_at == at("2026-10-25T01:30")
