import subprocess
import sys
from pathlib import Path

import pytest

from warmcall.calls.errors import NumberInvalidError, NumberNotAllowedError
from warmcall.calls.model import E164
from warmcall.calls.phone import parse_number, region_of, tel_url


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("+12025550123", "+12025550123"),
        ("+1 (202) 555-0123", "+12025550123"),
        ("0044 20 7946 0018", "+442079460018"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("+49\u00a030\u2011123456", "+4930123456"),
        (" +1.202.555.0123 ", "+12025550123"),
    ],
)
def test_a_number_is_read_however_people_write_it(typed: str, read: str) -> None:
    assert parse_number(typed) == read


@pytest.mark.parametrize(
    "typed", ["", "call me", "+", "+12", "+1202555012", "+120255501234", "+999123456789", "+1202555o123"]
)
def test_what_is_no_number_is_refused_and_names_its_field(typed: str) -> None:
    with pytest.raises(NumberInvalidError, match=r"^fields\.phonenumber: ") as caught:
        parse_number(typed, field="fields.phonenumber")
    assert caught.value.details == {"field": "fields.phonenumber"}


def test_a_very_long_text_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(NumberInvalidError, match="longer than 40"):
        parse_number("+1 " * 5000)


def test_a_national_number_is_read_as_of_the_first_country() -> None:
    assert parse_number("(202) 555-0123", ("US", "CA")) == "+12025550123"


def test_a_national_number_without_a_country_asks_for_the_plus_sign() -> None:
    with pytest.raises(NumberInvalidError, match=r"Start with \+"):
        parse_number("202 555 0123")


def test_a_number_of_another_country_is_refused() -> None:
    with pytest.raises(NumberNotAllowedError) as caught:
        parse_number("+442079460018", ("US", "CA"))
    assert caught.value.details["countries"] == ["US", "CA"]


def test_countries_that_share_a_calling_code_are_told_apart() -> None:
    assert [region_of("+14165550123"), region_of("+12025550123"), region_of("+390612345678")] == ["CA", "US", "IT"]


def test_the_link_dials_number_and_code() -> None:
    assert tel_url(E164("+12025550100"), "482913") == "tel:+12025550100,,482913%23"
    assert tel_url(E164("+12025550100"), None) == "tel:+12025550100"


def test_the_table_of_calling_codes_is_what_the_library_says() -> None:
    script = Path(__file__).parents[3] / "scripts/make-e164-table"
    subprocess.run([sys.executable, str(script), "--check"], check=True)
