"""The page's bus against its peers, in one run in Chromium: `python -m benchmarks.bus_page`."""

import subprocess
from pathlib import Path
from typing import Any

from tests.browser.chromium import HostPage, chromium

ROOT = Path(__file__).parents[1]
JQUERY = "jquery@3.7.1"
ROUNDS = 15
PASSES = 200

# Ours, the peer, and how many times the peer's time ours may take.
PAIRS = [
    ("publish to one subscriber", "jQuery Callbacks.fire", 1.5),
    ("publish, nobody listens", "direct call", 2.0),
    ("command().done", "resolved.then", 8.0),
    ("await command()", "resolved.then", 15.0),
]


def jquery() -> str:
    """Return jQuery's code, installed from npm into a cache folder the first time."""
    folder = ROOT / ".cache/benchmarks"
    script = folder / "node_modules/jquery/dist/jquery.min.js"
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        bun = ROOT / ".venv/bin/bun"
        subprocess.run([str(bun) if bun.exists() else "bun", "add", JQUERY], cwd=folder, check=True, timeout=60)
    return script.read_text()


def measure() -> list[dict[str, Any]]:
    """Measure every pair in one run.

    Returns:
        One row a pair: `name`, `ours_ns`, `peer`, `peer_ns`, `ratio` and the `limit` of the ratio.
    """
    with chromium() as browser:
        host = HostPage(browser.new_page())
        host.serve("/jquery.js", jquery(), content_type="text/javascript")
        host.serve("/bench.js", Path(__file__).with_suffix(".js").read_text(), content_type="text/javascript")
        scripts = ("/jquery.js", "/warmcall.js", "/bench.js")
        page = host.open("".join(f'<script src="{script}"></script>' for script in scripts))
        best: dict[str, float] = page.evaluate(f"measure({ROUNDS}, {PASSES})")
    return [
        {
            "name": name,
            "ours_ns": round(best[name], 1),
            "peer": peer,
            "peer_ns": round(best[peer], 1),
            "ratio": round(best[name] / best[peer], 2),
            "limit": limit,
        }
        for name, peer, limit in PAIRS
    ]


if __name__ == "__main__":
    for row in measure():
        print("{name:28} {ours_ns:8} ns   {peer:22} {peer_ns:8} ns   {ratio:6} x (limit {limit})".format(**row))
