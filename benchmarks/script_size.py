"""What a visitor's browser downloads: `python -m benchmarks.script_size`."""

from pathlib import Path
from typing import Any

STATIC = Path(__file__).parents[1] / "src/warmcall/web/static"

# Name, pattern of the files, limit and goal in bytes.
_PARTS = (
    ("page script, brotli", "warmcall.js.br", 10_240, 8_192),
    ("the panel, loaded on intent, brotli", "warmcall/*/panel.js.br", 6_144, None),
    ("what comes after its form, brotli", "warmcall/*/call.js.br", 7_168, None),
    ("QR code, on desktops with the number, brotli", "warmcall/*/qr.js.br", 4_096, None),
    ("largest language, where it is not English, brotli", "warmcall/*/lang-*.js.br", 1_024, None),
)


def measure() -> list[dict[str, Any]]:
    """Read the sizes of the shipped files, compressed as they are sent.

    Returns:
        A row for the script, and one for each kind of part that is loaded when it is needed.
    """
    rows = []
    for name, pattern, limit, goal in _PARTS:
        size = max(path.stat().st_size for path in STATIC.glob(pattern))
        row = {"name": name, "ours_bytes": size, "ratio": size, "limit": limit}
        rows.append(row if goal is None else {**row, "goal": goal})
    return rows


if __name__ == "__main__":
    for row in measure():
        print("{name:50} {ours_bytes:6} bytes (limit {limit})".format(**row))
