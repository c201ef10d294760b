"""The commands `warmcall keys …`."""

import asyncio
import time
from pathlib import Path

import click

from warmcall.commands.options import DATA, DATABASE, give_up
from warmcall.errors import WarmcallError
from warmcall.store.choice import open_store
from warmcall.web import keys as api_keys


@click.group()
def keys() -> None:
    """Make API keys."""


@keys.command("new")
@click.option("--scope", required=True, type=click.Choice(api_keys.SCOPES), help="What the key may do.")
@click.option("--label", default="", help="What the key is for, to tell keys apart.")
@DATA
@DATABASE
def new_key(scope: str, label: str, data_dir: Path, database_url: str | None) -> None:
    """Make an API key. It is shown once; only its hash is kept. Works while the server runs."""
    try:
        key = asyncio.run(_add_key(scope, label, data_dir, database_url))
    except WarmcallError as error:
        give_up(str(error))
    click.echo("Keep this key; it is not shown again:", err=True)
    click.echo(key)


async def _add_key(scope: str, label: str, data_dir: Path, database_url: str | None) -> str:
    key = api_keys.new_key(scope)
    store = await open_store(database_url, data_dir, serving=False)
    try:
        await store.add_api_key(api_keys.key_hash(key), scope, label, time.time_ns() // 1_000_000)
    finally:
        await store.aclose()
    return key
