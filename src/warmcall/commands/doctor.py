"""The command `warmcall doctor`."""

import asyncio
import sys
from pathlib import Path

import click

from warmcall import doctor as surgery
from warmcall.commands.options import CONFIG, DATA, DATABASE


@click.command()
@CONFIG
@DATA
@DATABASE
@click.option("--extension", "extensions", multiple=True, metavar="MODULE:FUNCTION", help="As for `warmcall serve`.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
def doctor(
    config_file: Path, data_dir: Path, database_url: str | None, extensions: tuple[str, ...], as_json: bool
) -> None:
    """Look at everything the server needs, and say what to do. Ends with 1 if something failed."""
    areas = asyncio.run(surgery.examine(config_file, data_dir, database_url, extensions))
    if as_json:
        click.echo(surgery.as_json(areas))
    else:
        click.echo("\n".join(surgery.as_text(areas)))
    sys.exit(0 if surgery.healthy(areas) else 1)
