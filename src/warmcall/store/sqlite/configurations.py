"""Configurations in SQLite."""

from collections.abc import Callable

from warmcall.calls.configuration import Kept
from warmcall.calls.model import Json
from warmcall.store.records import json_text, read_configuration
from warmcall.store.sqlite.queries import QUERIES
from warmcall.store.sqlite.rows import Row
from warmcall.store.sqlite.writer import Writer


class SqliteConfigurations:
    """The port of configurations.

    Args:
        writer: Writes.
        read: Runs a query with its parameters over what was committed.
    """

    def __init__(self, writer: Writer, read: Callable[..., list[Row]]) -> None:
        self._writer = writer
        self._read = read

    async def newest(self) -> Kept | None:
        """The version that holds; `None` if there is none yet."""
        rows = self._read(QUERIES.newest_configuration)
        return read_configuration(*rows[0]) if rows else None

    async def version(self) -> int:
        """Its number; 0 if there is none yet."""
        version: int = self._read(QUERIES.configuration_version)[0][0]
        return version

    async def keep(self, document: Json, after: int, at_ms: int) -> bool:
        """Keep a document as version `after + 1`, unless `after` is no longer the newest."""
        row = (after, at_ms, json_text(document))
        return await self._writer.transact(lambda tx: tx.add_configuration(row))
