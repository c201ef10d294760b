"""Options that several commands take, and how each of them ends when something is wrong."""

import sys
import time
from pathlib import Path
from typing import NoReturn

import click

BEGAN_S = time.perf_counter()
"""When the process began, nearly: this is loaded before anything that takes its time."""

CONFIG = click.option(
    "--config",
    "config_file",
    required=True,
    envvar="WARMCALL_CONFIG",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The configuration file (TOML).",
)
DATA = click.option(
    "--data",
    "data_dir",
    required=True,
    envvar="WARMCALL_DATA",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory of the database; made if missing.",
)
DATABASE = click.option(
    "--database-url",
    envvar="WARMCALL_DATABASE_URL",
    metavar="URL",
    help="postgresql://… of a database that several servers may share, instead of SQLite in the data directory.",
)


def give_up(sentence: str) -> NoReturn:
    """Say what is wrong and end with 2."""
    click.echo(f"warmcall: {sentence}", err=True)
    sys.exit(2)
