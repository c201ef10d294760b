"""The store port on PostgreSQL, shared by any number of servers."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.ids import id_bytes
from warmcall.calls.keys import ApiKey
from warmcall.calls.model import E164, CallRequest, Event, RequestId, SiteId
from warmcall.calls.port import Collision, Transaction
from warmcall.store.postgres.archive import PostgresArchive
from warmcall.store.postgres.audit import PostgresAuditLog
from warmcall.store.postgres.configurations import PostgresConfigurations
from warmcall.store.postgres.counter import PostgresCounter
from warmcall.store.postgres.database import LOST_RACE, Database
from warmcall.store.postgres.feed import Feed
from warmcall.store.postgres.outbox import PostgresOutbox
from warmcall.store.postgres.queries import QUERIES
from warmcall.store.postgres.reader import Reader
from warmcall.store.postgres.rows import event_of, request_of
from warmcall.store.postgres.tally import Tally
from warmcall.store.postgres.transaction import ConflictError, PostgresTransaction
from warmcall.store.postgres.writer import Writer
from warmcall.store.records import read_api_key

T = TypeVar("T")

# Each conflict means that somebody else got on, so many in a row are a sign of something else.
_ATTEMPTS: Final = 50
_RECOUNT_S: Final = 30.0
_COUNT_S: Final = 9.0


class PostgresStore:
    """A store that many servers share. Open it with `PostgresStore.open`; close it with `aclose`.

    Attributes:
        archive: What is over.
        counter: What servers count together.
        audit: The log of administrative acts.
        configurations: The versions of the configuration.
        outbox: The deliveries of events to webhooks.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tally = Tally()
        self.outbox = PostgresOutbox(database)
        self._reader = Reader(database)
        self.archive = PostgresArchive(database, self._tally)
        self.counter = PostgresCounter(database)
        self.audit = PostgresAuditLog(database)
        self.configurations = PostgresConfigurations(database)
        self._feed = Feed(database, self._tally)
        self._writer = Writer(database, self._tally, self._feed.committed)
        self._recounting: asyncio.Task[None] | None = None
        self._closing = False

    @classmethod
    async def open(cls, dsn: str, *, connections: int = 8) -> "PostgresStore":
        """Open the store in a database, making or upgrading its tables first.

        Args:
            dsn: Such as `postgresql://user:password@host/database`. It must lead to the server itself, or to a pooler
                that keeps a session on one connection.
            connections: How many connections to use at most, and one more for events; at least 2.

        Raises:
            StoreUnavailableError: if the database cannot be used.
            SchemaNewerError: if a later version wrote it.
            MigrationChangedError: if an applied migration file is not what it was.
        """
        database = Database(dsn, connections)
        await database.open()
        try:
            store = cls(database)
            await store._feed.start()
            await store._recount()
        except BaseException:
            await database.aclose()
            raise
        store._recounting = asyncio.create_task(store._recount_sometimes())
        return store

    async def add(self, request: CallRequest) -> Collision | None:
        """Store a new waiting request with its `created` event; committed before this returns."""
        self._check_open()
        return await self._writer.add(request)

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work`, and write what it decided if nothing that it read for it has changed; otherwise run it again.

        Raises:
            StoreUnavailableError: if the database could not be reached or did not confirm.
        """
        self._check_open()
        for _ in range(_ATTEMPTS):
            transaction = PostgresTransaction(self._database, self._reader, self._writer)
            try:
                async with transaction:
                    result = await work(transaction)
                    if not transaction.outdated and await transaction.commit():
                        return result
            except (ConflictError, *LOST_RACE):
                continue
            except Exception:
                if not transaction.outdated:
                    raise
        raise StoreUnavailableError("The same call or call request changes all the time. Try again in a moment.")

    async def find(self, request_id: RequestId) -> CallRequest | None:
        """The request with this id, as last committed."""
        try:
            id_bytes(request_id)
        except ValueError:
            return None
        rows = await self._reader.look_up(QUERIES.find_requests, request_id)
        return request_of(*rows[0]) if rows else None

    async def find_by_key(self, site: SiteId, key: str) -> CallRequest | None:
        """The request that was created with this idempotency key."""
        rows = await self._reader.look_up(QUERIES.find_requests_by_key, site, key)
        return request_of(*rows[0]) if rows else None

    def live(self, number: E164) -> int:
        """How many requests on `number` wait, those just handed to `add` included, other servers' a moment later."""
        return self._tally.live(number)

    def held(self, number: E164) -> int:
        """How many requests hold `number`, with the same delay."""
        return self._tally.held(number)

    def next_due_ms(self) -> int | None:
        """When the next stored request expires or the next cool-down ends, as far as this server knows."""
        return self._tally.due_ms

    async def events(self, request_id: RequestId, after_seq: int) -> Sequence[Event]:
        """Events of one request with a greater `seq`, oldest first."""
        try:
            id_bytes(request_id)
        except ValueError:
            return []
        return [event_of(row) for row in await self._reader.fetch(QUERIES.events_of_request, request_id, after_seq)]

    async def events_after(self, seq: int, limit: int) -> Sequence[Event]:
        """Events of all requests with a greater `seq`, oldest first, at most `limit`.

        An event is left out for as long as one with a smaller number may still be committed.
        """
        ((settled, _),) = await self._reader.fetch(QUERIES.settled_events)
        rows = await self._reader.fetch(QUERIES.events_between, seq, settled, limit)
        return [event_of(row) for row in rows]

    def on_events(self, listener: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """Call `listener` in the event loop with the events of every server, in order. Returns how to stop it."""
        return self._feed.listen(listener)

    async def secret(self, name: str) -> bytes:
        """32 random bytes kept under `name`; made at the first call of any server, the same ever after."""
        if not (rows := await self._reader.fetch(QUERIES.secret, name)):
            await self._database.fetch(QUERIES.add_secret, name, os.urandom(32))
            rows = await self._reader.fetch(QUERIES.secret, name)
        return bytes(rows[0][0])

    async def spend(self, key: bytes, until_ms: int) -> bool:
        """Note, durably, that something was used on any server; whether it was not before."""
        return bool(await self._database.fetch(QUERIES.spend, key, until_ms))

    async def add_api_key(self, key_hash: bytes, scope: str, label: str, at_ms: int) -> None:
        """Keep the hash of an API key."""
        await self._database.fetch(QUERIES.add_api_key, key_hash, scope, label, at_ms)

    async def find_api_key(self, key_hash: bytes) -> ApiKey | None:
        """The key with this hash."""
        rows = await self._reader.fetch(QUERIES.find_api_key, key_hash)
        return read_api_key(*rows[0]) if rows else None

    async def api_keys(self) -> Sequence[ApiKey]:
        """All keys, oldest first."""
        return [read_api_key(*row) for row in await self._reader.fetch(QUERIES.api_keys)]

    async def remove_api_key(self, key_hash: bytes) -> bool:
        """Forget a key; whether there was one."""
        return bool(await self._database.fetch(QUERIES.remove_api_key, key_hash))

    async def ping(self) -> None:
        """Return if the database answers and can be written.

        Raises:
            StoreUnavailableError: if it does not, or is a standby.
        """
        ((read_only,),) = await self._reader.fetch(QUERIES.read_only)
        if read_only:
            raise StoreUnavailableError("The database is read-only: perhaps a standby. Connect to the primary.")

    async def aclose(self) -> None:
        """Write what was accepted, tell its events, then close."""
        self._closing = True
        if self._recounting is not None:
            self._recounting.cancel()
            await asyncio.wait([self._recounting])
        await self._writer.idle()
        await self._feed.aclose()
        await self._database.aclose()

    async def _recount(self) -> None:
        """Ask the database for what this server only estimates since others changed it."""
        mark = self._tally.mark()
        counts = await self._database.fetch(QUERIES.tally, wait_s=_COUNT_S)
        ((due_ms,),) = await self._reader.fetch(QUERIES.next_due)
        self._tally.replace((number, live, held) for number, live, held in counts)
        self._tally.due(due_ms, mark)

    async def _recount_sometimes(self) -> None:
        seen, took_s = 0, 0.0
        while True:
            # With millions of live requests counting takes a while; it should take a small part of the time.
            await asyncio.sleep(max(_RECOUNT_S, 50 * took_s))
            began_s = time.monotonic()
            if seen != self._feed.foreign:
                seen = self._feed.foreign
                try:
                    await self._recount()
                except StoreUnavailableError:
                    seen = -1
            took_s = time.monotonic() - began_s

    def _check_open(self) -> None:
        if self._closing:
            raise StoreUnavailableError("The store is closing; nothing was written.")
