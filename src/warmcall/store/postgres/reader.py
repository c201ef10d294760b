"""Reads for many tasks at once."""

import asyncio
from collections.abc import Sequence
from typing import Any

from warmcall.store.postgres.database import Connection, Database, Row
from warmcall.store.postgres.gathering import Lookup


class Reader:
    """Reads what is committed; the same query of several tasks is one statement."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lookups: dict[str, Lookup] = {}

    def look_up(self, query: str, *key: Any) -> asyncio.Future[list[Row]]:
        """The rows for one key of a query that takes arrays of keys, without their first column, the key's place."""
        lookup = self._lookups.get(query)
        if lookup is None:
            lookup = self._lookups[query] = Lookup(self._database, query)
        return lookup.get(*key)

    async def fetch(self, query: str, *parameters: Any) -> Sequence[Row]:
        """The rows of a query of its own."""
        return await self._database.read(query, *parameters)


class OpenReader:
    """Reads in a transaction that is open: what was committed, and what it wrote itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def look_up(self, query: str, *key: Any) -> list[Row]:
        """The rows for one key, without their first column."""
        rows = await self._connection.fetch(query, *([part] for part in key))
        return [tuple(row)[1:] for row in rows]

    async def fetch(self, query: str, *parameters: Any) -> Sequence[Row]:
        """The rows of a query of its own."""
        return await self._connection.fetch(query, *parameters)
