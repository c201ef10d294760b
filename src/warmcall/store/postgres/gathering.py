"""Gathers what many tasks want from the database into few statements.

While a statement is under way the next batch gathers, so batches grow with load and with the distance of the
database by themselves, and a single wish goes out at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from warmcall.calls.errors import StoreUnavailableError
from warmcall.store.postgres.database import Database, Row, translated

Item = TypeVar("Item")

_KEYS = 128


class Gatherer(Generic[Item]):
    """Hands items to `write` in batches.

    Args:
        write: Deals with a batch wholly; must not raise.
        most: How many items a batch has at most, which bounds the size and the locks of a statement, and how long one
            batch keeps the event loop busy.
        in_flight: How many batches may be under way at the same time.
    """

    def __init__(self, write: Callable[[list[Item]], Awaitable[None]], most: int, in_flight: int) -> None:
        self._write = write
        self._most = most
        self._in_flight = in_flight
        self._queue: deque[Item] = deque()
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, item: Item) -> None:
        """Queue an item."""
        self._queue.append(item)
        if self._running < self._in_flight:
            self._running += 1
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Return once everything queued was dealt with."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _work(self) -> None:
        # The count falls in the same step that finds the queue empty, so that nothing queued is left behind.
        try:
            while self._queue:
                count = min(len(self._queue), self._most)
                await self._write([self._queue.popleft() for _ in range(count)])
        finally:
            self._running -= 1


class Lookup:
    """One query for many keys: its parameters are arrays, its first column says which key a row answers."""

    def __init__(self, database: Database, query: str) -> None:
        self._database = database
        self._query = query
        self._gatherer: Gatherer[tuple[Sequence[Any], asyncio.Future[list[Row]]]] = Gatherer(self._read, _KEYS, 1)

    def get(self, *key: Any) -> asyncio.Future[list[Row]]:
        """The rows for one key, without their first column."""
        future: asyncio.Future[list[Row]] = asyncio.get_running_loop().create_future()
        self._gatherer.put((key, future))
        return future

    async def _read(self, batch: list[tuple[Sequence[Any], asyncio.Future[list[Row]]]]) -> None:
        try:
            rows = await self._database.read(self._query, *map(list, zip(*(key for key, _ in batch), strict=True)))
        except Exception as error:
            await self._failed(batch, error)
            return
        found: list[list[Row]] = [[] for _ in batch]
        for place, *row in rows:
            found[place - 1].append(row)
        for (_, future), answer in zip(batch, found, strict=True):
            if not future.done():
                future.set_result(answer)

    async def _failed(self, batch: list[tuple[Sequence[Any], asyncio.Future[list[Row]]]], error: Exception) -> None:
        if len(batch) > 1 and not isinstance(error, StoreUnavailableError):
            for item in batch:
                await self._read([item])
            return
        for _, future in batch:
            if not future.done():
                future.set_exception(translated(error))
