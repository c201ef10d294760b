"""Connections to the database file, and what SQLite's errors mean to callers."""

import os
import sqlite3
from pathlib import Path

from warmcall.calls.errors import StoreUnavailableError
from warmcall.store.sqlite import schema
from warmcall.store.sqlite.errors import SqliteTooOldError
from warmcall.store.sqlite.lock import DataDirectoryLock

# For STRICT tables; RETURNING came with 3.35.
_NEEDED = (3, 37, 0)
_SETTINGS = (
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA cache_size=-65536",
    # Deleted personal data is overwritten.
    "PRAGMA secure_delete=ON",
)
WAL_BOUND_BYTES = 8 * 2**20


class Database:
    """The file `warmcall.sqlite3` in a data directory.

    Args:
        data_dir: Made if missing, readable by its owner alone.

    Raises:
        SqliteTooOldError: if this Python's SQLite lacks what the store uses.
    """

    def __init__(self, data_dir: Path) -> None:
        if sqlite3.sqlite_version_info < _NEEDED:
            raise SqliteTooOldError(sqlite3.sqlite_version, ".".join(map(str, _NEEDED)))
        self.data_dir = data_dir
        self.path = data_dir / "warmcall.sqlite3"
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        self._wal = f"{self.path}-wal"

    def connect(self, wait_s: float = 0.0) -> sqlite3.Connection:
        """Open a connection that commits by hand and may move between threads.

        Args:
            wait_s: How long a statement waits for another process's lock.
        """
        connection = sqlite3.connect(
            self.path, timeout=wait_s, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        for setting in _SETTINGS:
            connection.execute(setting)
        # After a complete checkpoint the log starts anew and shrinks to this; its size then tells how full it is.
        connection.execute(f"PRAGMA journal_size_limit={WAL_BOUND_BYTES // 2}")
        return connection

    def wal_bytes(self) -> int:
        """Size of the write-ahead log; 0 if there is none."""
        try:
            return os.stat(self._wal).st_size
        except FileNotFoundError:
            return 0

    def prepare(self, *, locked: bool) -> None:
        """Switch to write-ahead logging and bring the schema up to date.

        Args:
            locked: Whether the caller holds the directory's lock; without it, it is taken while migrations run.
        """
        connection = self.connect(wait_s=10)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            missing = schema.pending(connection, self.path)
            if missing and not locked:
                lock = DataDirectoryLock(self.data_dir)
                try:
                    schema.apply(connection, schema.pending(connection, self.path))
                finally:
                    lock.release()
            elif missing:
                schema.apply(connection, missing)
        finally:
            connection.close()


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection's lock was in the way."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def translated(error: BaseException) -> BaseException:
    """What a caller sees of an error: those of disk, file and locks become `StoreUnavailableError`, others stay."""
    faults = (sqlite3.OperationalError, sqlite3.InternalError)
    if isinstance(error, faults) or type(error) is sqlite3.DatabaseError:
        unavailable = StoreUnavailableError(
            f"The database did not take the change ({error}); nothing was written. Check free space and the disk."
        )
        unavailable.__cause__ = error
        return unavailable
    return error
