"""The command `warmcall apply`."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.text import Text

from warmcall import settings
from warmcall.calls.audit import COMMAND_LINE
from warmcall.calls.changes import Change
from warmcall.calls.clock import SystemClock
from warmcall.calls.concealment import revealed
from warmcall.calls.configuration import Applied, Present, record_applied
from warmcall.calls.configuration import apply as apply_to
from warmcall.calls.directory import Directory
from warmcall.calls.model import Json
from warmcall.commands.options import DATABASE, KEY, MAYBE_DATA, SERVER_URL, give_up
from warmcall.commands.remote import ask
from warmcall.configuring import document_of, reader
from warmcall.errors import WarmcallError
from warmcall.settings import Settings
from warmcall.store.choice import open_store
from warmcall.store.sqlite.errors import DataDirectoryInUseError


@click.command("apply")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@MAYBE_DATA
@DATABASE
@SERVER_URL
@KEY
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@click.option("--force", is_flag=True, help="Apply it although calls of waiting visitors would be lost.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
def apply(
    file: Path,
    data_dir: Path | None,
    database_url: str | None,
    server_url: str | None,
    key: str | None,
    dry_run: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Let the sites, groups and webhooks of FILE hold, and tell what changes by that.

    A running server is asked by --url and --key, and goes over without a restart. Without one, the store is changed in
    --data or at --database-url; servers on a PostgreSQL go over within seconds. Applying a file twice changes nothing.
    """
    try:
        loaded = settings.load(file, here=False)
        document = document_of(loaded.sites)
        database_url = database_url or loaded.store_url
        if server_url is not None:
            body = {"configuration": document, "force": force, "dryRun": dry_run}
            answer = ask("PUT", server_url, "/v1/admin/config", key, body)
            applied = msgspec.convert(answer, Applied)
        elif data_dir is None and database_url is None:
            give_up("Say where: --url URL --key KEY for a running server, or --data DIR, or --database-url URL.")
        else:
            applied = asyncio.run(_apply(loaded, document, data_dir, database_url, force, dry_run))
    except DataDirectoryInUseError as error:
        give_up(f"{error} To change a running server, give its --url and an admin --key instead of --data.")
    except WarmcallError as error:
        give_up(str(error))
    click.echo(json.dumps(msgspec.to_builtins(applied))) if as_json else _tell(applied, dry_run)


async def _apply(
    loaded: Settings, document: Json, data_dir: Path | None, database_url: str | None, force: bool, dry_run: bool
) -> Applied:
    store = await open_store(database_url, data_dir or Path())
    try:
        kept = await store.configurations.newest()
        present = Present(0, {}, Directory(()))
        if kept is not None:
            present = Present(kept.version, kept.document, Directory(reader(loaded.server)(kept.document)))
        document = revealed(document, present.document)
        now_ms = SystemClock().now_ms()
        applied = await apply_to(store, present, document, loaded.directory, now_ms, force=force, dry_run=dry_run)
        if applied.applied:
            await record_applied(store.audit, COMMAND_LINE, applied)
        return applied
    finally:
        await store.aclose()


def _tell(applied: Applied, dry_run: bool) -> None:
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    owner = ""
    for change in applied.changes:
        if change.owner != owner:
            owner = change.owner
            console.print(Text(owner, "bold"))
        console.print(_line(change))
    for lost in applied.stranded:
        console.print(Text(f"{lost.waiting} waiting on {lost.number}: {lost.why}", "bold red"))
    if not applied.changes:
        console.print("Nothing to change.")
    elif dry_run:
        console.print(f"{len(applied.changes)} setting(s) would change.")
    else:
        console.print(f"{len(applied.changes)} setting(s) changed; this is version {applied.version}.")


def _line(change: Change) -> Text:
    if change.before is None:
        return Text(f"  + {change.setting} = {_shown(change.after)}", "green")
    if change.after is None:
        return Text(f"  - {change.setting} = {_shown(change.before)}", "red")
    return Text(f"  ~ {change.setting} = {_shown(change.before)} → {_shown(change.after)}", "yellow")


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
