"""`python -m benchmarks`: measure side by side, print one table, fail if a budget is not kept."""

import importlib
import inspect
import os
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
import msgspec

from benchmarks.plan import Plan
from benchmarks.table import Row, markdown, row_of

_PARTS = {
    "create": "benchmarks.http.create",
    "match": "benchmarks.http.match",
    "telephony": "benchmarks.telephony",
    "start": "benchmarks.http.start",
    "live": "benchmarks.http.live",
    "store": "benchmarks.store_sqlite",
    "postgres": "benchmarks.store_postgres",
    "postgres-http": "benchmarks.http.postgres",
    "sizes": "benchmarks.http.sizes",
    "bus": "benchmarks.bus_python",
    "page": "benchmarks.bus_page",
    "panel": "benchmarks.page_speed",
    "challenge": "benchmarks.challenge",
    "size": "benchmarks.script_size",
}


@click.command()
@click.option("--only", default=",".join(_PARTS), show_default=True, help="What to measure.")
@click.option("--seconds", default=2, show_default=True, help="Length of one slice of load.")
@click.option("--slices", default=5, show_default=True, help="Slices of each candidate; their median counts.")
@click.option("--live-requests", default=100_000, show_default=True, help="Live requests in the full store.")
@click.option("--streams", default=10_000, show_default=True, help="Live streams to open.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows there, too.")
def main(only: str, seconds: int, slices: int, live_requests: int, streams: int, json_file: Path | None) -> None:
    """Measure Warmcall beside its peers, as ratios in one run, and hold them against the budgets."""
    plan = Plan(seconds, slices, live_requests, streams)
    parts = {name: importlib.import_module(_PARTS[name]).measure for name in _chosen(only)}
    rows: list[Row] = []
    failed: list[str] = []
    for name, measure in parts.items():
        click.echo(f"{name} ...", err=True)
        try:
            rows += _measured(measure, plan)
        except Exception as error:
            # What took minutes to measure is worth its table although the next part failed.
            click.echo(f"{name} failed: {error!r}", err=True)
            failed.append(name)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(rows)) + b"\n")
    click.echo(f"{_machine()}\n\n{markdown(rows)}")
    over = [row.name for row in rows if not row.is_kept]
    if over:
        click.echo(f"\nOver budget: {', '.join(over)}.", err=True)
    sys.exit(1 if over or failed else 0)


def _chosen(only: str) -> list[str]:
    names = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [name for name in names if name not in _PARTS]
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)}; there are {', '.join(_PARTS)}.", param_hint="--only")
    return names


def _measured(measure: Callable[..., Iterable[Row | dict[str, Any]]], plan: Plan) -> list[Row]:
    rows = measure(plan) if inspect.signature(measure).parameters else measure()
    return [row if isinstance(row, Row) else row_of(row) for row in rows]


def _machine() -> str:
    python = f"Python {platform.python_version()}"
    return f"{python}, {platform.system()} {platform.release()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}."


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
