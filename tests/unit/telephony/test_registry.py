import re
from importlib import import_module
from pathlib import Path

import pytest

import warmcall.telephony
from warmcall.telephony import connector as interface
from warmcall.telephony import registry
from warmcall.telephony.connector import ConnectorSettings
from warmcall.telephony.registry import FILES, FOLDERS, ConnectorSettingsError

ROOT = Path(warmcall.telephony.__file__).parent
DOCS = Path(__file__).parents[3] / "docs"
GUIDE = (DOCS / "howto" / "write-a-connector.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", sorted(set(FOLDERS.values())))
def test_every_connector_is_a_folder_with_the_same_files(folder: str) -> None:
    assert not [file for file in FILES if not (ROOT / folder / file).is_file()]


@pytest.mark.parametrize("kind", FOLDERS)
def test_every_connector_has_a_page_that_starts_from_nothing(kind: str) -> None:
    page = DOCS / "howto" / f"connect-{kind}.md"

    assert page.is_file()
    assert "warmcall doctor" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", FOLDERS)
def test_every_connector_has_settings_of_its_own_a_way_to_connect_and_a_check(kind: str) -> None:
    folder = f"warmcall.telephony.{FOLDERS[kind]}"
    settings, connector, checks = (import_module(f"{folder}.{part}") for part in ("settings", "connector", "checks"))

    assert issubclass(settings.Settings, ConnectorSettings)
    assert callable(connector.connect)
    assert callable(checks.check)


def test_the_guide_names_every_file_and_no_other() -> None:
    table = GUIDE.partition("## The folder")[2].partition("\n## ")[0]

    assert tuple(re.findall(r"^\| `(\S+\.py)` \|", table, re.MULTILINE)) == FILES


def test_the_guide_describes_the_whole_interface() -> None:
    table = GUIDE.partition("This is all of it:")[2].partition("\n## ")[0]
    described = set(re.findall(r"^\| `(\w+)", table, re.MULTILINE))
    public = {
        name
        for name, value in vars(interface).items()
        if isinstance(value, type) and value.__module__ == interface.__name__
    }

    assert described == public


def test_no_folder_is_left_out_of_the_table() -> None:
    connectors = {path.parent.name for path in ROOT.glob("*/connector.py")}

    assert connectors == set(FOLDERS.values())


def test_a_text_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FALLBACK", "sip:reception@pbx.example.com")

    settings = registry.read_settings("http", {"fallback_destination": "env:FALLBACK"})

    assert settings.fallback_destination == "sip:reception@pbx.example.com"


@pytest.mark.parametrize(
    ("name", "table", "place", "why"),
    [
        ("http", {"fallback": "x"}, "telephony.http.fallback", "not known"),
        ("http", {"fallback_destination": 3}, "telephony.http.fallback_destination", "a string"),
        ("http", {"fallback_destination": "a b"}, "telephony.http.fallback_destination", "phone system can be told"),
        ("http", {"fallback_destination": "env:NOT_THERE"}, "telephony.http.fallback_destination", "NOT_THERE"),
        ("carrier", {}, "telephony.carrier", 'there is no connector "carrier"'),
        ("carrier", {"kind": "nowhere.pbx"}, "telephony.carrier", "cannot be loaded"),
    ],
)
def test_a_table_that_cannot_be_used_is_named(name: str, table: dict[str, object], place: str, why: str) -> None:
    with pytest.raises(ConnectorSettingsError, match=why) as caught:
        registry.read_settings(name, table)
    assert caught.value.place == place
