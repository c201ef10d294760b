import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from warmcall.telephony.freeswitch.settings import PORT, Settings
from warmcall.telephony.headers import TOKEN_HEADER, UUI_HEADER

ROOT = Path(__file__).parents[4]
DIALPLAN = ElementTree.parse(ROOT / "examples" / "freeswitch" / "dialplan.xml")
GUIDE = (ROOT / "docs" / "howto" / "connect-freeswitch.md").read_text(encoding="utf-8")
ACTIONS = [(action.get("application"), action.get("data")) for action in DIALPLAN.iter("action")]


def test_the_dialplan_dials_where_the_connector_listens_with_full_control() -> None:
    assert ("socket", f"127.0.0.1:{PORT} async full") in ACTIONS


def test_headers_from_outside_are_removed_before_and_somebody_answers_after() -> None:
    at = [application for application, _ in ACTIONS].index("socket")

    assert {("unset", f"sip_h_{name}") for name in (TOKEN_HEADER, UUI_HEADER)} <= set(ACTIONS[:at])
    assert ACTIONS[at + 1][0] == "bridge"


def test_the_guide_has_every_setting_with_its_default() -> None:
    rows = dict(re.findall(r"(?m)^\| `(\w+)`(?:, `port`)? \| ([^|]+) \|", GUIDE))

    assert {field.name for field in msgspec.structs.fields(Settings)} - {"kind", "port"} <= set(rows)
    assert rows["sip"] == f"`{Settings().sip}`"
    assert rows["extension"] == f"`{Settings().extension}`"
    assert rows["queue"] == f"`{Settings().queue}`"
