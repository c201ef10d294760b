from typing import Any

import pytest

from warmcall.telephony.connector import ConnectorSettings
from warmcall.telephony.destinations import DestinationError, read_destination
from warmcall.telephony.findings import Level
from warmcall.telephony.headers import HeaderRefusedError
from warmcall.telephony.redirect.checks import check
from warmcall.telephony.redirect.settings import Settings
from warmcall.telephony.redirect.target import uri_of, with_token
from warmcall.telephony.registry import ConnectorSettingsError, read_settings

TOKEN = "AAAABBBB"


def read(**table: Any) -> ConnectorSettings:
    return read_settings("sip-redirect", table)


def test_nothing_has_to_be_set() -> None:
    assert read() == Settings()


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"port": 70000}, "port: expected 0 to 65535"),
        ({"peers": []}, "peers: expected at least one"),
        ({"peers": ["10.0.0.0/99"]}, "peers: expected an address or a network"),
        ({"pbx": "pbx.example.com/x"}, "pbx: "),
        ({"pbx": "pbx>\r\nContact: <sip:evil"}, "pbx: "),
        ({"code_destination": "sip:a b"}, "code_destination: "),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(table: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConnectorSettingsError, match=expected):
        read(**table)


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("sip:sales@pbx.example.com", f"sip:sales~{TOKEN}@pbx.example.com;ctc={TOKEN}"),
        ("sips:sales@pbx.example.com:5061", f"sips:sales~{TOKEN}@pbx.example.com:5061;ctc={TOKEN}"),
        ("sip:sales@[2001:db8::1]:5060", f"sip:sales~{TOKEN}@[2001:db8::1]:5060;ctc={TOKEN}"),
        ("sip:sales@pbx;transport=tcp", f"sip:sales~{TOKEN}@pbx;transport=tcp;ctc={TOKEN}"),
        ("sip:sales@pbx?X-Line=1", f"sip:sales~{TOKEN}@pbx;ctc={TOKEN}?X-Line=1"),
        ("sip:sales:secret@pbx", f"sip:sales~{TOKEN}:secret@pbx;ctc={TOKEN}"),
        ("sip:pbx.example.com", f"sip:pbx.example.com;ctc={TOKEN}"),
        ("sip:+12025550199@trunk", f"sip:+12025550199@trunk;ctc={TOKEN}"),
        ("+12025550199", f"sip:+12025550199@pbx:5070;ctc={TOKEN}"),
        ("queue:sales", f"sip:sales~{TOKEN}@pbx:5070;ctc={TOKEN}"),
        ("1001", f"sip:1001~{TOKEN}@pbx:5070;ctc={TOKEN}"),
        ("s#1", f"sip:s%231~{TOKEN}@pbx:5070;ctc={TOKEN}"),
    ],
)
def test_the_token_stands_where_the_other_end_sees_it(destination: str, expected: str) -> None:
    assert with_token(uri_of(read_destination(destination), "pbx:5070"), TOKEN) == expected


def test_a_queue_needs_a_host_to_be_dialled_on() -> None:
    with pytest.raises(DestinationError, match="set pbx"):
        uri_of(read_destination("queue:sales"), None)


def test_nothing_but_a_token_gets_into_a_uri() -> None:
    with pytest.raises(HeaderRefusedError):
        with_token("sip:sales@pbx", "x>\r\nContact: <sip:evil")


def test_the_doctor_names_what_would_cost_calls() -> None:
    levels = {finding.what: finding.level for finding in check(Settings(port=0), "http://127.0.0.1")}

    assert levels == {
        "port": Level.OK,
        "peers": Level.WARNING,
        "pbx": Level.WARNING,
        "code": Level.WARNING,
        "fallback": Level.WARNING,
        "followed": Level.NOT_CHECKED,
    }


def test_the_doctor_is_content_with_complete_settings() -> None:
    settings = Settings(
        port=0, peers=("10.0.0.5",), pbx="pbx", code_destination="sip:ivr@pbx", fallback_destination="queue:x"
    )

    levels = {finding.level for finding in check(settings, "http://127.0.0.1")}

    assert levels == {Level.OK, Level.NOT_CHECKED}


def test_the_doctor_warns_of_answering_everybody() -> None:
    findings = {finding.what: finding for finding in check(Settings(port=0, peers=("0.0.0.0/0",)), "")}

    assert "everybody" in findings["peers"].says
