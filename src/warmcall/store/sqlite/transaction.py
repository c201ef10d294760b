"""The open transaction of a batch: what a unit of work may read and write."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from warmcall.calls.counts import Count
from warmcall.calls.errors import RequestUnknownError
from warmcall.calls.ids import id_bytes
from warmcall.calls.model import (
    E164,
    AccessCode,
    Call,
    CallId,
    CallRequest,
    Event,
    EventType,
    RequestId,
    State,
)
from warmcall.calls.port import Collision
from warmcall.calls.states import EVENT_OF, check_change
from warmcall.store.records import json_text, read_call
from warmcall.store.sqlite.items import Addition
from warmcall.store.sqlite.memory import Memory
from warmcall.store.sqlite.queries import QUERIES
from warmcall.store.sqlite.rows import Row, bytes_of, created_event, request_of

# What of a stored request never changes: number, code, caller, exclusive.
_Kept = tuple[E164, AccessCode | None, E164 | None, bool]
# Where it is in its table, how long its record is there, and what never changes.
_Stored = tuple[int, int, _Kept]


class SqliteTransaction:
    """What happens between BEGIN and COMMIT. Its coroutines never suspend.

    What it changes in memory is collected, and takes effect only once the commit is on disk: until then what memory
    says of a request is a hint, and the row is true.

    Args:
        cursor: Of the connection whose transaction is open.
        memory: Where requests and calls are found.
        next_seq: Number of the next event.
        listening: Whether anybody wants to hear of the events.

    Attributes:
        wrote: Whether anything was written, known once all work is done.
    """

    def __init__(self, cursor: sqlite3.Cursor, memory: Memory, next_seq: int, *, listening: bool) -> None:
        self._cursor = cursor
        self._holds = memory.holds
        self._calls = memory.calls
        self._listening = listening
        self._received: dict[CallId, int] = {}
        self._received_at_ms = 0
        self._forgotten: set[CallId] = set()
        self._stored: dict[RequestId, _Stored] = {}
        self._stopped: list[tuple[E164, E164 | None, RequestId]] = []
        self._let_go: list[tuple[E164, AccessCode | None, bool]] = []
        self._changed: list[tuple[CallRequest, State]] = []
        self.next_seq = next_seq
        self.wrote = False
        self.events: list[Event] = []

    def settle(self) -> None:
        """Let go in memory of what the commit let go of."""
        if self._forgotten:
            self._calls.forget(self._forgotten)
        if self._received:
            self._calls.keep(self._received, self._received_at_ms)
        for stopped in self._stopped:
            self._holds.stop_waiting(*stopped)
        for let_go in self._let_go:
            self._holds.let_go(*let_go)

    def undo(self) -> None:
        """Give the structs that were changed the state back that they had."""
        for request, before in reversed(self._changed):
            request.state = before

    def insert(self, additions: Sequence[Addition]) -> None:
        """Write new requests; those that break a rule of the tables get their `collision`."""
        first = seq = self.next_seq
        for addition in additions:
            addition.row[0] = seq
            addition.collision = None
            self._holds.set_handle(addition.request, seq)
            seq += 1
        self.next_seq = seq
        connection = self._cursor.connection
        before = connection.total_changes
        self._cursor.executemany(QUERIES.add_request, [addition.row for addition in additions])
        if connection.total_changes - before < len(additions):
            self._find_collisions(additions, first)
        if self._listening:
            self.events += [created_event(a.request, a.row[0]) for a in additions if a.collision is None]

    def _find_collisions(self, additions: Sequence[Addition], first: int) -> None:
        stored = {seq for (seq,) in self._all(QUERIES.seqs_between, (first, self.next_seq))}
        for addition in additions:
            request = addition.request
            if addition.row[0] not in stored:
                known = self.knows_key(request.site, request.idempotency_key)
                addition.collision = Collision.KEY if known else Collision.ID

    def knows_key(self, site: str, key: str | None) -> bool:
        """Whether a request of the site was created with this idempotency key."""
        return key is not None and bool(self._all(QUERIES.find_request_by_key, (site, key)))

    async def find(self, request_id: RequestId) -> CallRequest | None:
        """The request with this id."""
        try:
            handle = id_bytes(request_id)
        except ValueError:
            return None
        row = self._one(QUERIES.find_request, (handle,))
        return self._read(*row) if row else None

    async def waiting_by_caller(self, number: E164, caller: E164, now_ms: int) -> CallRequest | None:
        """The waiting, unexpired request on `number` for this caller; a second one is refused when it is added."""
        return self._waiting(self._holds.by_caller(number, caller), now_ms)

    async def waiting_by_code(self, number: E164, code: AccessCode, now_ms: int) -> CallRequest | None:
        """The waiting, unexpired request on `number` with this code."""
        return self._waiting(self._holds.by_code(number, code), now_ms)

    async def waiting_alone(self, number: E164, now_ms: int) -> CallRequest | None:
        """The only waiting, unexpired request on `number`."""
        alone: CallRequest | None = None
        for seq in self._holds.waiting(number):
            request = self._waiting(seq, now_ms)
            if request and alone:
                return None
            alone = request or alone
        return alone

    def _waiting(self, seq: int | None, now_ms: int) -> CallRequest | None:
        row = self._cursor.execute(QUERIES.find_request_at, (seq,)).fetchone() if seq else None
        if not seq or row is None or row[0] != "waiting":
            return None
        request = self._read(seq, *row)
        return request if request.expires_at_ms > now_ms else None

    def _read(self, seq: int, state: str, record: str) -> CallRequest:
        request = request_of(state, record)
        self._stored[request.id] = (seq, bytes_of(record), _kept_of(request))
        return request

    async def call(self, call_id: CallId) -> Call | None:
        """What is remembered of this inbound call."""
        seq = self._row_of_call(call_id)
        row = self._one(QUERIES.find_call, (seq,)) if seq else None
        return read_call(row[0]) if row else None

    async def remember(self, call: Call) -> None:
        """Add or replace what is known of an inbound call."""
        seq = self._row_of_call(call.id)
        if seq is not None:
            self._cursor.execute(QUERIES.change_call, (json_text(call), seq))
            return
        self._cursor.execute(QUERIES.add_call, (call.id, call.received_at_ms, json_text(call)))
        self._received_at_ms = call.received_at_ms
        self._received[call.id] = self._cursor.lastrowid or 0

    def _row_of_call(self, call_id: CallId) -> int | None:
        if call_id in self._forgotten:
            return self._received.get(call_id)
        return self._received.get(call_id) or self._calls.row_of(call_id)

    async def change(self, request: CallRequest, to: State, at_ms: int, data: Mapping[str, Any]) -> None:
        """Move `request` to `to`, write it as the struct now is, and store the event.

        Raises:
            StateChangeError: if the stored request cannot become `to`.
            RequestUnknownError: if there is no such request.
            ValueError: if the struct has another number, code, caller or exclusiveness than what is stored.
        """
        before = request.state
        check_change(before, to)
        stored = self._stored.get(request.id) or await self._look_up(request.id)
        seq, size_bytes, kept = stored
        if kept != _kept_of(request):
            raise ValueError("number, code, caller and exclusive of a stored call request cannot change")
        text = json_text(data)
        self._changed.append((request, before))
        request.state = to
        try:
            self._update(request, seq, size_bytes, before, at_ms)
        except BaseException:
            request.state = before
            raise
        self._write_event(seq, request, EVENT_OF[to], at_ms, data, text)

    async def _look_up(self, request_id: RequestId) -> _Stored:
        """Find a request that was read before this transaction."""
        if await self.find(request_id) is None:
            raise RequestUnknownError
        return self._stored[request_id]

    def _update(self, request: CallRequest, seq: int, size_bytes: int, before: State, at_ms: int) -> None:
        record = json_text(request)
        record += " " * (size_bytes - bytes_of(record))
        if before is State.WAITING:
            parameters = (str(request.state), _cool_down_end_ms(request, at_ms), record, seq)
            self._cursor.execute(QUERIES.leave_waiting, parameters)
        else:
            self._cursor.execute(QUERIES.change_state, (str(request.state), record, seq, str(before)))
        if self._cursor.rowcount != 1:
            state, _ = self._all(QUERIES.find_request_at, (seq,))[0]
            check_change(State(state), request.state)
        if before is State.WAITING:
            self._stop(request)

    def _stop(self, request: CallRequest) -> None:
        self._stopped.append((request.number, request.caller, request.id))
        if not request.cool_down_s:
            self._let_go.append((request.number, request.code, request.exclusive))

    async def note(self, request: CallRequest, kind: EventType, at_ms: int, data: Mapping[str, Any]) -> None:
        """Store an event that leaves the request as it is.

        Raises:
            RequestUnknownError: if there is no such request.
        """
        seq, *_ = self._stored.get(request.id) or await self._look_up(request.id)
        self._write_event(seq, request, kind, at_ms, data, json_text(data))

    def _write_event(
        self,
        request_seq: int,
        request: CallRequest,
        kind: EventType,
        at_ms: int,
        data: Mapping[str, Any],
        text: str,
    ) -> None:
        seq = self._take_seq(request, kind, at_ms, data)
        self._cursor.execute(QUERIES.add_event, (seq, request_seq, str(kind), at_ms, text))

    async def expire_due(self, now_ms: int, limit: int) -> int:
        """Expire up to `limit` waiting requests whose time has come, and let go of up to `limit` cooled-down ones."""
        expired = [(row[0], request_of(*row[1:])) for row in self._all(QUERIES.due_waiting, (now_ms, limit))]
        for _, request in expired:
            request.state = State.EXPIRED
        self._cursor.executemany(QUERIES.leave_waiting, self._expired_rows(expired, now_ms))
        self._cursor.executemany(QUERIES.add_event, self._expired_events(expired, now_ms))
        for state, record in self._all(QUERIES.release, (now_ms, limit)):
            request = request_of(state, record)
            self._let_go.append((request.number, request.code, request.exclusive))
        return len(expired)

    def _expired_rows(self, expired: Iterable[tuple[int, CallRequest]], now_ms: int) -> Iterable[Row]:
        for seq, request in expired:
            self._stop(request)
            yield str(State.EXPIRED), _cool_down_end_ms(request, now_ms), json_text(request), seq

    def _expired_events(self, expired: Iterable[tuple[int, CallRequest]], now_ms: int) -> Iterable[Row]:
        for request_seq, request in expired:
            seq = self._take_seq(request, EventType.EXPIRED, now_ms, {})
            yield seq, request_seq, str(EventType.EXPIRED), now_ms, "{}"

    def _take_seq(self, request: CallRequest, kind: EventType, at_ms: int, data: Mapping[str, Any]) -> int:
        """Number an event, and keep it for the listeners."""
        seq = self.next_seq
        self.next_seq += 1
        if self._listening:
            event = Event(
                seq=seq,
                request_id=request.id,
                site=request.site,
                group=request.group,
                type=kind,
                at_ms=at_ms,
                data=dict(data),
            )
            self.events.append(event)
        return seq

    async def delete_settled(self, seqs: Sequence[tuple[int]]) -> None:
        """Delete requests that hold nothing any more, with their events."""
        self._cursor.executemany(QUERIES.delete_settled, seqs)

    async def erase_requests(self, handles: Sequence[bytes]) -> int:
        """Delete requests that do not wait, with their events; what they still hold is let go. Returns how many."""
        erased = 0
        for handle in handles:
            row = self._one(QUERIES.erase_request, (handle,))
            if row is not None:
                erased += 1
                self._forget_request(*row)
        return erased

    def _forget_request(self, held: bool, state: str, record: str) -> None:
        request = request_of(state, record)
        self._stored.pop(request.id, None)
        if held:
            self._let_go.append((request.number, request.code, request.exclusive))

    async def delete_calls(self, places: Mapping[int, CallId]) -> None:
        """Delete calls by their row."""
        self._cursor.executemany(QUERIES.delete_call, [(seq,) for seq in places])
        self._forgotten.update(places.values())
        for call_id in places.values():
            self._received.pop(call_id, None)

    async def add_api_key(self, key_hash: bytes, scope: str, label: str, at_ms: int) -> None:
        """Keep the hash of an API key."""
        self._cursor.execute(QUERIES.add_api_key, (key_hash, scope, label, at_ms))

    async def remove_api_key(self, key_hash: bytes) -> bool:
        """Forget a key; whether there was one."""
        return self._one(QUERIES.remove_api_key, (key_hash,)) is not None

    async def add_configuration(self, row: Sequence[Any]) -> bool:
        """Keep a configuration; whether it follows on the newest."""
        return self._one(QUERIES.add_configuration, row) is not None

    async def spend(self, key: bytes, until_ms: int) -> bool:
        """Note that something was used; whether it was not before."""
        return self._one(QUERIES.spend, (key, until_ms)) is not None

    def add_counts(self, counts: Sequence[Count]) -> list[int]:
        """Add to counts; returns their sums."""
        return [self._add_count(count) for count in counts]

    def _add_count(self, count: Count) -> int:
        query, parameters = (QUERIES.add_count, count) if count.added else (QUERIES.find_count, (count.key,))
        row = self._one(query, parameters)
        return row[0] if row else 0

    def forget_counts(self, now_ms: int) -> None:
        """Drop what nobody needs any more."""
        self._cursor.execute(QUERIES.forget_counts, (now_ms,))
        self._cursor.execute(QUERIES.forget_spent, (now_ms,))

    async def add_act(self, row: Sequence[Any]) -> None:
        """Keep an administrative act."""
        self._cursor.execute(QUERIES.add_act, row)

    async def secret(self, name: str, fresh: bytes) -> bytes:
        """The secret under `name`, which is `fresh` if there was none."""
        self._cursor.execute(QUERIES.add_secret, (name, fresh))
        return bytes(self._all(QUERIES.secret, (name,))[0][0])

    def run(self, query: str, *parameters: Any) -> list[Row]:
        """Run a statement that concerns no call request; returns its rows."""
        return self._all(query, parameters)

    async def rest(self) -> None:
        """Do nothing."""

    async def probe(self) -> None:
        """Write one row."""
        self._cursor.execute(QUERIES.write_probe)

    def _one(self, query: str, parameters: Sequence[Any]) -> Row | None:
        row: Row | None = self._cursor.execute(query, parameters).fetchone()
        return row

    def _all(self, query: str, parameters: Sequence[Any]) -> list[Row]:
        return self._cursor.execute(query, parameters).fetchall()


def _kept_of(request: CallRequest) -> _Kept:
    return request.number, request.code, request.caller, request.exclusive


def _cool_down_end_ms(request: CallRequest, at_ms: int) -> int | None:
    return at_ms + request.cool_down_s * 1000 if request.cool_down_s else None
