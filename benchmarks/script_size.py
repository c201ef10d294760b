"""What a visitor's browser downloads: `python -m benchmarks.script_size`."""

from pathlib import Path
from typing import Any

STATIC = Path(__file__).parents[1] / "src/warmcall/web/static"

GOAL_BYTES = 8_192
LIMIT_BYTES = 10_240
PART_LIMIT_BYTES = 7_168


def measure() -> list[dict[str, Any]]:
    """Read the sizes of the shipped files, compressed as they are sent.

    Returns:
        A row for the script, and one for the part that is loaded when a visitor opens the panel.
    """
    script = (STATIC / "warmcall.js.br").stat().st_size
    part = sum(path.stat().st_size for path in STATIC.glob("warmcall/*/*.br"))
    return [
        {
            "name": "page script, brotli",
            "ours_bytes": script,
            "ratio": script,
            "limit": LIMIT_BYTES,
            "goal": GOAL_BYTES,
        },
        {
            "name": "its part loaded on opening, brotli",
            "ours_bytes": part,
            "ratio": part,
            "limit": PART_LIMIT_BYTES,
        },
    ]


if __name__ == "__main__":
    for row in measure():
        print("{name:36} {ours_bytes:6} bytes (limit {limit})".format(**row))
