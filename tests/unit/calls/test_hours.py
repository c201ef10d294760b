from datetime import UTC, datetime

import pytest

from warmcall.calls.hours import Hours, parse_hours


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


def test_open_all_week_never_changes_soon() -> None:
    always = parse_hours("UTC", {"mon-sun": ["00:00-24:00"]})
    assert always.at(at("2026-11-27T23:00")).is_open


def test_no_periods_at_all_never_open() -> None:
    never = parse_hours("UTC", {})
    assert never.at(at("2026-11-27T23:00")).changes_at is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Mars/Base", {}), "timezone: 'Mars/Base'"),
        (("UTC", {"monday": ["08:00-12:00"]}), "weekly.monday: expected a day"),
        (("UTC", {"mon": ["8-12"]}), "weekly.mon: '8-12' is not a period"),
        (("UTC", {"mon": ["12:00-08:00"]}), "weekly.mon: '12:00-08:00' is not a period"),
        (("UTC", {"mon-tue": ["08:00-12:00"], "tue": ["11:00-13:00"]}), "weekly.tue: two periods overlap"),
        (("UTC", {}, ["Christmas"]), "closed: "),
    ],
)
def test_what_cannot_be_read_is_named(arguments: tuple[str, dict[str, list[str]]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_hours(*arguments)


def test_a_range_may_wrap_around_the_week() -> None:
    weekend = parse_hours("UTC", {"sat-mon": ["10:00-11:00"]})
    assert [bool(day) for day in weekend.weekly] == [True, False, False, False, False, True, True]
