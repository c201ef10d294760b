"""Counts in PostgreSQL, shared by all servers."""

from collections.abc import Sequence

from warmcall.calls.counts import Count
from warmcall.store.postgres.database import Database
from warmcall.store.postgres.queries import QUERIES


class PostgresCounter:
    """The counter's port.

    Args:
        database: Where the counts are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, counts: Sequence[Count]) -> Sequence[int]:
        """Add to counts; returns their sums, in the same order."""
        more = [count for count in counts if count.added]
        asked = [count.key for count in counts if not count.added]
        sums: dict[bytes, int] = {}
        if more:
            columns = map(list, zip(*more, strict=True))
            sums.update({bytes(key): total for key, total in await self._database.fetch(QUERIES.add_counts, *columns)})
        if asked:
            sums.update({bytes(key): total for key, total in await self._database.read(QUERIES.find_counts, asked)})
        return [sums.get(count.key, 0) for count in counts]

    async def forget(self, now_ms: int) -> None:
        """Drop the counts that nobody needs any more."""
        await self._database.fetch(QUERIES.forget_counts, now_ms)
        await self._database.fetch(QUERIES.forget_spent, now_ms)
