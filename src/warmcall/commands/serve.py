"""The command `warmcall serve`."""

import asyncio
import gc
import socket
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from warmcall import __version__, app, configuring, logs, settings
from warmcall.app import Warmcall
from warmcall.calls.port import Store
from warmcall.commands.options import BEGAN_S, DATA, DATABASE, MAYBE_CONFIG, give_up
from warmcall.errors import WarmcallError
from warmcall.extensions import installed_extensions, named_extension
from warmcall.extensions.loading import Loaded
from warmcall.settings import Settings
from warmcall.store.choice import open_store
from warmcall.tables import ServerSettings
from warmcall.web.server import Server, bind, url_of

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8765


@click.command()
@MAYBE_CONFIG
@DATA
@DATABASE
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
    config_file: Path | None,
    data_dir: Path,
    database_url: str | None,
    host: str | None,
    port: int | None,
    names: tuple[str, ...],
) -> None:
    """Run the server.

    The sites of the configuration file are applied to the store. Without a file, or with one that has none, the server
    runs with those that were applied last.
    """
    try:
        loaded = settings.load(config_file, needs_sites=False) if config_file else settings.parse("", needs_sites=False)
        logs.configure(loaded.server.log_level, loaded.server.log_json)
        extensions = [*installed_extensions(), *map(named_extension, names)]
        listener = bind(*_address(loaded.server, host, port))
        opening = open_store(database_url or loaded.store_url, data_dir)
        _run(_serve(loaded, opening, listener, extensions))
    except WarmcallError as error:
        give_up(str(error))


async def _serve(
    loaded: Settings,
    opening: Coroutine[Any, Any, Store],
    listener: socket.socket,
    extensions: list[Loaded],
) -> None:
    store = await opening
    try:
        loaded = await configuring.begin(loaded, store)
    except BaseException:
        await store.aclose()
        raise
    warmcall = await app.start(loaded, store, public_url=url_of(listener), extensions=extensions)
    try:
        url = url_of(listener)

        def say_ready() -> None:
            # What is loaded now stays; the collector need not look at it again and again. Nor need it look at requests
            # that are under way every few of them: hardly anything here is freed by it.
            gc.collect()
            gc.freeze()
            gc.set_threshold(50_000, 20, 100)
            _say_ready(warmcall, loaded, url, time.perf_counter() - BEGAN_S)

        await Server(warmcall.application, warmcall.hub, say_ready).serve(sockets=[listener])
    finally:
        await warmcall.stop()


def _say_ready(warmcall: Warmcall, loaded: Settings, url: str, spent_s: float) -> None:
    group = next(group for site in loaded.directory.sites.values() for group in site.groups)
    click.echo(f"Warmcall {__version__} is ready at {url} after {spent_s:.1f} s. Put this into a page:")
    names = f'data-site="{group.site}" data-group="{group.name}"'
    click.echo(f'<script async src="{warmcall.public_url}/warmcall.js" {names}></script>')
    sys.stdout.flush()


def _address(server: ServerSettings, host: str | None, port: int | None) -> tuple[str, int]:
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
