"""The command `warmcall audit`."""

import json
from pathlib import Path

import click
import msgspec

from warmcall.calls.audit import MOST_AT_ONCE, ActView, act_view
from warmcall.commands.options import DATA, DATABASE
from warmcall.commands.stores import with_store


@click.command()
@DATA
@DATABASE
@click.option("--limit", type=click.IntRange(1, MOST_AT_ONCE), default=100, show_default=True, help="How many acts.")
@click.option("--before", type=click.IntRange(1), help="Only acts with a smaller number: to read on.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs: one act a line.")
def audit(data_dir: Path, database_url: str | None, limit: int, before: int | None, as_json: bool) -> None:
    """Show administrative acts, newest first: when, who, what, on what. Works while the server runs."""
    acts = with_store(data_dir, database_url, lambda store: store.audit.newest(limit, before))
    for act in map(act_view, acts):
        click.echo(msgspec.json.encode(act).decode() if as_json else _line(act))


def _line(act: ActView) -> str:
    details = " ".join(f"{name}={json.dumps(value)}" for name, value in act.details.items())
    return f"{act.seq:>6}  {act.at}  {act.actor}: {act.action} {act.subject} {details}".rstrip()
