"""Fixtures with a real PostgreSQL, started once a session and stopped at its end.

A folder of tests that uses them imports them in its `conftest.py`.
"""

import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.postgres_server import PostgresServer
from warmcall.store.postgres import PostgresStore

_EMPTY = """
DO $$ BEGIN EXECUTE (
    SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ')
    FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration'
); END $$
"""


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="warmcall-pg-"))
    server = PostgresServer(folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture
async def empty_database(postgres: PostgresServer) -> AsyncIterator[str]:
    """The address of a database without tables that is dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    await _administer(postgres.dsn(), f"CREATE DATABASE {name}")
    yield postgres.dsn(name)
    await _administer(postgres.dsn(), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(postgres: PostgresServer) -> str:
    """The address of a database with tables and nothing in them. Tests that use it come one after the other."""
    return await emptied(postgres)


async def emptied(postgres: PostgresServer) -> str:
    """The address of the database that all tests share, with tables and nothing in them."""
    store = await PostgresStore.open(postgres.dsn())
    await store.aclose()
    await _administer(postgres.dsn(), _EMPTY)
    return postgres.dsn()


async def _administer(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def open_store(database: str) -> AsyncIterator[Callable[[], Awaitable[PostgresStore]]]:
    """Opens one more server's store on the same database; all are closed afterwards."""
    stores: list[PostgresStore] = []

    async def open_one() -> PostgresStore:
        stores.append(await PostgresStore.open(database, connections=4))
        return stores[-1]

    yield open_one
    for store in stores:
        await store.aclose()
