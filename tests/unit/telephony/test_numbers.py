import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall.telephony.numbers import Caller, read_caller, read_dialled


@pytest.mark.parametrize(
    "address",
    [
        "+12025550123",
        "sip:+12025550123@gw.example.com",
        "sips:+12025550123@gw.example.com;transport=tls",
        "tel:+1-202-555-0123",
        "tel:2025550123;phone-context=+1",
        '"Ada" <sip:+12025550123@gw.example.com;user=phone>;tag=9',
        "<tel:+12025550123>",
        "sip:%2B12025550123@gw.example.com",
        "+1 (202) 555-0123",
    ],
)
def test_a_caller_is_read_however_it_is_written(address: str) -> None:
    assert read_caller(address) == Caller("+12025550123", False)


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "anonymous",
        "Restricted",
        "unknown",
        "+266696687",
        '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
        "sip:Anonymous@example.com",
        "sip:@example.com",
    ],
)
def test_a_withheld_caller_has_no_number(address: str | None) -> None:
    assert read_caller(address) == Caller(None, True)


@pytest.mark.parametrize("privacy", ["id", "user;id", "header; critical"])
def test_a_caller_who_asks_for_privacy_has_no_number(privacy: str) -> None:
    assert read_caller("tel:+12025550123", privacy) == Caller(None, True)


def test_privacy_none_hides_nothing() -> None:
    assert read_caller("tel:+12025550123", "none").number == "+12025550123"


def test_a_national_caller_is_left_to_the_group_that_knows_its_country() -> None:
    assert read_caller("sip:2025550123@gw.example.com").number == "2025550123"


@pytest.mark.parametrize(
    "address",
    ["+12025550100", "12025550100", "sip:12025550100@127.0.0.1:5066;transport=udp", "<sip:+12025550100@127.0.0.1>"],
)
def test_a_dialled_number_gets_its_plus_sign(address: str) -> None:
    assert read_dialled(address) == "+12025550100"


def test_a_dialled_number_with_an_international_prefix_stays_as_it_is() -> None:
    assert read_dialled("sip:0012025550100@pbx") == "0012025550100"


@given(st.text(max_size=200))
def test_no_address_upsets_the_reading(address: str) -> None:
    assert isinstance(read_dialled(address), str)
    assert read_caller(address, address).withheld in (True, False)
