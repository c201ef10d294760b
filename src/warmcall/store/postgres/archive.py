"""Deleting what is old and what is one person's in PostgreSQL."""

from collections.abc import AsyncIterator, Sequence

from warmcall.calls.archive import Cutoffs, Sweep, Trace
from warmcall.calls.model import E164, Call, CallId, RequestId
from warmcall.store.postgres.database import Database, Row
from warmcall.store.postgres.queries import QUERIES
from warmcall.store.postgres.tally import Tally
from warmcall.store.records import read_call

# Bounds what one statement looks at, so that none runs into its time limit however large the tables are.
_LOOK_AT = 20_000
_STEP_S = 9.0


class PostgresArchive:
    """The archive's port.

    Args:
        database: Where everything is.
        tally: Told of numbers that are let go.
    """

    def __init__(self, database: Database, tally: Tally) -> None:
        self._database = database
        self._tally = tally

    async def purge_requests(self, after: int, cutoffs: Cutoffs, limit: int) -> Sweep:
        """Look at up to `limit` requests from a place on, and delete the old ones with their events."""
        return await self._purge(QUERIES.settled_requests, QUERIES.delete_settled, after, cutoffs, limit)

    async def purge_calls(self, after: int, cutoffs: Cutoffs, limit: int) -> Sweep:
        """Look at up to `limit` calls from a place on, and delete the old ones."""
        return await self._purge(QUERIES.calls_from, QUERIES.delete_calls, after, cutoffs, limit)

    async def _purge(self, find: str, delete: str, after: int, cutoffs: Cutoffs, limit: int) -> Sweep:
        """Both kinds of rows come in the order in which they were made, each as place, owner, time, key."""
        async with self._database.connection() as connection, connection.transaction():
            if not await connection.fetchval(QUERIES.purge_alone):
                return Sweep(0, None)
            rows: Sequence[Row] = await connection.fetch(find, after, limit)
            old = [key for _, owner, at_ms, key in rows if cutoffs.is_old(owner, at_ms)]
            if old:
                await connection.fetch(delete, old)
        if len(rows) < limit or rows[-1][2] >= cutoffs.newest_ms:
            return Sweep(len(old), None)
        return Sweep(len(old), rows[-1][0])

    async def open_calls(self, before_ms: int) -> Sequence[RequestId]:
        """Requests made before a time whose call was matched and has not ended."""
        found: list[RequestId] = []
        async for row in self._scan(QUERIES.open_calls, 0, before_ms):
            found += row[1] or ()
        return found

    async def trace(self, number: E164) -> Trace:
        """Where the person with a number appears."""
        calls: dict[str, None] = {}
        matched: list[str] = []
        async for row in self._scan(QUERIES.calls_of_caller, "", number):
            calls.update(dict.fromkeys(row[1] or ()))
            matched += [request_id for request_id in row[2] or () if request_id]
        requests: list[str] = []
        async for row in self._scan(QUERIES.requests_of_caller, 0, number, matched):
            requests += row[1] or ()
            calls.update(dict.fromkeys(call for call in row[2] or () if call))
        return Trace([RequestId(request) for request in requests], [CallId(call) for call in calls])

    async def _scan(self, query: str, after: object, *parameters: object) -> AsyncIterator[Row]:
        while True:
            (row,) = await self._database.fetch(query, after, _LOOK_AT, *parameters, wait_s=_STEP_S)
            yield row
            if row[0] is None:
                return
            after = row[0]

    async def calls(self, call_ids: Sequence[CallId]) -> Sequence[Call]:
        """The calls with these ids, as far as there are such."""
        rows = await self._database.read(QUERIES.find_calls, list(call_ids))
        return [read_call(record) for _, record, _ in rows]

    async def erase(self, trace: Trace) -> int:
        """Delete requests that do not wait, with their events, and calls. Returns how many requests are gone."""
        async with self._database.connection() as connection, connection.transaction():
            await connection.fetch(QUERIES.delete_calls, list(trace.calls))
            rows = await connection.fetch(QUERIES.erase_requests, list(trace.requests))
        for number, held in rows:
            if held:
                self._tally.let_go(number)
        return len(rows)
