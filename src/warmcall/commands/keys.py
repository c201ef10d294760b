"""The commands `warmcall keys …`."""

import json
import time
from pathlib import Path

import click

from warmcall.calls.audit import COMMAND_LINE, record
from warmcall.calls.clock import rfc3339
from warmcall.calls.keys import ApiKey
from warmcall.calls.port import Store
from warmcall.commands.options import DATA, DATABASE, give_up
from warmcall.commands.stores import with_store
from warmcall.web import keys as api_keys


@click.group()
def keys() -> None:
    """Make, list and revoke API keys. All of it works while the server runs."""


@keys.command("new")
@click.option("--scope", required=True, type=click.Choice(api_keys.SCOPES), help="What the key may do.")
@click.option("--label", default="", help="What the key is for, to tell keys apart.")
@DATA
@DATABASE
def new_key(scope: str, label: str, data_dir: Path, database_url: str | None) -> None:
    """Make an API key. It is shown once; only its hash is kept."""
    key = with_store(data_dir, database_url, lambda store: _add_key(store, scope, label))
    click.echo("Keep this key; it is not shown again:", err=True)
    click.echo(key)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print for programs: one key a line.")
@DATA
@DATABASE
def list_keys(as_json: bool, data_dir: Path, database_url: str | None) -> None:
    """List the keys: id, scope, when it was made, label."""
    for key in with_store(data_dir, database_url, lambda store: store.api_keys()):
        made = rfc3339(key.created_at_ms)
        told = {"id": key.id, "scope": key.scope, "createdAt": made, "label": key.label}
        click.echo(json.dumps(told) if as_json else f"{key.id}  {key.scope:<9}  {made}  {key.label}".rstrip())


@keys.command("revoke")
@click.argument("key_id", metavar="ID")
@DATA
@DATABASE
def revoke_key(key_id: str, data_dir: Path, database_url: str | None) -> None:
    """Revoke the key with this id, which `warmcall keys list` shows. Servers refuse it within 30 seconds."""
    if not with_store(data_dir, database_url, lambda store: _remove_key(store, key_id)):
        give_up(f"There is no API key with the id {key_id!r}. `warmcall keys list` shows all.")
    click.echo(f"Revoked {key_id}.")


async def _add_key(store: Store, scope: str, label: str) -> str:
    key = api_keys.new_key(scope)
    at_ms = time.time_ns() // 1_000_000
    made = ApiKey(hash=api_keys.key_hash(key), scope=scope, label=label, created_at_ms=at_ms)
    await store.add_api_key(made.hash, scope, label, at_ms)
    await record(store.audit, COMMAND_LINE, "keys.new", f"key {made.id}", {"scope": scope, "label": label})
    return key


async def _remove_key(store: Store, key_id: str) -> bool:
    key = next((key for key in await store.api_keys() if key.id == key_id), None)
    if key is None or not await store.remove_api_key(key.hash):
        return False
    details = {"scope": key.scope, "label": key.label}
    await record(store.audit, COMMAND_LINE, "keys.revoke", f"key {key.id}", details)
    return True
