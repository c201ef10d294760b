"""Administrative acts in SQLite."""

from collections.abc import Callable, Sequence

from warmcall.calls.audit import Act
from warmcall.store.records import json_text, read_act
from warmcall.store.sqlite.queries import QUERIES
from warmcall.store.sqlite.rows import Row
from warmcall.store.sqlite.writer import Writer

_LAST = 2**63 - 1


class SqliteAuditLog:
    """The audit log's port.

    Args:
        writer: Writes.
        read: Runs a query with its parameters over what was committed.
    """

    def __init__(self, writer: Writer, read: Callable[..., list[Row]]) -> None:
        self._writer = writer
        self._read = read

    async def add(self, act: Act) -> None:
        """Keep an act, durably, before returning."""
        row = (act.at_ms, act.actor, act.action, act.subject, json_text(act.details))
        await self._writer.transact(lambda tx: tx.add_act(row))

    async def newest(self, limit: int, before: int | None = None) -> Sequence[Act]:
        """Up to `limit` acts with a smaller `seq` than `before`, newest first."""
        rows = self._read(QUERIES.newest_acts, _LAST if before is None else before, limit)
        return [read_act(*row) for row in rows]
