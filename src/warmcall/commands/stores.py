"""Work on a store from the command line, beside a running server."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from warmcall.calls.port import Store
from warmcall.commands.options import give_up
from warmcall.errors import WarmcallError
from warmcall.store.choice import open_store

T = TypeVar("T")


def with_store(data_dir: Path, database_url: str | None, work: Callable[[Store], Awaitable[T]]) -> T:
    """Open the store, do `work`, close it; ends the command with a sentence where that is not possible.

    The store is opened without the data directory's lock, so `work` may read, keep keys and record acts.
    """

    async def run() -> T:
        store = await open_store(database_url, data_dir, serving=False)
        try:
            return await work(store)
        finally:
            await store.aclose()

    try:
        return asyncio.run(run())
    except WarmcallError as error:
        give_up(str(error))
