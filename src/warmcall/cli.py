"""The command line. What a command needs is imported when it runs, so that each starts fast."""

import importlib
import os
import sys
from typing import NamedTuple

import click

from warmcall import __version__
from warmcall.commands.options import give_up


class _Provided(NamedTuple):
    """A command in a module of its own: help shows its line without loading it, as it may need an extra."""

    module: str
    help: str


COMMANDS = {
    "apply": _Provided("warmcall.commands.apply", "Change sites, groups and webhooks, and tell what changes."),
    "audit": _Provided("warmcall.commands.audit", "Show who did what to the server."),
    "backup": _Provided("warmcall.commands.backup", "Copy the embedded database while the server runs."),
    "call": _Provided("warmcall.commands.call", "Ask for a number as a page does, and follow the call."),
    "demo": _Provided("warmcall.demo.commands", "Try everything on this machine."),
    "dial": _Provided("warmcall.demo.commands", "Place a test call to the demo line."),
    "doctor": _Provided("warmcall.commands.doctor", "Look at everything the server needs and say what to do."),
    "erase": _Provided("warmcall.commands.people", "Delete everything that is kept of one person."),
    "export-person": _Provided("warmcall.commands.people", "Print everything that is kept of one person."),
    "export": _Provided("warmcall.commands.export", "Print the sites, groups and webhooks that hold, as TOML."),
    "keys": _Provided("warmcall.commands.keys", "Make, list and revoke API keys."),
    "restore": _Provided("warmcall.commands.backup", "Put a backup in the place of the embedded database."),
    "serve": _Provided("warmcall.commands.serve", "Run the server."),
    "webhooks": _Provided("warmcall.commands.webhooks", "List, replay and test webhooks, and make secrets for them."),
}
"""By name; each module has an attribute of that name, with `_` for `-`."""


class _Group(click.Group):
    """Loads a command when it is run."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return _load(name) if name in COMMANDS else None

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, provided.help) for name, provided in COMMANDS.items()])


def _load(name: str) -> click.Command:
    try:
        command: click.Command = getattr(importlib.import_module(COMMANDS[name].module), name.replace("-", "_"))
    except ImportError as error:
        if not COMMANDS[name].module.startswith("warmcall.demo."):
            raise
        return _missing(name, error)
    return command


def _missing(name: str, error: ImportError) -> click.Command:
    @click.command(name, context_settings={"ignore_unknown_options": True}, add_help_option=False)
    @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
    def explain(rest: tuple[str, ...]) -> None:
        give_up(f"`warmcall {name}` needs the demo extra ({error}). Install it with: pip install 'warmcall[demo]'")

    return explain


@click.group(cls=_Group)
@click.version_option(__version__, prog_name="warmcall")
def main() -> None:
    """Open, self-hosted click-to-call."""


if __name__ == "__main__":
    main(prog_name=f"{os.path.basename(sys.executable)} -m warmcall.cli")
