"""The command `warmcall export`."""

from pathlib import Path

import click
import tomli_w

from warmcall.calls.clock import rfc3339
from warmcall.calls.concealment import concealed
from warmcall.calls.configuration import Kept
from warmcall.calls.model import Json
from warmcall.calls.port import Store
from warmcall.commands.options import DATABASE, KEY, MAYBE_DATA, SERVER_URL, give_up
from warmcall.commands.remote import ask
from warmcall.commands.stores import with_store
from warmcall.errors import WarmcallError


@click.command()
@MAYBE_DATA
@DATABASE
@SERVER_URL
@KEY
@click.option("--secrets", is_flag=True, help="Print secrets too; only with --data or --database-url.")
def export(
    data_dir: Path | None, database_url: str | None, server_url: str | None, key: str | None, secrets: bool
) -> None:
    """Print the sites, groups and webhooks that hold, as TOML that `warmcall apply` takes again.

    In the place of a secret stands `kept:…`, which stands for it when this is applied where it is kept.
    """
    if secrets and server_url is not None:
        give_up("A server does not tell its secrets. Use --secrets with --data or --database-url.")
    if server_url is not None:
        try:
            shown = ask("GET", server_url, "/v1/admin/config", key)
        except WarmcallError as error:
            give_up(str(error))
        click.echo(_toml(shown["configuration"], shown["version"], shown["appliedAt"]), nl=False)
        return
    if data_dir is None and database_url is None:
        give_up("Say where: --url URL --key KEY for a running server, or --data DIR, or --database-url URL.")
    kept = with_store(data_dir or Path(), database_url, _newest)
    if kept is None:
        give_up("No configuration was applied yet. `warmcall apply FILE` or `warmcall serve --config FILE` does.")
    document = kept.document if secrets else concealed(kept.document)
    click.echo(_toml(document, kept.version, rfc3339(kept.at_ms)), nl=False)


async def _newest(store: Store) -> Kept | None:
    return await store.configurations.newest()


def _toml(document: Json, version: int, applied_at: str | None) -> str:
    note = f"version {version}, applied at {applied_at}" if version else "of the server's own file"
    return f"# Sites, groups and webhooks of Warmcall, {note}.\n\n{tomli_w.dumps(document)}"
