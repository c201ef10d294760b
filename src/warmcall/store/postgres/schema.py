"""Brings a database to the schema of this version, while no other server does the same."""

import time
from typing import TYPE_CHECKING

from warmcall.store import migrations

if TYPE_CHECKING:
    import asyncpg

_LOCK = 0x5741_524D_4341_4C4C
_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
    number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at_ms bigint NOT NULL
)
"""


async def upgrade(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Apply what is missing, each migration wholly or not at all.

    Raises:
        MigrationChangedError: if an applied migration file is not what it was.
        SchemaNewerError: if a later version wrote the database.
    """
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        if await connection.fetchval("SELECT to_regclass('migration')") is None:
            await connection.execute(_TABLE)
        rows = await connection.fetch("SELECT number, checksum FROM migration")
        applied: dict[int, str] = {row[0]: row[1] for row in rows}
        for migration in migrations.pending(applied, migrations.shipped(__package__), "The database"):
            await _apply(connection, migration)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: migrations.Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.sql)
        await connection.execute(
            "INSERT INTO migration VALUES ($1, $2, $3, $4)",
            migration.number,
            migration.name,
            migration.checksum,
            time.time_ns() // 1_000_000,
        )
