"""The commands `warmcall backup` and `warmcall restore`."""

from pathlib import Path

import click

from warmcall.calls.audit import COMMAND_LINE, record
from warmcall.calls.port import Store
from warmcall.commands.options import DATA, give_up
from warmcall.commands.stores import with_store
from warmcall.errors import WarmcallError
from warmcall.store.sqlite import backup as files

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@_FILE
@DATA
def backup(file: Path, data_dir: Path) -> None:
    """Copy the embedded database into FILE, while the server runs. For PostgreSQL use its own tools."""
    try:
        size_bytes = files.back_up(data_dir, file)
    except WarmcallError as error:
        give_up(str(error))
    _record(data_dir, "store.backup", {"bytes": size_bytes})
    click.echo(f"{file}: {size_bytes} bytes")


@click.command()
@_FILE
@DATA
@click.option("--replace", is_flag=True, help="Put a database that is there aside.")
def restore(file: Path, data_dir: Path, replace: bool) -> None:
    """Put a backup in the place of the embedded database, while no server uses it."""
    try:
        aside = files.restore(file, data_dir, replace=replace)
    except WarmcallError as error:
        give_up(str(error))
    _record(data_dir, "store.restore", {"replaced": aside is not None})
    click.echo(f"{data_dir} has the database of {file}.")
    if aside is not None:
        click.echo(f"What was there is {aside}; delete it when it is not needed any more: it has personal data.")


def _record(data_dir: Path, action: str, details: dict[str, object]) -> None:
    async def work(store: Store) -> None:
        await record(store.audit, COMMAND_LINE, action, "embedded store", details)

    with_store(data_dir, None, work)
