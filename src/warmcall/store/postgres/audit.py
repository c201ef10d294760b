"""Administrative acts in PostgreSQL."""

from collections.abc import Sequence

from warmcall.calls.audit import Act
from warmcall.store.postgres.database import Database
from warmcall.store.postgres.queries import QUERIES
from warmcall.store.records import json_text, read_act

_LAST = 2**63 - 1


class PostgresAuditLog:
    """The audit log's port.

    Args:
        database: Where acts are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, act: Act) -> None:
        """Keep an act; committed before this returns."""
        details = json_text(act.details)
        await self._database.fetch(QUERIES.add_act, act.at_ms, act.actor, act.action, act.subject, details)

    async def newest(self, limit: int, before: int | None = None) -> Sequence[Act]:
        """Up to `limit` acts with a smaller `seq` than `before`, newest first."""
        rows = await self._database.read(QUERIES.newest_acts, _LAST if before is None else before, limit)
        return [read_act(*row) for row in rows]
