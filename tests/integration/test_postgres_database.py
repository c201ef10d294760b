"""The database itself: its migrations, the plans of its queries, and what it cannot hold."""

import asyncio
import re

import asyncpg
import pytest

from tests.integration.many_servers import new_request
from warmcall.calls.errors import InvalidFieldError
from warmcall.calls.model import CallId, SiteId
from warmcall.store import migrations
from warmcall.store.migrations import MigrationChangedError, SchemaNewerError
from warmcall.store.postgres import PostgresStore
from warmcall.store.postgres.database import Database
from warmcall.store.postgres.queries import QUERIES

SHIPPED = migrations.shipped("warmcall.store.postgres")


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()


async def test_servers_that_start_together_apply_each_migration_once(empty_database: str) -> None:
    stores = await asyncio.gather(*(PostgresStore.open(empty_database) for _ in range(3)))
    for store in stores:
        await store.aclose()

    connection = await asyncpg.connect(empty_database)
    rows = await connection.fetch("SELECT number, name, checksum FROM migration ORDER BY number")
    await connection.close()
    assert [tuple(row) for row in rows] == [(known.number, known.name, known.checksum) for known in SHIPPED]


async def test_a_database_of_a_later_version_is_refused(empty_database: str) -> None:
    await (await PostgresStore.open(empty_database)).aclose()
    await execute(empty_database, "INSERT INTO migration VALUES (9999, '9999_pre_later.sql', '', 0)")

    with pytest.raises(SchemaNewerError, match="later version"):
        await PostgresStore.open(empty_database)


async def test_a_migration_that_changed_since_it_was_applied_is_named(empty_database: str) -> None:
    await (await PostgresStore.open(empty_database)).aclose()
    await execute(empty_database, "UPDATE migration SET checksum = 'another'")

    with pytest.raises(MigrationChangedError, match=SHIPPED[0].name):
        await PostgresStore.open(empty_database)


def test_shipped_migrations_have_numbers_of_their_own_and_say_their_phase() -> None:
    assert len({migration.number for migration in SHIPPED}) == len(SHIPPED)
    assert all(migration.name[5:].startswith(("pre_", "post_")) for migration in SHIPPED)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("find_requests", "call_request_id_key"),
        ("find_requests_by_key", "call_request_key"),
        ("waiting_by_caller", "call_request_caller"),
        ("waiting_by_code", "call_request_code"),
        ("waiting_alone", "call_request_caller"),
        ("waiting_others", "call_request_caller"),
        ("collisions", "call_request_exclusive"),
        ("collisions", "call_request_code"),
        ("collisions", "call_request_caller"),
        ("collisions", "call_request_key"),
        ("expire", "call_request_due"),
        ("release", "call_request_due"),
        ("next_due", "call_request_due"),
        ("events_of_request", "event_request"),
        ("events_between", "event_pkey"),
        ("events_at", "event_pkey"),
        ("find_calls", "call_pkey"),
    ],
)
async def test_a_query_goes_over_its_index_even_if_it_was_prepared_on_empty_tables(
    database: str, name: str, index: str
) -> None:
    sql = getattr(QUERIES, name)
    nothings = ", ".join(["NULL"] * len(set(re.findall(r"\$\d+", sql))))
    async with Database(database, 1).connection() as connection:
        await connection.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE query AS {sql}")
        rows = await connection.fetch(f"EXPLAIN EXECUTE query ({nothings})" if nothings else "EXPLAIN EXECUTE query")
        connection.terminate()
    plan = "\n".join(row[0] for row in rows)
    assert f"using {index} on" in plan
    assert "Seq Scan" not in plan


async def test_text_that_the_database_cannot_hold_is_the_callers_mistake_and_nobody_elses(
    database: str,
) -> None:
    store = await PostgresStore.open(database, connections=2)
    good = new_request(key="good")

    answers = await asyncio.gather(
        store.add(new_request(key="\x00")),
        store.add(good),
        store.find_by_key(SiteId("demo"), "\x00"),
        store.transact(lambda tx: tx.call(CallId("\x00"))),
        store.transact(lambda tx: tx.call(CallId("unknown"))),
        return_exceptions=True,
    )

    assert [type(answer) for answer in answers] == [InvalidFieldError, type(None), *[InvalidFieldError] * 2, type(None)]
    assert await store.find(good.id) == good
    assert store.live(good.number) == 1
    await store.aclose()
