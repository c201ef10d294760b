"""The only writer: a queue, and one transaction for all that gathered in it while the last one was committed.

Rows are written in the event loop, which costs less than a thread that fights for the interpreter lock; only COMMIT,
which waits for the disk without that lock, runs in a thread. So batches grow with load and with a slow disk by
themselves, and an idle store commits at once.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.model import CallRequest
from warmcall.calls.port import Collision
from warmcall.store.listeners import Listeners
from warmcall.store.sqlite.checkpoint import Checkpointer
from warmcall.store.sqlite.database import is_busy, translated
from warmcall.store.sqlite.items import Addition, Item, Work
from warmcall.store.sqlite.memory import Memory
from warmcall.store.sqlite.session import WriteSession
from warmcall.store.sqlite.transaction import SqliteTransaction

T = TypeVar("T")

# Bounds how long the event loop writes rows without looking at anything else.
_BATCH = 256


class _BatchFailedError(Exception):
    """A unit of work failed in a way that its transaction cannot go on."""


class Writer:
    """Writes items in the order in which they arrive.

    Args:
        session: The connection to write over.
        checkpointer: Told after every commit.
        memory: Told of every commit.
        next_seq: Number of the next event.
        settled: Called after every commit that may have changed when something is due.
    """

    def __init__(
        self,
        session: WriteSession,
        checkpointer: Checkpointer,
        memory: Memory,
        next_seq: int,
        settled: Callable[[], None],
    ) -> None:
        self._session = session
        self._checkpointer = checkpointer
        self._memory = memory
        self._next_seq = next_seq
        self._settled = settled
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="warmcall-commit")
        self._queue: deque[Item] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        self._failing = False
        self._task: asyncio.Task[None] | None = None
        self.listeners = Listeners()

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

    async def aclose(self) -> None:
        """Write what was accepted, refuse what comes later, close."""
        self._closing = True
        await self._idle.wait()
        await self._checkpointer.aclose()
        await self._in_thread(self._session.close)
        self._thread.shutdown()

    def _enqueue(self, item: Item) -> None:
        if self._closing:
            raise StoreUnavailableError("The store is closing; nothing was written.")
        self._queue.append(item)
        if self._idle.is_set():
            self._idle.clear()
            self._gather(0)

    def _gather(self, seen: int) -> None:
        """Write what is in the queue once a turn of the loop has brought nothing new.

        After a commit its callers are answered and ask again while the next batch is gathered: begun at once, that
        batch would have half of them, each time, and a commit costs nearly as much for half of them as for all.
        """
        count = len(self._queue)
        if seen < count < _BATCH:
            self._loop.call_soon(self._gather, count)
        else:
            self._flush()

    def _flush(self) -> None:
        batch = self._take()
        if not batch:
            self._next()
            return
        try:
            self._session.begin()
        except sqlite3.Error:
            self._spawn(self._begin_later(batch))
        else:
            self._write(batch)

    async def _begin_later(self, batch: list[Item]) -> None:
        """Begin in the thread, because another process writes or the connection is of no use any more."""
        try:
            await self._in_thread(self._session.begin_patiently)
        except Exception as error:
            for item in batch:
                self._refuse(item, error)
            self._next()
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
        """Write a batch into the open transaction, and end that."""
        try:
            tx = self._run(batch)
            if not tx.wrote:
                self._session.commit()
        except Exception as error:
            self._failed(batch, error)
            return
        if tx.wrote:
            committing = self._loop.run_in_executor(self._thread, self._session.commit)
            committing.add_done_callback(lambda done: self._commit_ended(batch, tx, done.exception()))
        else:
            self._succeeded(batch, tx)

    def _commit_ended(self, batch: list[Item], tx: SqliteTransaction, error: BaseException | None) -> None:
        if error is None:
            self._succeeded(batch, tx)
        else:
            tx.undo()
            self._failed(batch, error)

    def _succeeded(self, batch: list[Item], tx: SqliteTransaction) -> None:
        try:
            self._settle(batch, tx)
        finally:
            self._next()

    def _failed(self, batch: list[Item], error: BaseException) -> None:
        """Undo the transaction of a batch; what it was about is tried again, one by one."""
        self._session.roll_back()
        if len(batch) == 1:
            self._refuse(batch[0], error)
            self._next()
        else:
            self._spawn(self._one_by_one(batch))

    async def _one_by_one(self, batch: list[Item]) -> None:
        try:
            waiting = deque(batch)
            while waiting:
                item = waiting.popleft()
                error = None if self._dropped(item) else await self._alone(item)
                if isinstance(error, sqlite3.Error) and is_busy(error):
                    # Each of the others would wait as long for the same lock.
                    while waiting:
                        self._refuse(waiting.popleft(), error)
        finally:
            self._next()

    async def _alone(self, item: Item) -> Exception | None:
        """Give an item a transaction of its own. Returns why that failed."""
        tx: SqliteTransaction | None = None
        try:
            await self._in_thread(self._session.begin_patiently)
            tx = self._run([item])
            await self._in_thread(self._session.commit)
        except Exception as error:
            if tx is not None:
                tx.undo()
            self._session.roll_back()
            self._refuse(item, error)
            return error
        self._settle([item], tx)
        return None

    def _run(self, batch: Sequence[Item]) -> SqliteTransaction:
        """Write a batch into the open transaction."""
        tx = SqliteTransaction(self._session.cursor, self._memory, self._next_seq, listening=bool(self.listeners))
        before = self._session.changes
        try:
            self._write_items(batch, tx)
        except BaseException:
            tx.undo()
            raise
        tx.wrote = self._session.changes != before
        return tx

    def _write_items(self, batch: Sequence[Item], tx: SqliteTransaction) -> None:
        """Write items in their order, neighbouring requests by one statement."""
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
        before = self._session.changes
        item.run(tx)
        # What would be written after SQLite ended the transaction by itself would not be undone with it.
        if not self._session.in_transaction:
            raise _BatchFailedError from item.error
        if item.error is not None and (self._session.changes != before or isinstance(item.error, sqlite3.Error)):
            raise _BatchFailedError from item.error

    def _settle(self, batch: Sequence[Item], tx: SqliteTransaction) -> None:
        """Tell callers, memory and listeners of a commit."""
        self._next_seq = tx.next_seq
        self._failing = self._failing and not tx.wrote
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
        self.listeners.tell(tx.events)

    def _refuse(self, item: Item, error: BaseException) -> None:
        if isinstance(error, _BatchFailedError):
            error = error.__cause__ or StoreUnavailableError("The database ended the transaction; nothing was written.")
        error = translated(error)
        self._failing = self._failing or isinstance(error, StoreUnavailableError)
        if isinstance(item, Addition):
            self._memory.holds.undo(item.request)
        _answer(item.future, None, error)

    def _next(self) -> None:
        """Go on with what has gathered, or rest."""
        self._checkpointer.consider()
        if self._checkpointer.unfinished:
            self._spawn(self._finish_checkpoint())
        elif self._queue:
            self._loop.call_soon(self._gather, 0)
        else:
            self._idle.set()

    async def _finish_checkpoint(self) -> None:
        await self._checkpointer.finish()
        self._next()

    def _spawn(self, slow: Coroutine[Any, Any, None]) -> None:
        self._task = self._loop.create_task(slow)

    async def _in_thread(self, function: Callable[[], None]) -> None:
        await self._loop.run_in_executor(self._thread, function)


def _answer(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
