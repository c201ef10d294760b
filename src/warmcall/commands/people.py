"""The commands `warmcall erase` and `warmcall export-person`."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click
import httpx
import msgspec

from warmcall.calls.audit import COMMAND_LINE
from warmcall.calls.clock import Clock, SystemClock
from warmcall.calls.model import E164
from warmcall.calls.people import erase_person
from warmcall.calls.people import export_person as collect
from warmcall.calls.phone import parse_number
from warmcall.calls.port import Store
from warmcall.commands.options import DATABASE, give_up
from warmcall.errors import WarmcallError
from warmcall.store.choice import open_store

_Work = Callable[[Store, E164, str, Clock], Awaitable[Any]]

_CALLER = click.option("--caller", required=True, metavar="+NUMBER", help="The person's phone number, in E.164.")
_DATA = click.option(
    "--data",
    "data_dir",
    envvar="WARMCALL_DATA",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory of the database.",
)
_URL = click.option("--url", envvar="WARMCALL_URL", help="Ask this running server instead; needs --key.")
_KEY = click.option("--key", envvar="WARMCALL_API_KEY", help="An API key with the scope admin.")


@click.command()
@_CALLER
@_DATA
@DATABASE
@_URL
@_KEY
def erase(caller: str, data_dir: Path | None, database_url: str | None, url: str | None, key: str | None) -> None:
    """Delete everything that is kept of one person. What still waits is cancelled first.

    A server that runs on a data directory is asked with --url; on PostgreSQL, or while it is stopped, --data will do.
    """
    _print(_ask("DELETE", caller, erase_person, data_dir, database_url, url, key))


@click.command("export-person")
@_CALLER
@_DATA
@DATABASE
@_URL
@_KEY
def export_person(
    caller: str, data_dir: Path | None, database_url: str | None, url: str | None, key: str | None
) -> None:
    """Print everything that is kept of one person, as JSON."""
    _print(_ask("GET", caller, collect, data_dir, database_url, url, key))


def _ask(
    method: str,
    caller: str,
    work: _Work,
    data_dir: Path | None,
    database_url: str | None,
    url: str | None,
    key: str | None,
) -> Any:
    try:
        number = parse_number(caller, field="--caller")
        if url is not None:
            return _over_http(method, number, url, key)
        if data_dir is None and database_url is None:
            give_up("Say where: --data DIR, --database-url URL, or --url URL with --key KEY.")
        return asyncio.run(_in_store(number, work, data_dir or Path(), database_url, serving=method == "DELETE"))
    except WarmcallError as error:
        give_up(_way_on(error))


def _way_on(error: WarmcallError) -> str:
    if error.code == "data_directory_in_use":
        return f"{error} Ask that server: --url URL --key KEY, with an API key of the scope admin."
    return str(error)


async def _in_store(number: E164, work: _Work, data_dir: Path, database_url: str | None, *, serving: bool) -> Any:
    store = await open_store(database_url, data_dir, serving=serving)
    try:
        return await work(store, number, COMMAND_LINE, SystemClock())
    finally:
        await store.aclose()


def _over_http(method: str, number: E164, url: str, key: str | None) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        response = httpx.request(method, f"{url.rstrip('/')}/v1/admin/people/{number}", headers=headers, timeout=60)
    except httpx.HTTPError as error:
        give_up(f"{url} does not answer: {error}.")
    if response.is_error:
        give_up(f"{url} refuses: {response.json().get('detail', response.text)}")
    return response.json()


def _print(told: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
