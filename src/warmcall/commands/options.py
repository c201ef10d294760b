"""Options that several commands take, and how each of them ends when something is wrong."""

import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import click

BEGAN_S = time.perf_counter()
"""When the process began, nearly: this is loaded before anything that takes its time."""

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_CONFIG_HELP = "The configuration file (TOML)."
_CONFIG: dict[str, Any] = {"envvar": "WARMCALL_CONFIG", "type": _FILE}
_DATA: dict[str, Any] = {
    "envvar": "WARMCALL_DATA",
    "type": _FOLDER,
    "help": "Directory of the database; made if missing.",
}

CONFIG = click.option("--config", "config_file", required=True, help=_CONFIG_HELP, **_CONFIG)
MAYBE_CONFIG = click.option(
    "--config", "config_file", help=f"{_CONFIG_HELP} Without it: what was applied last.", **_CONFIG
)
DATA = click.option("--data", "data_dir", required=True, **_DATA)
MAYBE_DATA = click.option("--data", "data_dir", **_DATA)
DATABASE = click.option(
    "--database-url",
    envvar="WARMCALL_DATABASE_URL",
    metavar="URL",
    help="postgresql://… of a database that several servers may share, instead of SQLite in the data directory.",
)

SERVER_URL = click.option(
    "--url", "server_url", envvar="WARMCALL_URL", metavar="URL", help="Ask the running server at this address."
)
KEY = click.option("--key", envvar="WARMCALL_KEY", metavar="KEY", help="An API key for that server.")


def give_up(sentence: str) -> NoReturn:
    """Say what is wrong and end with 2."""
    click.echo(f"warmcall: {sentence}", err=True)
    sys.exit(2)
