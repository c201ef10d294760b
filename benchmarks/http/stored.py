"""What a running product has stored, read beside it: to see that nothing answered is missing, and to know codes."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import asyncpg

_COUNTS = "SELECT count(*), count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'matched')"
_NEWEST = 50_000


class Counts(NamedTuple):
    """How many call requests there are."""

    all: int
    waiting: int
    matched: int


class Stored(Protocol):
    """The tables of a store."""

    def counts(self) -> Counts:
        """How many call requests there are."""

    def codes(self) -> list[tuple[str, str]]:
        """Number and code of the newest waiting requests."""


class InSqlite:
    """The embedded store of a data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._file = f"file:{data_dir}/warmcall.sqlite3?mode=ro"

    def counts(self) -> Counts:
        """How many call requests there are."""
        return Counts(*self._rows(f"{_COUNTS} FROM call_request")[0])

    def codes(self) -> list[tuple[str, str]]:
        """Number and code of the newest waiting requests."""
        return self._rows(
            f"""SELECT record ->> 'number', record ->> 'code' FROM call_request
            WHERE state = 'waiting' ORDER BY seq DESC LIMIT {_NEWEST}"""
        )

    def _rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self._file, uri=True)) as connection:
            return connection.execute(query).fetchall()


class InPostgres:
    """The shared store."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def counts(self) -> Counts:
        """How many call requests there are."""
        return Counts(*self._rows(f"{_COUNTS} FROM call_request")[0])

    def codes(self) -> list[tuple[str, str]]:
        """Number and code of the newest waiting requests."""
        return self._rows(
            f"SELECT number, code FROM call_request WHERE state = 'waiting' ORDER BY seq DESC LIMIT {_NEWEST}"
        )

    def _rows(self, query: str) -> list[Any]:
        async def read() -> list[Any]:
            connection = await asyncpg.connect(self._dsn)
            try:
                return [tuple(row) for row in await connection.fetch(query)]
            finally:
                await connection.close()

        run: Callable[[Any], list[Any]] = asyncio.run
        return run(read())
