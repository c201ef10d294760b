"""A unit of work: it reads what was committed, gathers what it decides, and is written at the end if that still holds.

So nothing is locked while a unit decides, reads of many units share statements, and so do their writes. What a unit
read and builds on is compared when it is written; if it has changed meanwhile, the unit is run again.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any

from warmcall.calls.errors import RequestUnknownError, StateChangeError
from warmcall.calls.ids import id_bytes
from warmcall.calls.model import E164, AccessCode, Call, CallId, CallRequest, EventType, RequestId, State
from warmcall.calls.states import EVENT_OF, check_change
from warmcall.store.postgres.database import FAULTS, Connection, Database, Row
from warmcall.store.postgres.items import Noted, Touch, Unit
from warmcall.store.postgres.queries import QUERIES
from warmcall.store.postgres.reader import OpenReader, Reader
from warmcall.store.postgres.rows import request_of
from warmcall.store.postgres.writer import Writer, parameters_of
from warmcall.store.records import json_text, read_call

Held = tuple[E164, AccessCode | None, E164 | None, bool]


class ConflictError(Exception):
    """What the unit was decided on has changed; it has to be run again."""


class PostgresTransaction:
    """What a unit of work may read and write.

    Args:
        database: Where to begin a transaction if the unit needs one before its end.
        reader: Reads for many units at once.
        writer: Writes for many units at once.
    """

    def __init__(self, database: Database, reader: Reader, writer: Writer) -> None:
        self._database = database
        self._reader: Reader | OpenReader = reader
        self._writer = writer
        self._unit = Unit()
        self._read: dict[RequestId, tuple[State, Held]] = {}
        self._versions: dict[CallId, str | None] = {}
        self._stack = AsyncExitStack()
        self._connection: Connection | None = None
        self._written: list[tuple[Unit, Sequence[int]]] = []
        self._expired: list[Row] = []
        self._released: list[str] = []
        self._before: list[tuple[CallRequest, State]] = []
        self.outdated = False
        self.committed = False

    async def find(self, request_id: RequestId) -> CallRequest | None:
        """The request with this id."""
        touch = self._unit.touches.get(request_id)
        if touch is not None and touch.record is not None:
            return request_of(touch.state, touch.record)
        try:
            id_bytes(request_id)
        except ValueError:
            return None
        return self._one(await self._reader.look_up(QUERIES.find_requests, request_id))

    async def waiting_by_caller(self, number: E164, caller: E164, now_ms: int) -> CallRequest | None:
        """The waiting, unexpired request on `number` for this caller; a second one is refused when it is added."""
        return self._waiting(await self._reader.look_up(QUERIES.waiting_by_caller, number, caller, now_ms))

    async def waiting_by_code(self, number: E164, code: AccessCode, now_ms: int) -> CallRequest | None:
        """The waiting, unexpired request on `number` with this code."""
        return self._waiting(await self._reader.look_up(QUERIES.waiting_by_code, number, code, now_ms))

    async def waiting_alone(self, number: E164, now_ms: int) -> CallRequest | None:
        """The only waiting, unexpired request on `number`."""
        gone = [request_id for request_id, touch in self._unit.touches.items() if touch.left_waiting]
        if gone:
            rows = await self._reader.fetch(QUERIES.waiting_others, number, now_ms, gone)
        else:
            rows = await self._reader.look_up(QUERIES.waiting_alone, number, now_ms)
        return self._one(rows) if len(rows) == 1 else None

    def _waiting(self, rows: Sequence[Row]) -> CallRequest | None:
        request = self._one(rows)
        touch = request and self._unit.touches.get(request.id)
        return None if touch and touch.left_waiting else request

    def _one(self, rows: Sequence[Row]) -> CallRequest | None:
        if not rows:
            return None
        request = request_of(*rows[0])
        self._read[request.id] = (request.state, _held(request))
        return request

    async def call(self, call_id: CallId) -> Call | None:
        """What is remembered of this inbound call."""
        if call_id in self._unit.calls:
            return read_call(json_text(self._unit.calls[call_id][0]))
        rows = await self._reader.look_up(QUERIES.find_calls, call_id)
        self._versions[call_id] = rows[0][1] if rows else None
        return read_call(rows[0][0]) if rows else None

    async def remember(self, call: Call) -> None:
        """Add or replace what is known of an inbound call."""
        if call.id not in self._versions:
            await self.call(call.id)
        self._unit.calls[call.id] = (read_call(json_text(call)), self._versions[call.id])

    async def change(self, request: CallRequest, to: State, at_ms: int, data: Mapping[str, Any]) -> None:
        """Move `request` to `to`, write it as the struct now is, and store the event.

        Raises:
            StateChangeError: if the stored request cannot become `to`.
            RequestUnknownError: if there is no such request.
            ValueError: if the struct has another number, code, caller or exclusiveness than what is stored.
        """
        check_change(request.state, to)
        touch = await self._touch(request.id)
        if touch.state is not request.state:
            check_change(touch.state, to)
            raise StateChangeError(touch.state, to)
        if self._read[request.id][1] != _held(request):
            raise ValueError("number, code, caller and exclusive of a stored call request cannot change")
        if request.state is State.WAITING:
            touch.left_waiting = True
            touch.due_at_ms = at_ms + request.cool_down_s * 1000 if request.cool_down_s else None
        self._before.append((request, request.state))
        request.state = touch.state = to
        touch.record = json_text(request)
        self._note(request, EVENT_OF[to], at_ms, data)

    async def note(self, request: CallRequest, kind: EventType, at_ms: int, data: Mapping[str, Any]) -> None:
        """Store an event that leaves the request as it is.

        Raises:
            RequestUnknownError: if there is no such request.
        """
        await self._touch(request.id)
        self._note(request, kind, at_ms, data)

    async def _touch(self, request_id: RequestId) -> Touch:
        touch = self._unit.touches.get(request_id)
        if touch is None:
            if request_id not in self._read and await self.find(request_id) is None:
                raise RequestUnknownError
            state, held = self._read[request_id]
            touch = self._unit.touches[request_id] = Touch(held[0], state)
        return touch

    def _note(self, request: CallRequest, kind: EventType, at_ms: int, data: Mapping[str, Any]) -> None:
        self._unit.events.append(Noted(request.id, request.site, request.group, kind, at_ms, dict(data)))

    async def expire_due(self, now_ms: int, limit: int) -> int:
        """Expire up to `limit` waiting requests whose time has come, and let go of up to `limit` cooled-down ones.

        Several servers may do so at once: each takes what no other has its hands on.
        """
        connection = await self._begin()
        await self._flush(connection)
        await connection.execute(QUERIES.announce_events)
        expired = await connection.fetch(QUERIES.expire, now_ms, limit)
        released = await connection.fetch(QUERIES.release, now_ms, limit)
        self._expired += [(*row, now_ms) for row in expired]
        self._released += [number for (number,) in released]
        self._read.clear()
        return len(expired)

    async def _begin(self) -> Connection:
        if self._connection is None:
            self._connection = await self._stack.enter_async_context(self._database.connection())
            await self._connection.execute("BEGIN")
            self._reader = OpenReader(self._connection)
        return self._connection

    async def _flush(self, connection: Connection) -> None:
        if not self._unit:
            return
        refused, seqs, _ = (await connection.fetch(QUERIES.apply_units, *parameters_of([self._unit])))[0]
        if refused:
            self.outdated = True
            raise ConflictError
        self._written.append((self._unit, seqs))
        self._unit = Unit()
        self._read.clear()
        self._versions.clear()

    async def commit(self) -> bool:
        """Write what was decided. Whether it still held; if not, nothing was written."""
        if self._connection is None:
            self.committed = not self._unit or await self._writer.apply(self._unit)
            return self.committed
        await self._flush(self._connection)
        mark = self._writer.tally.mark()
        ((due_ms,),) = await self._connection.fetch(QUERIES.next_due)
        await self._connection.execute("COMMIT")
        self._connection = None
        self.committed = True
        for unit, seqs in self._written:
            self._writer.settle([unit], set(), seqs)
        self._writer.settle_expired(self._expired, self._released)
        self._writer.tally.due(due_ms, mark)
        return True

    async def __aenter__(self) -> "PostgresTransaction":
        await self._stack.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.committed:
            for request, state in reversed(self._before):
                request.state = state
        if self._connection is not None:
            self._stack.push_async_callback(self._roll_back, self._connection)
        await self._stack.__aexit__(kind, error, trace)

    async def _roll_back(self, connection: Connection) -> None:
        try:
            await connection.execute("ROLLBACK")
        except FAULTS:
            # A connection that is closed has undone its transaction.
            connection.terminate()


def _held(request: CallRequest) -> Held:
    """What a request holds, and may not change."""
    return request.number, request.code, request.caller, request.exclusive
