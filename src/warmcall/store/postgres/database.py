"""Connections to the database, how long anybody waits for them, and what their errors mean to callers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, TypeAlias

import asyncpg

from warmcall.calls.errors import InvalidFieldError, StoreUnavailableError
from warmcall.store.postgres import schema

Row = Sequence[Any] | asyncpg.Record
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# Nobody waits longer than this for a database that does not answer; a visitor is better served by a fallback number.
WAIT_S: Final = 2.0
_CONNECT_S: Final = 1.5

_SETTINGS: Final = {
    "application_name": "warmcall",
    "default_transaction_isolation": "read committed",
    # Tables grow from nothing to millions of rows faster than the planner's statistics follow, and every query here
    # is a look-up by index.
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    # A server that froze or lost its network must not hold rows, or the order of events, for the others.
    "idle_in_transaction_session_timeout": "5000",
    "statement_timeout": "10000",
    "lock_timeout": "2000",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}

REFUSALS: Final = (
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.LockNotAvailableError,
    asyncpg.InsufficientResourcesError,
    asyncpg.QueryCanceledError,
    asyncpg.CannotConnectNowError,
)
"""The database says that it did not do it: it is full, busy, or a standby."""

FAULTS: Final = (
    *REFUSALS,
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.OperatorInterventionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalServerError,
    asyncpg.PostgresSystemError,
)
"""Besides those, what a database that is away or going away raises."""

LOST_RACE: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""The database undid a transaction because of another one; the same again may succeed."""


class OutcomeUnknownError(StoreUnavailableError):
    """The connection was lost after a change was sent and before it was confirmed."""


class Database:
    """Connections that are lent and come back. What takes too long or breaks is a `StoreUnavailableError`.

    A connection that broke is left behind and another one made when it is needed, so a database that comes back is
    used again. Nothing is ever set on a lent connection, so nothing is reset when it comes back: that would be a round
    trip each time, which is why this is not asyncpg's own pool.

    Args:
        dsn: Where the database is.
        connections: How many connections are open at most.
    """

    def __init__(self, dsn: str, connections: int) -> None:
        self._dsn = dsn
        self._free = asyncio.Semaphore(connections)
        self._idle: list[Connection] = []
        self._settings = dict(_SETTINGS)
        self._closed = False

    async def open(self) -> None:
        """Connect, and bring the schema up to date.

        Raises:
            StoreUnavailableError: if the database cannot be used.
            SchemaNewerError: if a later version wrote it.
            MigrationChangedError: if an applied migration file is not what it was.
        """
        try:
            connection = await asyncpg.connect(self._dsn, timeout=_CONNECT_S)
            try:
                await self._check(connection)
                await schema.upgrade(connection)
            finally:
                connection.terminate()
        except FAULTS as error:
            raise StoreUnavailableError(f"The database cannot be used: {said(error)}.") from error

    async def _check(self, connection: Connection) -> None:
        encoding = await connection.fetchval("SHOW server_encoding")
        if encoding != "UTF8":
            raise StoreUnavailableError(f"The database is encoded in {encoding}. Make one with ENCODING 'UTF8'.")
        # An answered request is on disk, also where the database's owner usually does without.
        if await connection.fetchval("SHOW synchronous_commit") == "off":
            self._settings["synchronous_commit"] = "on"

    async def connect(self) -> Connection:
        """A new connection, for one who keeps it."""
        return await asyncpg.connect(
            self._dsn, timeout=_CONNECT_S, command_timeout=WAIT_S, server_settings=self._settings
        )

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection.

        Raises:
            StoreUnavailableError: if there is none; nothing was sent.
            OutcomeUnknownError: if it broke while it was used.
        """
        if self._closed:
            raise StoreUnavailableError("The store is closed.")
        connection = await self._take()
        try:
            yield connection
        except FAULTS as error:
            # Whatever it was about to answer, nobody will read it; and a standby may have a primary by now.
            connection.terminate()
            if isinstance(error, REFUSALS):
                raise StoreUnavailableError(f"The database refused ({said(error)}); nothing was written.") from error
            raise OutcomeUnknownError(
                f"The database did not confirm ({said(error)}). Try again with the same idempotency key or call id."
            ) from error
        except asyncio.CancelledError:
            connection.terminate()
            raise
        finally:
            if not connection.is_closed():
                self._idle.append(connection)
            self._free.release()

    async def _take(self) -> Connection:
        try:
            async with asyncio.timeout(WAIT_S):
                await self._free.acquire()
        except TimeoutError as error:
            raise StoreUnavailableError("The database is too busy; nothing was written. Try again later.") from error
        try:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
            return await self.connect()
        except BaseException as error:
            self._free.release()
            if isinstance(error, FAULTS):
                raise StoreUnavailableError(
                    f"The database cannot be reached ({said(error)}); nothing was written. Try again in a moment."
                ) from error
            raise

    async def fetch(self, query: str, *parameters: Any, wait_s: float = WAIT_S) -> Sequence[Row]:
        """Run one statement in its own transaction."""
        async with self.connection() as connection:
            return await connection.fetch(query, *parameters, timeout=wait_s)

    async def read(self, query: str, *parameters: Any) -> Sequence[Row]:
        """Run a statement that changes nothing; a connection that turns out to be broken is tried again once."""
        try:
            return await self.fetch(query, *parameters)
        except OutcomeUnknownError as error:
            if isinstance(error.__cause__, TimeoutError):
                raise
            return await self.fetch(query, *parameters)

    async def aclose(self) -> None:
        """Close every connection that is not lent, and lend no more."""
        self._closed = True
        with contextlib.suppress(*FAULTS):
            async with asyncio.timeout(WAIT_S):
                await asyncio.gather(*(connection.close() for connection in self._idle))
        for connection in self._idle:
            connection.terminate()
        self._idle.clear()


def said(error: BaseException) -> str:
    """An error in a few words."""
    return str(error).strip().rstrip(".") or type(error).__name__


def translated(error: Exception) -> Exception:
    """What a caller sees of an error in what it wrote: text that PostgreSQL cannot hold is the caller's mistake."""
    if isinstance(error, (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)):
        invalid = InvalidFieldError("body", "the character U+0000 is not allowed in ids and keys.")
        invalid.__cause__ = error
        return invalid
    return error
