"""The adapters of the store port. A new one joins the whole suite by an entry here."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.postgres import database, postgres
from warmcall.calls.port import Store
from warmcall.store.memory import MemoryStore
from warmcall.store.postgres import PostgresStore
from warmcall.store.sqlite import SqliteStore

__all__ = ["Adapter", "adapter", "database", "durable", "embedded", "postgres", "store"]


class Adapter(Protocol):
    """Opens stores; those opened on one adapter object have the same data, as far as the adapter is durable."""

    async def open(self) -> Store:
        """Open a store."""


class MemoryAdapter:
    async def open(self) -> Store:
        return MemoryStore()


class SqliteAdapter:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def open(self) -> Store:
        return await SqliteStore.open(self._folder)


class PostgresAdapter:
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def open(self) -> Store:
        return await PostgresStore.open(self._dsn)


def _adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Adapter:
    if request.param == "postgres":
        return PostgresAdapter(request.getfixturevalue("database"))
    return MemoryAdapter() if request.param == "memory" else SqliteAdapter(tmp_path / "data")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Adapter:
    """Every adapter in turn."""
    return _adapter(request, tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Adapter:
    """Every adapter in turn that keeps its data when it is closed."""
    return _adapter(request, tmp_path)


@pytest.fixture(params=["memory", "sqlite"])
async def embedded(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of one process, which does one thing after the other."""
    store = await _adapter(request, tmp_path).open()
    yield store
    await asyncio.wait_for(store.aclose(), 10)


@pytest.fixture
async def store(adapter: Adapter) -> AsyncIterator[Store]:
    """An empty store."""
    store = await adapter.open()
    yield store
    await asyncio.wait_for(store.aclose(), 10)
