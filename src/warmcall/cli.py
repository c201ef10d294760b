"""The command line. What a command needs is imported when it runs, so that each starts fast."""

import asyncio
import gc
import importlib
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from warmcall import __version__
from warmcall.errors import WarmcallError

if TYPE_CHECKING:
    import socket

    from warmcall.app import Warmcall
    from warmcall.calls.port import Store
    from warmcall.extensions import Extension
    from warmcall.settings import Settings
    from warmcall.tables import ServerSettings

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8765
_CONFIG = click.option(
    "--config",
    "config_file",
    required=True,
    envvar="WARMCALL_CONFIG",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The configuration file (TOML).",
)
_DATA = click.option(
    "--data",
    "data_dir",
    required=True,
    envvar="WARMCALL_DATA",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory of the database; made if missing.",
)
_DATABASE = click.option(
    "--database-url",
    envvar="WARMCALL_DATABASE_URL",
    metavar="URL",
    help="postgresql://… of a database that several servers may share, instead of SQLite in the data directory.",
)
_PROVIDED = {"demo": "warmcall.demo.commands", "dial": "warmcall.demo.commands"}


class _Group(click.Group):
    """Commands of its own, and those that other parts of the product provide."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), *_PROVIDED])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return _provided(name) if name in _PROVIDED else super().get_command(context, name)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading those of other parts: help must not need their extras."""
        rows = [(name, command.get_short_help_str()) for name, command in sorted(self.commands.items())]
        rows += [("demo", "Try everything on this machine."), ("dial", "Place a test call to the demo line.")]
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))


def _provided(name: str) -> click.Command:
    try:
        command: click.Command = getattr(importlib.import_module(_PROVIDED[name]), name)
    except ImportError as error:
        return _missing(name, error)
    return command


def _missing(name: str, error: ImportError) -> click.Command:
    @click.command(name, context_settings={"ignore_unknown_options": True}, add_help_option=False)
    @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
    def explain(rest: tuple[str, ...]) -> None:
        _give_up(f"`warmcall {name}` needs the demo extra ({error}). Install it with: pip install 'warmcall[demo]'")

    return explain


@click.group(cls=_Group)
@click.version_option(__version__, prog_name="warmcall")
def main() -> None:
    """Open, self-hosted click-to-call."""


@main.command()
@_CONFIG
@_DATA
@_DATABASE
@click.option("--host", envvar="WARMCALL_HOST", help=f"Address to listen on. [default: {DEFAULT_HOST}]")
@click.option(
    "--port",
    envvar="WARMCALL_PORT",
    type=click.IntRange(0, 65535),
    help=f"TCP port to listen on; 0 for any free one. [default: {DEFAULT_PORT}]",
)
@click.option(
    "--extension",
    "names",
    multiple=True,
    metavar="MODULE:FUNCTION",
    help="Load an extension of your own; may be given several times. Those of installed packages are always loaded.",
)
def serve(
    config_file: Path,
    data_dir: Path,
    database_url: str | None,
    host: str | None,
    port: int | None,
    names: tuple[str, ...],
) -> None:
    """Run the server."""
    from warmcall import logs, settings
    from warmcall.extensions import installed_extensions, named_extension
    from warmcall.store.choice import open_store
    from warmcall.web.server import bind

    began_s = time.perf_counter()
    try:
        loaded = settings.load(config_file)
        logs.configure(loaded.server.log_level, loaded.server.log_json)
        extensions = [*installed_extensions(), *map(named_extension, names)]
        listener = bind(*_address(loaded.server, host, port))
        opening = open_store(database_url or loaded.store_url, data_dir)
        _run(_serve(loaded, opening, listener, extensions, began_s))
    except WarmcallError as error:
        _give_up(str(error))


async def _serve(
    loaded: "Settings",
    opening: Coroutine[Any, Any, "Store"],
    listener: "socket.socket",
    extensions: list["Extension"],
    began_s: float,
) -> None:
    from warmcall import app
    from warmcall.web.server import Server, url_of

    store = await opening
    warmcall = await app.start(loaded, store, public_url=url_of(listener), extensions=extensions)
    try:
        url = url_of(listener)

        def say_ready() -> None:
            # What is loaded now stays; the collector need not look at it again and again. Nor need it look at requests
            # that are under way every few of them: hardly anything here is freed by it.
            gc.collect()
            gc.freeze()
            gc.set_threshold(50_000, 20, 100)
            _say_ready(warmcall, loaded, url, time.perf_counter() - began_s)

        await Server(warmcall.application, warmcall.hub, say_ready).serve(sockets=[listener])
    finally:
        await warmcall.stop()


def _say_ready(warmcall: "Warmcall", loaded: "Settings", url: str, spent_s: float) -> None:
    group = next(group for site in loaded.directory.sites.values() for group in site.groups)
    click.echo(f"Warmcall {__version__} is ready at {url} after {spent_s:.1f} s. Put this into a page:")
    names = f'data-site="{group.site}" data-group="{group.name}"'
    click.echo(f'<script async src="{warmcall.public_url}/warmcall.js" {names}></script>')
    sys.stdout.flush()


@main.group()
def keys() -> None:
    """Make API keys."""


@keys.command("new")
@click.option("--scope", required=True, type=click.Choice(["telephony", "admin", "read"]), help="What the key may do.")
@click.option("--label", default="", help="What the key is for, to tell keys apart.")
@_DATA
@_DATABASE
def new_key(scope: str, label: str, data_dir: Path, database_url: str | None) -> None:
    """Make an API key. It is shown once; only its hash is kept. Works while the server runs."""
    try:
        key = asyncio.run(_add_key(scope, label, data_dir, database_url))
    except WarmcallError as error:
        _give_up(str(error))
    click.echo("Keep this key; it is not shown again:", err=True)
    click.echo(key)


async def _add_key(scope: str, label: str, data_dir: Path, database_url: str | None) -> str:
    from warmcall.store.choice import open_store
    from warmcall.web import keys as api_keys

    key = api_keys.new_key(scope)
    store = await open_store(database_url, data_dir, serving=False)
    try:
        await store.add_api_key(api_keys.key_hash(key), scope, label, time.time_ns() // 1_000_000)
    finally:
        await store.aclose()
    return key


@main.command()
@_CONFIG
@_DATA
@_DATABASE
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
def doctor(config_file: Path, data_dir: Path, database_url: str | None, as_json: bool) -> None:
    """Look at configuration, store, numbers, address and connectors, and say what to do. Ends with 1 if one failed."""
    from warmcall import doctor as surgery

    areas = asyncio.run(surgery.examine(config_file, data_dir, database_url))
    if as_json:
        click.echo(surgery.as_json(areas))
    else:
        click.echo("\n".join(surgery.as_text(areas)))
    sys.exit(0 if surgery.healthy(areas) else 1)


def _address(server: "ServerSettings", host: str | None, port: int | None) -> tuple[str, int]:
    chosen = server.port if port is None else port
    return host or server.host or DEFAULT_HOST, DEFAULT_PORT if chosen is None else chosen


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        from uvloop import new_event_loop
    except ImportError:
        asyncio.run(work)
        return
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(work)


def _give_up(sentence: str) -> NoReturn:
    click.echo(f"warmcall: {sentence}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main(prog_name=f"{os.path.basename(sys.executable)} -m warmcall.cli")
