"""Moves the write-ahead log into the database file beside the writer, so that no commit pays for it."""

import asyncio
import contextlib
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

from warmcall.store.sqlite.database import WAL_BOUND_BYTES, Database

_STEP_BYTES = 2**20
_TRIES, _PAUSE_S = 20, 0.05


class Checkpointer:
    """Runs passive checkpoints on a connection and a thread of its own.

    One that runs beside a busy writer never reaches the end of the log, and the log starts anew only after one that
    did. So `unfinished` then asks the writer to pause for the short rest.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connect()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="warmcall-checkpoint")
        self._running = False
        self._last_bytes = 0
        self.unfinished = False

    def consider(self) -> None:
        """Start a checkpoint if the log has grown past its bound."""
        size_bytes = self._database.wal_bytes()
        if size_bytes < WAL_BOUND_BYTES:
            self._last_bytes = 0
        elif not self._running and size_bytes >= self._last_bytes + _STEP_BYTES:
            self._last_bytes = size_bytes
            self._running = True
            running = asyncio.get_running_loop().run_in_executor(self._thread, self._run)
            running.add_done_callback(self._ended)

    async def finish(self) -> None:
        """Move what is left while nobody writes."""
        self.unfinished = False
        await asyncio.get_running_loop().run_in_executor(self._thread, self._run)

    async def empty(self) -> None:
        """Move everything and cut the log to nothing, so that what was deleted is not in it any more.

        Gives up after a second in which there always was somebody who read or wrote.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self._empty)

    async def aclose(self) -> None:
        """Wait for a running checkpoint and close."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()

    def _run(self) -> None:
        """Move what can be moved. A failure costs nothing but a longer log: the next one tries again."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def _empty(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            for _ in range(_TRIES):
                (busy, *_), *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                if not busy:
                    return
                time.sleep(_PAUSE_S)

    def _ended(self, _: object) -> None:
        self._running = False
        self.unfinished = True
