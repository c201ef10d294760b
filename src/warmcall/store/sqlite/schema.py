"""Brings a database file to the schema of this version; each migration has a transaction of its own.

With one server process on a file, `pre` and `post` migrations both run at its start, in the order of their numbers.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from warmcall.store import migrations
from warmcall.store.migrations import Migration

_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at_ms INTEGER NOT NULL
) STRICT
"""


def pending(connection: sqlite3.Connection, path: Path) -> list[Migration]:
    """The migrations of this version that the file does not have.

    Raises:
        MigrationChangedError: if an applied one has changed.
        SchemaNewerError: if the file has one that this version does not know.
    """
    return migrations.pending(_applied(connection), migrations.shipped(__package__), str(path))


def apply(connection: sqlite3.Connection, missing: Sequence[Migration]) -> None:
    """Apply migrations, each wholly or not at all."""
    connection.execute(_TABLE)
    for migration in missing:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements(migration.sql):
                connection.execute(statement)
            record = (migration.number, migration.name, migration.checksum, time.time_ns() // 1_000_000)
            connection.execute("INSERT INTO migration VALUES (?, ?, ?, ?)", record)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def statements(sql: str) -> Iterator[str]:
    """Split a script where SQLite says that a statement is complete, so that triggers stay whole."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def _applied(connection: sqlite3.Connection) -> dict[int, str]:
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'migration'").fetchone() is None:
        return {}
    return dict(connection.execute("SELECT number, checksum FROM migration").fetchall())
