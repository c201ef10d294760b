import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.telephony.boards import ASK, GOODBYE, TOKEN, board, matched, recordings
from warmcall.telephony.connector import Turn, Webhook
from warmcall.telephony.findings import Level
from warmcall.telephony.jambonz import inbound
from warmcall.telephony.jambonz.outbound import Documents
from warmcall.telephony.jambonz.settings import Settings
from warmcall.telephony.reach import Reach
from warmcall.telephony.refusals import Refusal, RefusedError
from warmcall.telephony.registry import ConnectorSettingsError, check, read_settings
from warmcall.testing import FakeClock


def written(
    turn: Turn, carried: Mapping[str, str] | None = None, *, prompts: Path | None = None, **settings: str
) -> list[dict[str, Any]]:
    switchboard = board("jambonz", prompts=prompts)
    found = Settings(webhook_secret="12345678", **settings)  # type: ignore[arg-type]
    reply = Documents(switchboard, found, Reach(switchboard, found.sip_domain)).write(turn, carried or {})
    verbs: list[dict[str, Any]] = json.loads(reply.body)
    return verbs


def test_digits_are_asked_for_in_the_voice_of_the_application() -> None:
    (gather,) = written(ASK)

    assert gather == {
        "verb": "gather",
        "input": ["digits"],
        "numDigits": 6,
        "finishOnKey": "#",
        "timeout": 8,
        "interDigitTimeout": 8,
        "dtmfBargein": True,
        "actionHook": "https://calls.example.com/telephony/jambonz/digits?state=THE-STATE",
        "say": {
            "text": "Please key in the 6 digits you see on the page.",
            "synthesizer": {"vendor": "default", "language": "en-US"},
        },
    }


def test_what_only_the_first_report_says_is_carried_on() -> None:
    (gather,) = written(ASK, {"attestation": "A", "withheld": "1"})

    assert gather["actionHook"].endswith("?state=THE-STATE&attestation=A&withheld=1")


def test_the_owners_recording_is_played_instead(tmp_path: Path) -> None:
    (gather,) = written(ASK, prompts=recordings(tmp_path))

    assert gather["play"] == {"url": "https://calls.example.com/telephony/prompts/en-ask_code.wav"}
    assert "say" not in gather


def test_a_last_word_is_said_before_the_end() -> None:
    assert [verb["verb"] for verb in written(GOODBYE)] == ["say", "hangup"]


def test_a_sip_destination_gets_the_token() -> None:
    _, dial = written(matched("sip:sales@pbx.example.com"))

    assert dial["target"] == [{"type": "sip", "sipUri": "sip:sales@pbx.example.com"}]
    assert dial["headers"]["X-Warmcall-Token"] == TOKEN
    assert set(dial["headers"]) == {"X-Warmcall-Token", "User-to-User"}


def test_a_number_goes_by_the_trunk_of_the_settings() -> None:
    _, dial = written(matched("+12025550177"), trunk="carrier", caller_id="+12025550166")

    assert dial["target"] == [{"type": "phone", "number": "+12025550177", "trunk": "carrier"}]
    assert dial["callerId"] == "+12025550166"
    assert "headers" not in dial


@pytest.mark.parametrize("table", [{}, {"username": "a"}, {"password": "12345678"}])
def test_settings_that_would_let_anybody_in_are_refused(table: dict[str, str]) -> None:
    with pytest.raises(ConnectorSettingsError, match=r"telephony.jambonz.*username and password"):
        read_settings("jambonz", table)


def test_the_doctor_warns_of_a_password_alone() -> None:
    settings = read_settings("jambonz", {"username": "a", "password": "12345678"})

    found = {each.what: each.level for each in check("home", "jambonz", settings, "https://x.example/telephony/home")}

    assert found["signature"] is Level.WARNING


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"', b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_malformed(body: bytes) -> None:
    settings = Settings(username="a", password="12345678")
    webhook = Webhook(method="POST", url="u", headers={"authorization": "Basic YToxMjM0NTY3OA=="}, body=body)

    with pytest.raises(RefusedError) as caught:
        inbound.read_report(webhook, settings, FakeClock())

    assert caught.value.kind is Refusal.MALFORMED


@pytest.mark.parametrize("header", ["v1=00", "t=,v1=00", "t=x,v1=00", "t=1,t=1,v1=00", "garbage", "t=-1,v1=00"])
def test_a_signature_without_one_time_is_refused(header: str) -> None:
    settings = Settings(webhook_secret="12345678")
    webhook = Webhook(method="POST", url="u", headers={"jambonz-signature": header}, body=b"{}")

    with pytest.raises(RefusedError) as caught:
        inbound.read_report(webhook, settings, FakeClock())

    assert caught.value.kind is Refusal.SIGNATURE


@pytest.mark.parametrize(
    "report",
    [
        {"call_sid": 1},
        {"call_sid": "x", "to": None},
        {"call_sid": "x", "to": ["+12025550100"]},
        {"call_sid": "x\r\ny", "to": "+12025550100"},
    ],
)
def test_fields_of_another_kind_are_malformed(report: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as caught:
        inbound.read_call(report, board("jambonz"), {})

    assert caught.value.kind is Refusal.MALFORMED


def test_headers_of_another_kind_are_passed_over() -> None:
    report = {
        "call_sid": "x",
        "to": "+12025550100",
        "from": "+12025550123",
        "sip": {"headers": {"Privacy": 1, "x": []}},
    }

    call = inbound.read_call(report, board("jambonz"), {})

    assert call.caller_number == "+12025550123"


def test_what_the_first_report_said_holds_for_later_ones() -> None:
    first = {"call_sid": "x", "to": "+12025550100", "from": "+12025550123"}
    headers = {"privacy": "id", "P-Attestation-Indicator": "B"}

    known = inbound.carried(inbound.read_call(first | {"sip": {"headers": headers}}, board("jambonz"), {}))
    later = inbound.read_call(first, board("jambonz"), known)

    assert (later.caller_number, later.caller_withheld, later.attestation) == (None, True, "B")
