"""Numbered migrations, the same idea for every dialect.

`NNNN_pre_name.sql` is written to run before the new code, `NNNN_post_name.sql` after the old code is gone.

WarmcallError
├── SchemaNewerError          schema_newer: a later version of Warmcall wrote the database
└── MigrationChangedError     migration_changed: an applied migration file is not what it was
"""

import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import NamedTuple

from warmcall.errors import WarmcallError


class Migration(NamedTuple):
    """One file of SQL statements."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


class SchemaNewerError(WarmcallError):
    """The database has migrations that this version does not know."""

    code = "schema_newer"

    def __init__(self, database: str, number: int, known: int) -> None:
        super().__init__(
            f"{database} was written by a later version of Warmcall (its schema is {number}, this version knows "
            f"{known}). Install that version or later, or restore a backup.",
            {"schema": number, "known": known},
        )


class MigrationChangedError(WarmcallError):
    """A migration that was applied has another content now."""

    code = "migration_changed"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The migration {name} has changed since it was applied. Applied migrations must stay as they are: "
            "put the change into a new one.",
            {"migration": name},
        )


def shipped(package: str) -> list[Migration]:
    """The migrations in the folder `migrations` of a package, in order."""
    folder = resources.files(package).joinpath("migrations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [Migration(int(file.name[:4]), file.name, file.read_text("utf-8")) for file in files]


def pending(applied: Mapping[int, str], migrations: Sequence[Migration], database: str) -> list[Migration]:
    """The migrations that were not applied yet.

    Args:
        applied: Checksums of the applied ones by number.
        migrations: All that this version ships.
        database: How to name the database to a person.

    Raises:
        MigrationChangedError: if an applied one has changed.
        SchemaNewerError: if the database has one that is not among `migrations`.
    """
    known = max((migration.number for migration in migrations), default=0)
    newest = max(applied, default=0)
    if newest > known:
        raise SchemaNewerError(database, newest, known)
    for migration in migrations:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise MigrationChangedError(migration.name)
    return [migration for migration in migrations if migration.number not in applied]
