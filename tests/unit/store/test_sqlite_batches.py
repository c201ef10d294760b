import asyncio
from collections.abc import Sequence
from pathlib import Path

from tests.contract.store.samples import a_request
from warmcall.calls.model import Event
from warmcall.store.sqlite import SqliteStore


async def add_after(store: SqliteStore, turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    await store.add(a_request())


async def test_what_keeps_coming_turn_by_turn_shares_a_commit(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "data")
    commits: list[Sequence[Event]] = []
    store.on_events(commits.append)
    try:
        await asyncio.gather(*(add_after(store, turns) for turns in (0, 0, 1, 2, 3)))
        assert [len(commit) for commit in commits] == [5]
    finally:
        await store.aclose()


async def test_who_is_alone_does_not_wait_for_others(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "data")
    commits: list[Sequence[Event]] = []
    store.on_events(commits.append)
    try:
        await asyncio.gather(add_after(store, 0), add_after(store, 20))
        assert [len(commit) for commit in commits] == [1, 1]
    finally:
        await store.aclose()
