"""The store port on one SQLite file."""

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.ids import id_bytes
from warmcall.calls.keys import ApiKey
from warmcall.calls.model import E164, CallRequest, Event, RequestId, SiteId
from warmcall.calls.port import Collision, Transaction
from warmcall.store.records import read_api_key
from warmcall.store.sqlite.archive import SqliteArchive
from warmcall.store.sqlite.audit import SqliteAuditLog
from warmcall.store.sqlite.checkpoint import Checkpointer
from warmcall.store.sqlite.configurations import SqliteConfigurations
from warmcall.store.sqlite.counter import SqliteCounter
from warmcall.store.sqlite.database import Database, translated
from warmcall.store.sqlite.lock import DataDirectoryLock
from warmcall.store.sqlite.memory import Memory
from warmcall.store.sqlite.outbox import SqliteOutbox
from warmcall.store.sqlite.queries import QUERIES
from warmcall.store.sqlite.rows import Row, event_of, request_of, row_of
from warmcall.store.sqlite.session import WriteSession
from warmcall.store.sqlite.transaction import SqliteTransaction
from warmcall.store.sqlite.writer import Writer

T = TypeVar("T")


class SqliteStore:
    """A store for one server process. Open it with `SqliteStore.open`; close it with `aclose`.

    Rows are written by one writer; reads go over a connection of their own and see what was committed.

    Attributes:
        live: How many requests on a number wait, those just handed to `add` included.
        archive: What is over.
        counter: What servers count together.
        audit: The log of administrative acts.
        configurations: The versions of the configuration.
        outbox: The deliveries of events to webhooks.
    """

    def __init__(self, database: Database, lock: DataDirectoryLock | None, lock_wait_s: float) -> None:
        self._lock = lock
        self._reader = database.connect(wait_s=0.1)
        self._reader.execute("PRAGMA query_only=ON")
        self._memory = Memory()
        self.live = self._memory.holds.live
        self._next_due_ms: int | None = None
        self._due_known = False
        self._closed = False
        last_seq: int = self._read(QUERIES.last_seq)[0][0]
        if lock is not None:
            self._memory.load(self._reader)
        session = WriteSession(database, lock_wait_s)
        checkpointer = Checkpointer(database)
        self._writer = Writer(session, checkpointer, self._memory, last_seq + 1, self._forget_due)
        self.archive = SqliteArchive(database, self._writer, checkpointer, self._read)
        self.counter = SqliteCounter(self._writer)
        self.audit = SqliteAuditLog(self._writer, self._read)
        self.configurations = SqliteConfigurations(self._writer, self._read)
        self.outbox = SqliteOutbox(self._writer, self._read)

    @classmethod
    async def open(cls, data_dir: Path, *, serving: bool = True, lock_wait_s: float = 5.0) -> "SqliteStore":
        """Open the store of a data directory, making or upgrading it first.

        Args:
            data_dir: Where the database is; made if missing.
            serving: Whether to take the directory's lock and to add and change call requests. A short command beside
                a running server, such as `warmcall keys`, passes `False`; it may keep keys and secrets, and read.
            lock_wait_s: How long a change waits while another process writes.

        Raises:
            DataDirectoryInUseError: if another server process uses the directory.
            SchemaNewerError: if a later version wrote it.
            MigrationChangedError: if an applied migration file is not what it was.
            StoreUnavailableError: if the file cannot be read or written.
        """
        lock = None
        try:
            database = await asyncio.to_thread(Database, data_dir)
            lock = DataDirectoryLock(data_dir) if serving else None
            await asyncio.to_thread(database.prepare, locked=serving)
            return cls(database, lock, lock_wait_s)
        except BaseException as error:
            if lock is not None:
                lock.release()
            if isinstance(error, (sqlite3.Error, OSError)):
                raise StoreUnavailableError(f"{data_dir} cannot be used as a data directory: {error}.") from error
            raise

    async def add(self, request: CallRequest) -> Collision | None:
        """Store a new waiting request with its `created` event; on disk before this returns."""
        self._check_serving()
        row = row_of(request)
        refusal = self._memory.holds.take(request, 0)
        if refusal is not None:
            return await self._refused(request, refusal)
        try:
            answer = self._writer.add(request, row)
        except BaseException:
            self._memory.holds.undo(request)
            raise
        return await answer

    async def _refused(self, request: CallRequest, refusal: Collision) -> Collision:
        """A known idempotency key goes before every other reason: its owner gets the request that it made before."""
        if request.idempotency_key is None:
            return refusal
        site, key = request.site, request.idempotency_key

        async def knows_key(tx: SqliteTransaction) -> bool:
            return tx.knows_key(site, key)

        return Collision.KEY if await self._writer.transact(knows_key) else refusal

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in one transaction, in the order of arrival among everything that is written.

        Raises:
            StoreUnavailableError: if the disk, the file or another process's lock stood in the way.
            RuntimeError: if `work` awaits anything but the methods of its transaction.
        """
        self._check_serving()
        return await self._writer.transact(work)

    async def find(self, request_id: RequestId) -> CallRequest | None:
        """The request with this id, as last committed."""
        try:
            handle = id_bytes(request_id)
        except ValueError:
            return None
        rows = self._read(QUERIES.find_request, handle)
        return request_of(*rows[0][1:]) if rows else None

    async def find_by_key(self, site: SiteId, key: str) -> CallRequest | None:
        """The request that was created with this idempotency key."""
        rows = self._read(QUERIES.find_request_by_key, site, key)
        return request_of(*rows[0][1:]) if rows else None

    def held(self, number: E164) -> int:
        """How many requests hold `number`, those just handed to `add` included."""
        return self._memory.holds.held(number)

    def next_due_ms(self) -> int | None:
        """When the next stored request expires or the next cool-down ends."""
        if not self._due_known:
            self._next_due_ms = self._read(QUERIES.next_due)[0][0]
            self._due_known = True
        return self._next_due_ms

    async def events(self, request_id: RequestId, after_seq: int) -> Sequence[Event]:
        """Events of one request with a greater `seq`, oldest first."""
        try:
            handle = id_bytes(request_id)
        except ValueError:
            return []
        return [event_of(row) for row in self._read(QUERIES.events_of_request, handle, after_seq)]

    async def events_after(self, seq: int, limit: int) -> Sequence[Event]:
        """Events of all requests with a greater `seq`, oldest first, at most `limit`."""
        return [event_of(row) for row in self._read(QUERIES.events_after, seq, limit)]

    def on_events(self, listener: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """Call `listener` in the event loop with the events of every commit, in order. Returns how to stop it."""
        return self._writer.listeners.add(listener)

    async def secret(self, name: str) -> bytes:
        """32 random bytes kept under `name`; made at the first call, the same ever after."""
        if rows := self._read(QUERIES.secret, name):
            return bytes(rows[0][0])
        fresh = os.urandom(32)
        return await self._writer.transact(lambda tx: tx.secret(name, fresh))

    async def spend(self, key: bytes, until_ms: int) -> bool:
        """Note, durably, that something was used; whether it was not before."""
        return await self._writer.transact(lambda tx: tx.spend(key, until_ms))

    async def add_api_key(self, key_hash: bytes, scope: str, label: str, at_ms: int) -> None:
        """Keep the hash of an API key."""
        await self._writer.transact(lambda tx: tx.add_api_key(key_hash, scope, label, at_ms))

    async def find_api_key(self, key_hash: bytes) -> ApiKey | None:
        """The key with this hash."""
        rows = self._read(QUERIES.find_api_key, key_hash)
        return read_api_key(*rows[0]) if rows else None

    async def api_keys(self) -> Sequence[ApiKey]:
        """All keys, oldest first."""
        return [read_api_key(*row) for row in self._read(QUERIES.api_keys)]

    async def remove_api_key(self, key_hash: bytes) -> bool:
        """Forget a key; whether there was one."""
        return await self._writer.transact(lambda tx: tx.remove_api_key(key_hash))

    async def ping(self) -> None:
        """Return if the store can begin and end a transaction; after a failed write, if writing works again.

        Raises:
            StoreUnavailableError: if it does not.
        """
        await self._writer.probe()

    async def aclose(self) -> None:
        """Write what was accepted, then close and give up the directory. Closing twice is closing once."""
        if self._closed:
            return
        self._closed = True
        await self._writer.aclose()
        self._reader.close()
        if self._lock is not None:
            self._lock.release()

    def _read(self, query: str, *parameters: Any) -> list[Row]:
        try:
            return self._reader.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise translated(error) from error

    def _forget_due(self) -> None:
        self._due_known = False

    def _check_serving(self) -> None:
        if self._lock is None:
            raise RuntimeError("A store opened with serving=False cannot add or change call requests.")
