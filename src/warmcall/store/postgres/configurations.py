"""Configurations in PostgreSQL."""

from warmcall.calls.configuration import Kept
from warmcall.calls.model import Json
from warmcall.store.postgres.database import Database
from warmcall.store.postgres.queries import QUERIES
from warmcall.store.records import json_text, read_configuration


class PostgresConfigurations:
    """The port of configurations.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> Kept | None:
        """The version that holds; `None` if there is none yet."""
        rows = await self._database.read(QUERIES.newest_configuration)
        return read_configuration(*rows[0]) if rows else None

    async def version(self) -> int:
        """Its number; 0 if there is none yet."""
        ((version,),) = await self._database.read(QUERIES.configuration_version)
        return int(version)

    async def keep(self, document: Json, after: int, at_ms: int) -> bool:
        """Keep a document as version `after + 1`, unless `after` is no longer the newest."""
        return bool(await self._database.fetch(QUERIES.add_configuration, after, at_ms, json_text(document)))
