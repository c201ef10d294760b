import sqlite3
from pathlib import Path

import pytest

from warmcall.store import migrations
from warmcall.store.migrations import Migration, MigrationChangedError, SchemaNewerError
from warmcall.store.sqlite import schema

PATH = Path("warmcall.sqlite3")
FIRST = Migration(1, "0001_pre_first.sql", "CREATE TABLE a (x);\nINSERT INTO a VALUES (1);\n")
SECOND = Migration(2, "0002_post_second.sql", "ALTER TABLE a ADD COLUMN y;")


@pytest.fixture
def connection() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None)


def applied(connection: sqlite3.Connection) -> list[int]:
    return [number for (number,) in connection.execute("SELECT number FROM migration ORDER BY number")]


def test_an_empty_database_lacks_every_migration(connection: sqlite3.Connection) -> None:
    assert schema.pending(connection, PATH) == migrations.shipped("warmcall.store.sqlite")


def test_an_upgraded_database_lacks_none(connection: sqlite3.Connection) -> None:
    schema.apply(connection, schema.pending(connection, PATH))
    assert schema.pending(connection, PATH) == []


def test_migrations_are_applied_in_order(connection: sqlite3.Connection) -> None:
    schema.apply(connection, [FIRST, SECOND])
    assert connection.execute("SELECT x, y FROM a").fetchall() == [(1, None)]
    assert applied(connection) == [1, 2]


def test_a_migration_that_fails_is_undone_wholly(connection: sqlite3.Connection) -> None:
    broken = Migration(2, "0002_pre_broken.sql", "INSERT INTO a VALUES (2);\nINSERT INTO nowhere VALUES (3);")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        schema.apply(connection, [FIRST, broken])
    assert connection.execute("SELECT x FROM a").fetchall() == [(1,)]
    assert applied(connection) == [1]


def test_a_migration_that_changed_since_it_was_applied_is_named(connection: sqlite3.Connection) -> None:
    first, *_ = migrations.shipped("warmcall.store.sqlite")
    schema.apply(connection, [first._replace(sql=first.sql + "-- changed")])
    with pytest.raises(MigrationChangedError, match=first.name):
        schema.pending(connection, PATH)


def test_a_database_of_a_later_version_is_refused(connection: sqlite3.Connection) -> None:
    schema.apply(connection, [*migrations.shipped("warmcall.store.sqlite"), Migration(9999, "9999_pre_later.sql", "")])
    with pytest.raises(SchemaNewerError, match="later version"):
        schema.pending(connection, PATH)


def test_a_trigger_stays_one_statement() -> None:
    trigger = "CREATE TRIGGER t AFTER DELETE ON a BEGIN\n  DELETE FROM b;\n  DELETE FROM c;\nEND;\n"
    assert list(schema.statements(trigger + "SELECT 1;\nSELECT 2")) == [trigger, "SELECT 1;\n", "SELECT 2"]


def test_shipped_migrations_have_numbers_of_their_own_and_say_their_phase() -> None:
    shipped = migrations.shipped("warmcall.store.sqlite")
    assert len({migration.number for migration in shipped}) == len(shipped)
    assert all(migration.name[5:].startswith(("pre_", "post_")) for migration in shipped)
