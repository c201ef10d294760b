"""The example configurations and the guides, as far as they can be read; they are run in tests/integration."""

import re
from pathlib import Path

import msgspec
import pytest

from warmcall.telephony.headers import TOKEN_HEADER, UUI_HEADER
from warmcall.telephony.kamailio.inbound import Connected, Ended, Invited
from warmcall.telephony.kamailio.settings import Settings as KamailioSettings
from warmcall.telephony.redirect.decider import DECIDE_WITHIN_S
from warmcall.telephony.redirect.settings import Settings as RedirectSettings

ROOT = Path(__file__).parents[4]
REDIRECT, RELAY = ((ROOT / f"examples/kamailio/{mode}.cfg").read_text() for mode in ("redirect", "relay"))
CONFIGS = pytest.mark.parametrize("config", [REDIRECT, RELAY], ids=["redirect", "relay"])


@CONFIGS
def test_nothing_from_a_request_is_written_into_a_json_text(config: str) -> None:
    assert not re.search(r'\$var\((?:ask|tell)\)\s*=\s*"[^"]*\$', config)
    assert set(re.findall(r"evapi_(?:async_)?relay\((.*)\)", config)) <= {'"$var(ask)"', '"$var(tell)"'}


@CONFIGS
def test_every_member_that_is_sent_is_read(config: str) -> None:
    sent = set(re.findall(r'jansson_set\("\w+", "(\w+)"', config))
    read = {field.encode_name for message in (Invited, Connected, Ended) for field in msgspec.structs.fields(message)}

    assert sent - {"event"} <= read


@CONFIGS
def test_kamailio_waits_longer_than_warmcall_decides(config: str) -> None:
    found = re.search(r"#!define DECIDE_WITHIN_MS (\d+)", config)

    assert found is not None
    assert int(found[1]) > DECIDE_WITHIN_S * 1000


@CONFIGS
def test_evapi_is_open_to_this_machine_only_unless_told_otherwise(config: str) -> None:
    assert '#!define EVAPI "127.0.0.1:' in config


def test_headers_of_ours_are_taken_from_the_caller_before_ours_are_added() -> None:
    for name in (TOKEN_HEADER, UUI_HEADER):
        assert RELAY.index(f'remove_hf("{name}")') < RELAY.index(f'append_hf("{name}: ')


@pytest.mark.parametrize(("kind", "settings"), [("kamailio", KamailioSettings), ("sip-redirect", RedirectSettings)])
def test_the_guide_has_every_setting(kind: str, settings: type[msgspec.Struct]) -> None:
    guide = (ROOT / "docs" / "howto" / f"connect-{kind}.md").read_text(encoding="utf-8")
    rows = {
        name for row in re.findall(r"(?m)^\| (`\w+`(?:, `\w+`)*) \|", guide) for name in re.findall(r"`(\w+)`", row)
    }

    assert {field.name for field in msgspec.structs.fields(settings)} - {"kind"} <= rows
