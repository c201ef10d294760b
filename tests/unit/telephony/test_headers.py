import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall.telephony.headers import (
    HeaderRefusedError,
    check_headers,
    check_token,
    context_headers,
    token_of,
    user_to_user,
)

TOKEN = "AaIE7AbMe2mZ9uUAX10SygAABBccddEEff0011"


def test_a_matched_call_carries_its_token_twice() -> None:
    assert context_headers(TOKEN) == (
        ("X-Warmcall-Token", TOKEN),
        ("User-to-User", f"{TOKEN.encode().hex()};encoding=hex"),
    )


def test_a_call_without_context_carries_nothing() -> None:
    assert context_headers(None) == ()


@pytest.mark.parametrize("token", ["", "short", "a b c d e f", "AAAABBBB\r\nTo: x", "AAAABBBB;x=1", "A" * 129])
def test_what_is_no_token_travels_nowhere(token: str) -> None:
    with pytest.raises(HeaderRefusedError):
        context_headers(token)


@pytest.mark.parametrize(
    "name",
    ["To", "from", "Via", "Contact", "Route", "Record-Route", "P-Asserted-Identity", "Call-ID", "Diversion", "Privacy"],
)
def test_reserved_names_are_refused(name: str) -> None:
    with pytest.raises(HeaderRefusedError, match="reserved"):
        check_headers(((name, "x"),))


@pytest.mark.parametrize("name", ["", "X Y", "X-A:", "X-A\r\nVia", "-X", "X-é", "X-" + "a" * 63])
def test_names_that_are_no_names_are_refused(name: str) -> None:
    with pytest.raises(HeaderRefusedError, match="name"):
        check_headers(((name, "x"),))


@given(st.text(max_size=30))
def test_no_value_with_a_control_character_ever_passes(value: str) -> None:
    if value.isascii() and value.isprintable():
        assert check_headers((("X-A", value),)) == (("X-A", value),)
    else:
        with pytest.raises(HeaderRefusedError):
            check_headers((("X-A", value),))


def test_headers_are_bounded_each_and_together() -> None:
    with pytest.raises(HeaderRefusedError, match="256"):
        check_headers((("X-A", "a" * 257),))
    with pytest.raises(HeaderRefusedError, match="1000"):
        check_headers(tuple((f"X-{n}", "a" * 250) for n in range(4)))


@pytest.mark.parametrize("ending", ["", ";encoding=hex", ";encoding=hex;purpose=warmcall", " ;encoding=hex"])
def test_a_token_is_read_from_what_a_network_makes_of_user_to_user(ending: str) -> None:
    value = user_to_user(TOKEN).partition(";")[0]

    assert token_of(value + ending) == TOKEN
    assert token_of(value.upper() + ending) == TOKEN


@pytest.mark.parametrize("value", ["", "zz", "4", "41", "ffffffffffffffff", "4141414142424242 x", "00" * 20])
def test_what_others_send_in_user_to_user_is_no_token(value: str) -> None:
    assert token_of(value) is None


@given(st.from_regex(r"[A-Za-z0-9_-]{8,128}", fullmatch=True))
def test_every_token_survives_the_header(token: str) -> None:
    assert token_of(user_to_user(check_token(token))) == token
