"""The only writer: a queue, and one transaction for all that gathered in it while the last one was committed.

Rows are written in the event loop, which costs less than a thread that fights for the interpreter lock; only COMMIT,
which waits for the disk without that lock, runs in a thread. So batches grow with load and with a slow disk by
themselves, and an idle store commits at once.
"""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.model import CallRequest, Event
from warmcall.calls.port import Collision
from warmcall.store.sqlite.checkpoint import Checkpointer
from warmcall.store.sqlite.database import Database, is_busy, translated
from warmcall.store.sqlite.items import Addition, Item, Work
from warmcall.store.sqlite.memory import Memory
from warmcall.store.sqlite.transaction import SqliteTransaction

T = TypeVar("T")
Listener = Callable[[Sequence[Event]], None]

# Bounds how long the event loop writes rows without looking at anything else.
_BATCH = 256


class _BatchFailedError(Exception):
    """A unit of work failed after it had written something, so that its transaction cannot go on."""


class Writer:
    """Writes items in the order in which they arrive.

    Args:
        database: Where to write.
        memory: Told of every commit.
        next_seq: Number of the next event.
        settled: Called after every commit that may have changed when something is due.
        lock_wait_s: How long to wait for another process, such as `warmcall keys`, to end its transaction.
    """

    def __init__(
        self, database: Database, memory: Memory, next_seq: int, settled: Callable[[], None], lock_wait_s: float
    ) -> None:
        self._database = database
        self._memory = memory
        self._next_seq = next_seq
        self._settled = settled
        self._lock_wait_ms = int(lock_wait_s * 1000)
        self._loop = asyncio.get_running_loop()
        self._connection = database.connect()
        self._cursor = self._connection.cursor()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="warmcall-commit")
        self._checkpointer = Checkpointer(database)
        self._queue: deque[Item] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._listeners: list[Listener] = []
        self._failing = False

    def add(self, request: CallRequest, row: list[Any]) -> asyncio.Future[Collision | None]:
        """Queue a request whose number, code and caller are taken for it, as a row of `add_request`."""
        future: asyncio.Future[Collision | None] = self._loop.create_future()
        self._enqueue(Addition(request, row, future))
        return future

    def transact(self, work: Callable[[SqliteTransaction], Awaitable[T]]) -> asyncio.Future[T]:
        """Queue a unit of work."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._enqueue(Work(work, future))
        return future

    async def probe(self) -> None:
        """Go through an empty transaction or, if the last write failed, one that writes."""
        await self.transact(SqliteTransaction.probe if self._failing else SqliteTransaction.rest)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with the events of every commit. Returns how to stop it."""

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        self._listeners.append(listener)
        return stop

    async def aclose(self) -> None:
        """Write what was accepted, refuse what comes later, close."""
        self._closing = True
        await self._idle.wait()
        await self._checkpointer.aclose()
        await self._in_thread(self._connection.close)
        self._thread.shutdown()

    def _enqueue(self, item: Item) -> None:
        if self._closing:
            raise StoreUnavailableError("The store is closing; nothing was written.")
        self._queue.append(item)
        if self._idle.is_set():
            self._idle.clear()
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        batch = self._take()
        if not batch:
            self._next()
            return
        try:
            self._cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            self._spawn(self._begin_later(batch))
        else:
            self._write(batch)

    def _take(self) -> list[Item]:
        """The next batch, without those that nobody waits for any more."""
        count = min(len(self._queue), _BATCH)
        return [item for item in (self._queue.popleft() for _ in range(count)) if not self._dropped(item)]

    def _dropped(self, item: Item) -> bool:
        if not item.future.cancelled():
            return False
        if isinstance(item, Addition):
            self._memory.holds.undo(item.request)
        return True

    def _write(self, batch: list[Item]) -> None:
        before = self._connection.total_changes
        try:
            tx = self._run(batch)
            if self._connection.total_changes == before:
                self._cursor.execute("COMMIT")
                self._commit_ended(batch, tx, None)
                return
        except Exception as error:
            self._failed(batch, error)
            return
        committing = self._loop.run_in_executor(self._thread, self._cursor.execute, "COMMIT")
        committing.add_done_callback(lambda done: self._commit_ended(batch, tx, done.exception()))

    def _run(self, batch: Sequence[Item]) -> SqliteTransaction:
        """Write a batch into the open transaction, neighbouring requests by one statement."""
        tx = SqliteTransaction(self._cursor, self._memory, self._next_seq, listening=bool(self._listeners))
        try:
            self._write_items(batch, tx)
        except BaseException:
            tx.undo()
            raise
        return tx

    def _write_items(self, batch: Sequence[Item], tx: SqliteTransaction) -> None:
        additions: list[Addition] = []
        for item in batch:
            if isinstance(item, Addition):
                additions.append(item)
                continue
            if additions:
                tx.insert(additions)
                additions = []
            self._run_work(item, tx)
        if additions:
            tx.insert(additions)

    def _run_work(self, item: Work, tx: SqliteTransaction) -> None:
        before = tx.changes
        item.run(tx)
        # SQLite ends a transaction by itself after some faults; what came after would then be written on its own.
        ended = not self._connection.in_transaction
        if ended or (item.error is not None and tx.changes != before):
            raise _BatchFailedError from item.error

    def _commit_ended(self, batch: list[Item], tx: SqliteTransaction, error: BaseException | None) -> None:
        if error is not None:
            tx.undo()
            self._failed(batch, error)
            return
        try:
            self._settle(batch, tx)
        finally:
            self._next()

    def _failed(self, batch: list[Item], error: BaseException) -> None:
        """Undo the transaction of a batch; what it was about is tried again, one by one."""
        self._roll_back()
        if len(batch) == 1:
            self._refuse(batch[0], error)
            self._next()
        else:
            self._spawn(self._one_by_one(batch))

    async def _one_by_one(self, batch: list[Item]) -> None:
        try:
            for item in batch:
                if not self._dropped(item):
                    await self._alone(item)
        finally:
            self._next()

    async def _alone(self, item: Item) -> None:
        try:
            await self._in_thread(self._begin)
            tx = self._run([item])
            await self._in_thread(self._commit, tx)
        except Exception as error:
            self._roll_back()
            self._refuse(item, error)
        else:
            self._settle([item], tx)

    def _commit(self, tx: SqliteTransaction) -> None:
        try:
            self._cursor.execute("COMMIT")
        except BaseException:
            tx.undo()
            raise

    async def _begin_later(self, batch: list[Item]) -> None:
        """Begin in the thread, because another process writes or the connection is of no use any more."""
        try:
            await self._in_thread(self._begin)
        except Exception as error:
            for item in batch:
                self._refuse(item, error)
            self._next()
        else:
            self._write(batch)

    def _begin(self) -> None:
        """Begin with patience; on a connection that is of no use any more, on a new one."""
        try:
            self._begin_patiently()
        except sqlite3.Error as error:
            if is_busy(error):
                raise
            self._reopen()
            self._begin_patiently()

    def _begin_patiently(self) -> None:
        self._cursor.execute(f"PRAGMA busy_timeout={self._lock_wait_ms}")
        try:
            self._cursor.execute("BEGIN IMMEDIATE")
        finally:
            self._cursor.execute("PRAGMA busy_timeout=0")

    def _reopen(self) -> None:
        fresh = self._database.connect()
        self._connection.close()
        self._connection = fresh
        self._cursor = fresh.cursor()

    def _roll_back(self) -> None:
        """End the transaction. If even that fails, the next BEGIN fails as well and opens a new connection."""
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _settle(self, batch: Sequence[Item], tx: SqliteTransaction) -> None:
        """Tell memory, callers and listeners of a commit."""
        self._failing = False
        self._next_seq = tx.next_seq
        for item in batch:
            if isinstance(item, Work):
                _answer(item.future, item.result, item.error)
                continue
            if item.collision is not None:
                self._memory.holds.undo(item.request)
            if not item.future.done():
                item.future.set_result(item.collision)
        tx.settle()
        self._settled()
        if tx.events:
            self._tell(tx.events)

    def _refuse(self, item: Item, error: BaseException) -> None:
        if isinstance(error, _BatchFailedError) and error.__cause__ is not None:
            error = error.__cause__
        error = translated(error)
        self._failing = isinstance(error, StoreUnavailableError)
        if isinstance(item, Addition):
            self._memory.holds.undo(item.request)
        _answer(item.future, None, error)

    def _tell(self, events: Sequence[Event]) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(events)
            except Exception as error:
                message = "A listener of the store's events failed."
                self._loop.call_exception_handler({"message": message, "exception": error})

    def _next(self) -> None:
        """Go on with what has gathered, or rest."""
        self._checkpointer.consider()
        if self._checkpointer.unfinished:
            self._spawn(self._finish_checkpoint())
        elif self._queue:
            self._loop.call_soon(self._flush)
        else:
            self._idle.set()

    async def _finish_checkpoint(self) -> None:
        await self._checkpointer.finish()
        self._next()

    def _spawn(self, slow: Coroutine[Any, Any, None]) -> None:
        self._task = self._loop.create_task(slow)

    async def _in_thread(self, function: Callable[..., object], *arguments: object) -> None:
        await self._loop.run_in_executor(self._thread, function, *arguments)


def _answer(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
