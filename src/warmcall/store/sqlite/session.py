"""The connection that writes: how its transactions begin and end."""

import contextlib
import sqlite3

from warmcall.store.sqlite.database import Database, is_busy


class WriteSession:
    """One connection with one transaction at a time.

    Args:
        database: Where to connect.
        lock_wait_s: How long `begin_patiently` waits for another process to end its transaction.
    """

    def __init__(self, database: Database, lock_wait_s: float) -> None:
        self._database = database
        self._lock_wait_ms = int(lock_wait_s * 1000)
        self._connect()

    def _connect(self) -> None:
        self.connection = self._database.connect()
        self.cursor = self.connection.cursor()

    @property
    def changes(self) -> int:
        """Rows written so far; the same number before and after means that nothing was written."""
        return self.connection.total_changes

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open: SQLite ends one by itself after some faults."""
        return self.connection.in_transaction

    def begin(self) -> None:
        """Begin at once, or fail if another process writes."""
        self.cursor.execute("BEGIN IMMEDIATE")

    def begin_patiently(self) -> None:
        """Begin once another process has ended its transaction; on a new connection if this one is of no use."""
        try:
            self._wait_and_begin()
        except sqlite3.Error as error:
            if is_busy(error):
                raise
            broken = self.connection
            self._connect()
            broken.close()
            self._wait_and_begin()

    def _wait_and_begin(self) -> None:
        self.cursor.execute(f"PRAGMA busy_timeout={self._lock_wait_ms}")
        try:
            self.begin()
        finally:
            self.cursor.execute("PRAGMA busy_timeout=0")

    def commit(self) -> None:
        """Write the transaction to disk."""
        self.cursor.execute("COMMIT")

    def roll_back(self) -> None:
        """Undo the transaction. If even that fails, so does the next `begin`, which then leads to a new connection."""
        with contextlib.suppress(sqlite3.Error):
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
