from base64 import urlsafe_b64encode

import pytest

from tests.unit.telephony.redirect.line import switchboard
from warmcall.telephony.ivr import InboundCall
from warmcall.telephony.redirect.identity import Claims, attestation, call_key, read_address, read_call, tag_of

FROM = '"Ada" <sip:+12025550123@example.com>;tag=1'


def passport(payload: str) -> str:
    body = urlsafe_b64encode(payload.encode()).decode().rstrip("=")
    return f"eyJhbGciOiJFUzI1NiJ9.{body}.c2lnbmF0dXJl;info=<https://cert.example.com/a.pem>;ppt=shaken"


def call(claims: Claims) -> InboundCall:
    return read_call(switchboard(lambda _: None), "call-1", "sip:+12025550100@x", claims)


def test_the_number_is_taken_from_what_the_network_asserts() -> None:
    found = call(Claims(sender=FROM, asserted="<sip:+12025550177@carrier.example.com>, <tel:+12025550178>"))

    assert (found.caller_number, found.caller_name) == ("+12025550177", "Ada")


def test_the_number_is_taken_from_from_where_nothing_is_asserted() -> None:
    assert call(Claims(sender=FROM)).caller_number == "+12025550123"


@pytest.mark.parametrize(
    "claims",
    [
        Claims(sender=FROM, privacy="id"),
        Claims(sender=FROM, privacy="none;header"),
        Claims(sender='"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1', asserted="<sip:+12025550177@x>"),
        Claims(sender="<sip:anonymous@192.0.2.1>;tag=1", asserted="<sip:+12025550177@x>"),
    ],
)
def test_a_caller_who_withholds_the_number_stays_unknown(claims: Claims) -> None:
    found = call(claims)

    assert (found.caller_number, found.caller_name, found.caller_withheld) == (None, None, True)


def test_a_uri_in_the_display_name_is_not_the_caller() -> None:
    found = call(Claims(sender='"<sip:+19995550000@x>" <sip:+12025550123@example.com>;tag=1'))

    assert found.caller_number == "+12025550123"


@pytest.mark.parametrize("value", ["", '"', "<", '"unclosed <sip:x>', ";;;", ","])
def test_nonsense_names_nobody(value: str) -> None:
    assert tag_of(read_address(value)) == ""
    assert call(Claims(sender=value)).caller_number is None


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (Claims(sender=FROM, attested="A"), "A"),
        (Claims(sender=FROM, asserted="<sip:+12025550177@x>;verstat=TN-Validation-Passed-B"), "B"),
        (Claims(sender=FROM, asserted="<sip:+12025550177;verstat=TN-Validation-Passed-C@x;user=phone>"), "C"),
        (Claims(sender=FROM, identity=passport('{"attest":"A","orig":{"tn":"12025550123"}}')), "A"),
        (
            Claims(
                sender=FROM,
                asserted="<sip:+12025550177@x>;verstat=TN-Validation-Passed",
                identity=passport('{"attest":"B"}'),
            ),
            "B",
        ),
        (
            Claims(
                sender=FROM,
                asserted="<sip:+12025550177@x>;verstat=TN-Validation-Failed-A",
                identity=passport('{"attest":"A"}'),
            ),
            None,
        ),
        (Claims(sender=FROM, identity=passport('{"attest":"Z"}')), None),
        (Claims(sender=FROM, identity=passport('{"attest":1}')), None),
        (Claims(sender=FROM, identity=passport("[]")), None),
        (Claims(sender=FROM, identity="a.!.c"), None),
        (Claims(sender=FROM, identity="a..c"), None),
        (Claims(sender=FROM, identity=passport('{"attest":"A","x":"' + "x" * 5000 + '"}')), None),
        (Claims(sender=FROM), None),
    ],
)
def test_the_attestation_is_what_a_network_said_of_the_number(claims: Claims, expected: str | None) -> None:
    assert attestation(claims) == expected


def test_a_call_is_known_by_call_id_and_from_tag_and_by_nothing_that_could_do_harm() -> None:
    keys = {call_key("a", "b"), call_key("a", "c"), call_key("a\nb", ""), call_key('x","dnis":"', "1")}

    assert len(keys) == 4
    assert all(key.replace("-", "").isalnum() and len(key) < 64 for key in keys)
