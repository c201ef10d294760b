import re
from pathlib import Path

from warmcall.telephony.asterisk.settings import PORT
from warmcall.telephony.destinations import Kind

ROOT = Path(__file__).parents[4]
DIALPLAN = re.sub(r"(?m)\s*;.*$", "", (ROOT / "examples" / "asterisk" / "extensions.conf").read_text(encoding="utf-8"))
GUIDE = (ROOT / "docs" / "howto" / "connect-asterisk.md").read_text(encoding="utf-8")
OUTBOUND = (ROOT / "src" / "warmcall" / "telephony" / "asterisk" / "outbound.py").read_text(encoding="utf-8")
SET = {name.removeprefix("__") for name in re.findall(r'yield "(\w+)"', OUTBOUND)} | {"WARMCALL_CALL"}


def section(name: str) -> str:
    return DIALPLAN.partition(f"[{name}]")[2].partition("\n[")[0]


def test_the_dialplan_asks_where_the_connector_listens_and_only_what_it_answers() -> None:
    assert f"WARMCALL = agi://127.0.0.1:{PORT}" in DIALPLAN
    assert set(re.findall(r"AGI\(\$\{WARMCALL\}/(\w+)", DIALPLAN)) == {"call", "connected", "ended"}


def test_the_dialplan_reads_no_variable_that_nobody_sets() -> None:
    globals_ = set(re.findall(r"(?m)^(\w+) =", section("globals")))

    assert set(re.findall(r"\$\{(WARMCALL\w*)\}", DIALPLAN)) - SET - globals_ == set()


def test_the_dialplan_connects_every_kind_of_destination_and_falls_back_from_each() -> None:
    route = section("warmcall-route")

    assert set(re.findall(r"exten => (\w+),1,", route)) == set(Kind)
    assert route.count("Goto(warmcall-fallback,s,1)") == len(Kind)
    assert route.count("b(warmcall-headers^s^1)") == len(Kind)


def test_every_place_the_dialplan_goes_to_is_in_it() -> None:
    places = set(re.findall(r"(warmcall-[a-z]+)", DIALPLAN))

    assert places == set(re.findall(r"(?m)^\[(warmcall-[a-z]+)\]", DIALPLAN))


def test_the_guide_explains_every_variable() -> None:
    table = set(re.findall(r"`(WARMCALL_\w+)`", GUIDE))

    assert table >= SET
