import socket
from typing import Any

import pytest

from warmcall.telephony.findings import Level
from warmcall.telephony.freeswitch.checks import check
from warmcall.telephony.freeswitch.settings import Settings
from warmcall.telephony.registry import ConnectorSettingsError, read_settings


def settings(**table: Any) -> Settings:
    found = read_settings("freeswitch", table)
    assert isinstance(found, Settings)
    return found


def levels(found: Settings) -> dict[str, Level]:
    return {finding.what: finding.level for finding in check(found, "https://call.example.com/telephony/freeswitch")}


def test_out_of_the_box_only_this_machine_may_connect() -> None:
    assert (settings().host, settings().peers) == ("127.0.0.1", ("127.0.0.0/8", "::1"))


@pytest.mark.parametrize(
    "table",
    [
        {"port": -1},
        {"peers": ["everybody"]},
        {"sip": "sofia/external"},
        {"number": "sofia/gateway/{}/{}"},
        {"extension": "user/{}\n"},
        {"queue": "{},x"},
        {"sounds": "a b"},
        {"voices": {"en": "flite"}},
        {"voices": {"en": "flite:slt:$(x)"}},
        {"password": "x"},
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_the_start(table: dict[str, Any]) -> None:
    with pytest.raises(ConnectorSettingsError, match=r"telephony\.freeswitch"):
        settings(**table)


def test_a_dial_string_may_name_a_variable_of_freeswitch() -> None:
    assert settings(extension="user/{}@${domain_name}").extension == "user/{}@${domain_name}"


def test_the_doctor_warns_when_everybody_may_connect() -> None:
    assert levels(settings(peers=["::/0"]))["peers"] is Level.WARNING


def test_the_doctor_warns_when_numbers_cannot_be_dialled() -> None:
    assert levels(settings())["numbers"] is Level.WARNING
    assert levels(settings(number="sofia/gateway/carrier/{}"))["numbers"] is Level.OK


def test_the_doctor_finds_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = levels(settings(port=taken.getsockname()[1]))

    assert found["event socket"] is Level.WARNING
