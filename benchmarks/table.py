"""Measurements as rows of one table, each held against its budget."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

_HEADER = ("what", "ours", "peer", "its figure", "ratio", "budget", "")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure and its budget.

    Attributes:
        name: What was measured.
        ours: Our figure with its unit.
        peer: What it was measured beside; empty if the budget is absolute.
        peers: The peer's figure with its unit.
        ratio: What the budget speaks of: ours to the peer's, or our figure itself if there is no peer.
        limit: The budget; `None`: there is none, the figure is only told.
        at_least: Whether the ratio must not be below the limit; otherwise it must not be above.
        goal: A better figure to work for.
        at: How many live requests there were, where that is what differs from row to row.
        figure: Our figure as a number, for a picture.
    """

    name: str
    ours: str
    ratio: float
    limit: float | None = None
    peer: str = ""
    peers: str = ""
    at_least: bool = False
    goal: float | None = None
    at: int | None = None
    figure: float | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the budget is kept."""
        if self.limit is None:
            return True
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit


def row_of(measured: Mapping[str, Any]) -> Row:
    """Read a measurement of the form {name, ours_<unit>, peer, peer_<unit>, ratio, limit}."""
    ours = next(_figure(key, value, "ours_") for key, value in measured.items() if key.startswith("ours_"))
    peers = next((_figure(key, value, "peer_") for key, value in measured.items() if key.startswith("peer_")), "")
    return Row(
        name=measured["name"],
        ours=ours,
        peer=measured.get("peer", ""),
        peers=peers,
        ratio=measured["ratio"],
        limit=measured["limit"],
        at_least=measured.get("at_least", False),
        goal=measured.get("goal"),
    )


def markdown(rows: Iterable[Row]) -> str:
    """The table, aligned for reading as plain text."""
    cells = [_HEADER, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADER))]
    rule = ["-" * widths[0], "-" * (widths[1] - 1) + ":", "-" * widths[2], *("-" * (w - 1) + ":" for w in widths[3:6])]
    lines = [_line(_HEADER, widths), _line([*rule, "-" * max(2, widths[6])], widths)]
    return "\n".join([*lines, *(_line(line, widths) for line in cells[1:])])


def amount(value: float, unit: str) -> str:
    """A figure for people: three significant digits, thousands separated."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 or not value else 3
    return f"{value:,.{digits}f} {unit}".strip()


def _figure(key: str, value: float, prefix: str) -> str:
    return amount(value, key.removeprefix(prefix).replace("_per_", "/"))


def _cells(row: Row) -> tuple[str, ...]:
    return (row.name, row.ours, row.peer, row.peers, amount(row.ratio, ""), _budget(row), _verdict(row))


def _budget(row: Row) -> str:
    if row.limit is None:
        return ""
    goal = "" if row.goal is None else f" (goal {row.goal:g})"
    return f"{'≥' if row.at_least else '≤'} {row.limit:g}{goal}"


def _verdict(row: Row) -> str:
    if row.limit is None:
        return ""
    return "ok" if row.is_kept else "OVER"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    right = (1, 3, 4, 5)
    padded = (f"{c:>{w}}" if n in right else f"{c:{w}}" for n, (c, w) in enumerate(zip(cells, widths, strict=True)))
    return f"| {' | '.join(padded)} |"
