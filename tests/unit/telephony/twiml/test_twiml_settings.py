import base64

import pytest

from tests.unit.telephony.boards import board
from warmcall.telephony import registry
from warmcall.telephony.findings import Level
from warmcall.telephony.registry import ConnectorSettingsError, check, connect, read_settings

ADDRESS = "https://calls.example.com/telephony"
PUBLIC_KEY = base64.b64encode(bytes(32)).decode()


def levels(kind: str, base_url: str = "", **table: object) -> dict[str, Level]:
    settings = read_settings(kind, table)
    return {found.what: found.level for found in check(kind, kind, settings, base_url or f"{ADDRESS}/{kind}")}


@pytest.mark.parametrize("kind", ["twilio", "signalwire", "telnyx"])
def test_the_secret_has_no_default(kind: str) -> None:
    with pytest.raises(ConnectorSettingsError, match=f"telephony.{kind}.*signing_key"):
        read_settings(kind, {})


@pytest.mark.parametrize(
    "slip",
    [
        {"sip_domain": "pbx.example.com/x"},
        {"caller_id": "0155512345"},
        {"workflow": "WW1"},
        {"answer_timeout_s": 0},
        {"signing_kye": "x"},
    ],
)
def test_a_slip_is_named(slip: dict[str, object]) -> None:
    with pytest.raises(ConnectorSettingsError, match=f"telephony.twilio.*{next(iter(slip))}"):
        read_settings("twilio", {"signing_key": "12345678", **slip})


def test_a_key_that_is_not_telnyxs_keeps_the_server_from_starting() -> None:
    settings = read_settings("telnyx", {"signing_key": "12345678"})

    with pytest.raises(ConnectorSettingsError, match=r"telephony.telnyx.signing_key: expected Telnyx's public key"):
        connect(settings, board("telnyx"))


def test_the_doctor_is_content_with_what_is_complete() -> None:
    found = levels("telnyx", signing_key=PUBLIC_KEY, fallback_destination="+12025550188")

    assert found == {
        "address": Level.OK,
        "signature": Level.OK,
        "fallback": Level.OK,
        "provider": Level.NOT_CHECKED,
    }


def test_the_doctor_finds_what_is_missing() -> None:
    found = levels("telnyx", "http://localhost/telephony/telnyx", signing_key="12345678", workflow="WW" + "0" * 32)

    assert found["address"] is Level.WARNING
    assert found["signature"] is Level.FAILED
    assert found["fallback"] is Level.WARNING
    assert found["workflow"] is Level.WARNING


def test_shared_keys_are_twilios_alone() -> None:
    assert levels("signalwire", signing_key="12345678", shared_keys={"a": "12345678"})["shared keys"] is Level.WARNING
    assert "shared keys" not in levels("twilio", signing_key="12345678", shared_keys={"a": "12345678"})


def test_no_finding_tells_a_secret() -> None:
    settings = registry.read_settings("twilio", {"signing_key": "a-secret-token"})

    said = [f"{found.says} {found.remedy}" for found in check("twilio", "twilio", settings, f"{ADDRESS}/twilio")]

    assert not [text for text in said if "a-secret-token" in text]
