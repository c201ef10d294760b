"""Counts in SQLite: they outlive the process."""

from collections.abc import Sequence

from warmcall.calls.counts import Count
from warmcall.store.sqlite.transaction import SqliteTransaction
from warmcall.store.sqlite.writer import Writer


class SqliteCounter:
    """The counter's port.

    Args:
        writer: Writes.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def add(self, counts: Sequence[Count]) -> Sequence[int]:
        """Add to counts; returns their sums, in the same order."""

        async def work(tx: SqliteTransaction) -> list[int]:
            return tx.add_counts(counts)

        return await self._writer.transact(work)

    async def forget(self, now_ms: int) -> None:
        """Drop the counts that nobody needs any more."""

        async def work(tx: SqliteTransaction) -> None:
            tx.forget_counts(now_ms)

        await self._writer.transact(work)
