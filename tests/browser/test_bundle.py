import gzip
import subprocess
from pathlib import Path

import pytest

from tests.browser.chromium import STATIC

ROOT = Path(__file__).parents[2]
LIMIT_BYTES = 10_240
PART_LIMITS_BYTES = {"panel": 6_144, "call": 7_168, "form": 4_096, "app": 2_048, "jquery": 4_096, "markup": 2_048}
PART_LIMITS_BYTES |= {"group": 2_048, "countries": 2_560, "wait": 1_024, "cookie": 512}
SIBLINGS = "callus channelselector console overlay remote sidebar statsservice toaster watchman windowmanager"
PART_LIMITS_BYTES |= {"siblings": 5_120, "common": 4_096, **dict.fromkeys(SIBLINGS.split(), 3_072)}


def test_the_visitor_downloads_at_most_ten_kilobytes() -> None:
    assert (STATIC / "warmcall.js.br").stat().st_size <= LIMIT_BYTES


@pytest.mark.parametrize(("part", "limit"), PART_LIMITS_BYTES.items())
def test_a_part_stays_small(part: str, limit: int) -> None:
    [path] = STATIC.glob(f"warmcall/*/{part}.js.br")
    assert path.stat().st_size <= limit


def test_the_scripts_are_ascii() -> None:
    assert [path for path in STATIC.rglob("*.js") if not path.read_bytes().isascii()] == []


def test_the_committed_script_is_what_the_sources_give() -> None:
    check = subprocess.run([ROOT / "scripts/build-widget", "--check"], capture_output=True, text=True, timeout=50)
    assert check.returncode == 0, check.stderr


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        subprocess.run(
            [ROOT / "scripts/build-widget", "--out", tmp_path / name], check=True, capture_output=True, timeout=50
        )
    for file in ("warmcall.js", "warmcall.js.br", "warmcall.js.gz"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_the_compressed_script_names_no_time_and_no_file() -> None:
    compressed = (STATIC / "warmcall.js.gz").read_bytes()
    assert compressed[3] == 0, "flags: a name or a comment is in the header"
    assert compressed[4:8] == bytes(4), "a modification time is in the header"
    assert gzip.decompress(compressed) == (STATIC / "warmcall.js").read_bytes()


def test_a_stale_script_is_told(tmp_path: Path) -> None:
    (tmp_path / "warmcall.js").write_text("old")
    check = subprocess.run(
        [ROOT / "scripts/build-widget", "--check", "--out", tmp_path], capture_output=True, text=True, timeout=50
    )
    assert check.returncode == 1
    assert "run scripts/build-widget" in check.stderr


def test_the_lock_file_names_no_address() -> None:
    assert "://" not in (ROOT / "widget/bun.lock").read_text()


def test_the_types_hold() -> None:
    bun = ROOT / ".venv/bin/bun"
    command = [str(bun) if bun.exists() else "bun", "x", "tsc", "-p", "."]
    check = subprocess.run(command, cwd=ROOT / "widget", capture_output=True, text=True, timeout=50)
    assert check.returncode == 0, check.stdout


def test_what_a_server_may_ask_for_stays_small() -> None:
    [path] = STATIC.glob("warmcall/*/gate.js.br")
    assert path.stat().st_size <= 3_072
