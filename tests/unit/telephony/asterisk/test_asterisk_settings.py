import socket
from typing import Any

import pytest

from warmcall.telephony.asterisk.checks import check
from warmcall.telephony.asterisk.settings import Settings
from warmcall.telephony.findings import Level
from warmcall.telephony.registry import ConnectorSettingsError, read_settings

ARI = {"url": "http://192.0.2.1:8088", "user": "warmcall", "password": "s3cret"}


def settings(**table: Any) -> Settings:
    found = read_settings("asterisk", table)
    assert isinstance(found, Settings)
    return found


def levels(found: Settings) -> dict[str, Level]:
    return {finding.what: finding.level for finding in check(found, "https://call.example.com/telephony/asterisk")}


def test_out_of_the_box_only_this_machine_may_connect() -> None:
    assert (settings().host, settings().peers) == ("127.0.0.1", ("127.0.0.0/8", "::1"))


@pytest.mark.parametrize(
    "table",
    [
        {"port": 70000},
        {"peers": ["everybody"]},
        {"sounds": "a b"},
        {"sounds": 'x"\nEXEC System'},
        {"say": "System(reboot)"},
        {"ari": ARI | {"url": "ftp://x"}},
        {"ari": ARI | {"application": "a&b"}},
        {"ari": {"url": "http://127.0.0.1:8088"}},
        {"password": "x"},
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_the_start(table: dict[str, Any]) -> None:
    with pytest.raises(ConnectorSettingsError, match=r"telephony\.asterisk"):
        settings(**table)


def test_the_doctor_warns_when_everybody_may_connect() -> None:
    assert levels(settings(peers=["0.0.0.0/0"]))["peers"] is Level.WARNING


def test_the_doctor_finds_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = levels(settings(port=taken.getsockname()[1]))

    assert found["fastagi"] is Level.WARNING


def test_the_doctor_asks_no_other_machine() -> None:
    assert levels(settings(ari=ARI))["ari"] is Level.NOT_CHECKED


def test_the_doctor_finds_asterisk_missing_and_tells_no_password(unused_tcp_port: int) -> None:
    ari = ARI | {"url": f"http://127.0.0.1:{unused_tcp_port}"}
    (finding,) = (one for one in check(settings(ari=ari), "") if one.what == "ari")

    assert finding.level is Level.FAILED
    assert "s3cret" not in f"{finding}"
