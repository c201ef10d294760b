import re
from importlib import import_module
from pathlib import Path

import msgspec
import pytest

from warmcall import settings
from warmcall.telephony.registry import FOLDERS

HOWTO = Path(__file__).parents[4] / "docs" / "howto"
KINDS = ["twilio", "signalwire", "telnyx", "plivo", "jambonz"]
ONLY_TWILIO = {"shared_keys", "workflow"}


def page(kind: str) -> str:
    return (HOWTO / f"connect-{kind}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_the_configuration_of_a_page_works_as_it_stands(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall("```toml\n(.*?)```", page(kind), re.DOTALL)
    for variable in re.findall('"env:([A-Z_]+)"', example):
        monkeypatch.setenv(variable, "12345678")

    loaded = settings.parse(example)

    assert loaded.telephony[kind].kind == kind
    assert loaded.telephony[kind].settings.fallback_destination == "+12025550199"


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_names_every_setting(kind: str) -> None:
    own = import_module(f"warmcall.telephony.{FOLDERS[kind]}.settings").Settings
    names = {field.name for field in msgspec.structs.fields(own)} - {"kind"}

    listed = {
        name for row in re.findall(r"^\|([^|]+)\|", page(kind), re.MULTILINE) for name in re.findall("`(.*?)`", row)
    }

    expected = names if kind == "twilio" else names - ONLY_TWILIO
    assert expected <= listed


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_names_the_addresses_the_connector_has(kind: str) -> None:
    first = {"plivo": ("answer", "hangup"), "jambonz": ("call", "status")}.get(kind, ("voice", "status"))

    assert all(f"https://calls.example.com/telephony/{kind}/{path}`" in page(kind) for path in first)
