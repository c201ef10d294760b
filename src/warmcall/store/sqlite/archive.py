"""Deleting what is old and what is one person's in SQLite."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing

from warmcall.calls.archive import Cutoffs, Sweep, Trace
from warmcall.calls.ids import id_bytes, id_text
from warmcall.calls.model import E164, Call, CallId, RequestId
from warmcall.store.records import json_text, read_call
from warmcall.store.sqlite.checkpoint import Checkpointer
from warmcall.store.sqlite.database import Database
from warmcall.store.sqlite.queries import QUERIES
from warmcall.store.sqlite.rows import Row
from warmcall.store.sqlite.transaction import SqliteTransaction
from warmcall.store.sqlite.writer import Writer


class SqliteArchive:
    """The archive's port.

    Args:
        database: Where to connect for looking at everything, in a thread.
        writer: Writes.
        checkpointer: Empties the write-ahead log of what was deleted.
        read: Runs a query with its parameters over what was committed.
    """

    def __init__(
        self, database: Database, writer: Writer, checkpointer: Checkpointer, read: Callable[..., list[Row]]
    ) -> None:
        self._database = database
        self._writer = writer
        self._checkpointer = checkpointer
        self._read = read

    async def purge_requests(self, after: int, cutoffs: Cutoffs, limit: int) -> Sweep:
        """Look at up to `limit` requests from a place on, and delete the old ones with their events."""
        rows = self._read(QUERIES.settled_requests, after, limit)
        old = [(seq,) for seq, site, at_ms in rows if cutoffs.is_old(site, at_ms)]
        if old:
            await self._writer.transact(lambda tx: tx.delete_settled(old))
        return await self._swept(rows, len(old), cutoffs, limit)

    async def purge_calls(self, after: int, cutoffs: Cutoffs, limit: int) -> Sweep:
        """Look at up to `limit` calls from a place on, and delete the old ones."""
        rows = self._read(QUERIES.calls_from, after, limit)
        old = {seq: CallId(call_id) for seq, number, at_ms, call_id in rows if cutoffs.is_old(number, at_ms)}
        if old:
            await self._writer.transact(lambda tx: tx.delete_calls(old))
        return await self._swept(rows, len(old), cutoffs, limit)

    async def _swept(self, rows: Sequence[Row], deleted: int, cutoffs: Cutoffs, limit: int) -> Sweep:
        """Rows come in the order in which they were made, so after a young one there are no old ones."""
        if len(rows) == limit and rows[-1][2] < cutoffs.newest_ms:
            return Sweep(deleted, rows[-1][0])
        if deleted:
            await self._checkpointer.empty()
        return Sweep(deleted, None)

    async def open_calls(self, before_ms: int) -> Sequence[RequestId]:
        """Requests made before a time whose call was matched and has not ended."""
        return await asyncio.to_thread(self._open_calls, before_ms)

    def _open_calls(self, before_ms: int) -> list[RequestId]:
        with closing(self._database.connect(wait_s=5)) as connection:
            connection.execute("PRAGMA query_only=ON")
            return [id_text(handle) for (handle,) in connection.execute(QUERIES.open_calls, (before_ms,))]

    async def trace(self, number: E164) -> Trace:
        """Where the person with a number appears."""
        return await asyncio.to_thread(self._trace, number)

    def _trace(self, number: E164) -> Trace:
        with closing(self._database.connect(wait_s=5)) as connection:
            connection.execute("PRAGMA query_only=ON")
            calls = connection.execute(QUERIES.calls_of_caller, (number,)).fetchall()
            handles = json_text([id_bytes(RequestId(request)).hex() for _, request in calls if request])
            requests = connection.execute(QUERIES.requests_of_caller, (number, handles)).fetchall()
        call_ids = [call for call, _ in calls] + [call for _, call in requests if call]
        return Trace([id_text(handle) for handle, _ in requests], [CallId(call) for call in dict.fromkeys(call_ids)])

    async def calls(self, call_ids: Sequence[CallId]) -> Sequence[Call]:
        """The calls with these ids, as far as there are such."""
        rows = await asyncio.to_thread(self._calls, call_ids)
        return [read_call(record) for _, _, record in rows]

    def _calls(self, call_ids: Sequence[CallId]) -> list[Row]:
        with closing(self._database.connect(wait_s=5)) as connection:
            return connection.execute(QUERIES.calls_by_id, (json_text(list(call_ids)),)).fetchall()

    async def erase(self, trace: Trace) -> int:
        """Delete requests that do not wait, with their events, and calls. Returns how many requests are gone."""
        places = {seq: CallId(call_id) for seq, call_id, _ in await asyncio.to_thread(self._calls, trace.calls)}
        handles = [id_bytes(request_id) for request_id in trace.requests]

        async def work(tx: SqliteTransaction) -> int:
            await tx.delete_calls(places)
            return await tx.erase_requests(handles)

        erased = await self._writer.transact(work)
        await self._checkpointer.empty()
        return erased
