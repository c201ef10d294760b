"""Draws what create and match cost by the number of live requests: `python -m benchmarks.picture RUN.json OUT.svg`.

Reads the rows that `scripts/benchmark --only sizes --json RUN.json` has written.
"""

import math
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import msgspec

from benchmarks.table import Row

_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 130, 24, 48
_COLOURS = ("#0b62d6", "#b3401f")
_STYLE = "svg{background:#fff}text{font:13px system-ui,sans-serif;fill:#333}.grid{stroke:#ddd}"

Point = tuple[float, float]


def lines_of(rows: list[Row]) -> dict[str, list[Point]]:
    """The curves by name: what was done, over how many live requests, at what cost."""
    lines: dict[str, list[Point]] = {}
    for row in rows:
        if row.at is not None and row.figure is not None:
            lines.setdefault(row.name.partition(",")[0], []).append((row.at, row.figure))
    return {name: sorted(points) for name, points in lines.items()}


def svg(lines: dict[str, list[Point]]) -> str:
    """Curves over a logarithmic axis, from nothing to a little above the highest point."""
    points = [point for line in lines.values() for point in line]
    low, high = (math.log10(end(at for at, _ in points)) for end in (min, max))
    top = math.ceil(max(cost for _, cost in points)) + 1

    def place(at: float, cost: float) -> Point:
        along = (math.log10(at) - low) / (high - low or 1)
        x = _LEFT + along * (_WIDTH - _LEFT - _RIGHT)
        return round(x, 1), round(_HEIGHT - _BOTTOM - cost / top * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [_grid_line(cost, place(10**low, cost), place(10**high, cost)) for cost in range(top + 1)]
    for at in sorted({at for at, _ in points}):
        x, y = place(at, 0)
        parts.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{at:,.0f}</text>')
    for number, ((name, line), colour) in enumerate(zip(lines.items(), _COLOURS, strict=False)):
        parts.append(_curve([place(*point) for point in line], colour))
        label = f'<text x="{_WIDTH - _RIGHT + 24}" y="{_TOP + 20 * (number + 1)}" style="fill:{colour}">'
        parts.append(f"{label}{escape(name)}</text>")
    parts.append(f'<text x="{_LEFT}" y="{_HEIGHT - 10}">live requests when it began</text>')
    parts.append('<text x="8" y="16">CPU, in bare echoes</text>')
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        f"\n<title>CPU of a create and a match by the number of live requests</title>\n<style>{_STYLE}</style>"
        f"\n{body}\n</svg>\n"
    )


def _grid_line(cost: int, start: Point, end: Point) -> str:
    line = f'<line class="grid" x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}"/>'
    return f'{line}<text x="{start[0] - 8}" y="{start[1] + 4}" text-anchor="end">{cost}</text>'


def _curve(places: list[Point], colour: str) -> str:
    path = " ".join(f"{x},{y}" for x, y in places)
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>' for x, y in places)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def main() -> None:
    """Draw one run."""
    run, out = map(Path, sys.argv[1:3])
    lines = lines_of(msgspec.json.decode(run.read_bytes(), type=list[Row]))
    if not lines:
        sys.exit(f"{run} has no figures by size; measure them with: scripts/benchmark --only sizes --json {run}")
    out.write_text(svg(lines))


if __name__ == "__main__":
    main()
