"""A store that keeps everything in memory: for tests, and for authors of extensions."""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from warmcall.calls.audit import Act
from warmcall.calls.configuration import Kept
from warmcall.calls.counts import Count
from warmcall.calls.errors import RequestUnknownError, StoreUnavailableError
from warmcall.calls.ids import id_bytes
from warmcall.calls.keys import ApiKey
from warmcall.calls.model import (
    E164,
    AccessCode,
    Call,
    CallId,
    CallRequest,
    Event,
    EventType,
    Json,
    RequestId,
    SiteId,
    State,
)
from warmcall.calls.port import Collision, Transaction
from warmcall.calls.states import EVENT_OF, check_change
from warmcall.store.driving import drive
from warmcall.store.listeners import Listeners
from warmcall.store.memory_archive import MemoryArchive
from warmcall.store.memory_data import Data, Entry
from warmcall.store.memory_outbox import MemoryOutbox
from warmcall.store.records import json_text, read_call, read_configuration

T = TypeVar("T")


class MemoryTransaction:
    """Collects changes on top of what is stored, and applies them when its work succeeded."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._requests: dict[RequestId, Entry] = {}
        self._calls: dict[CallId, str] = {}
        self._stopped: list[CallRequest] = []
        self._let_go: list[CallRequest] = []
        self._changed: list[tuple[CallRequest, State]] = []
        self.events: list[Event] = []

    def apply(self) -> None:
        """Store what was collected."""
        self._data.requests.update(self._requests)
        self._data.calls.update(self._calls)
        self._data.events += self.events
        self._data.last_seq += len(self.events)
        for stopped in self._stopped:
            self._data.holds.stop_waiting(stopped.number, stopped.caller, stopped.id)
        for free in self._let_go:
            self._data.holds.let_go(free.number, free.code, free.exclusive)

    def undo(self) -> None:
        """Give the structs that were changed the state back that they had."""
        for request, before in reversed(self._changed):
            request.state = before

    async def find(self, request_id: RequestId) -> CallRequest | None:
        """The request with this id."""
        entry = self._find(request_id)
        return entry.request() if entry else None

    async def waiting_by_caller(self, number: E164, caller: E164, now_ms: int) -> CallRequest | None:
        """The waiting, unexpired request on `number` for this caller; a second one is refused when it is added."""
        return self._waiting(self._data.holds.by_caller(number, caller), now_ms)

    async def waiting_by_code(self, number: E164, code: AccessCode, now_ms: int) -> CallRequest | None:
        """The waiting, unexpired request on `number` with this code."""
        return self._waiting(self._data.holds.by_code(number, code), now_ms)

    async def waiting_alone(self, number: E164, now_ms: int) -> CallRequest | None:
        """The only waiting, unexpired request on `number`."""
        found = (self._waiting(request_id, now_ms) for request_id in self._data.holds.waiting(number))
        waiting = [request for request in found if request]
        return waiting[0] if len(waiting) == 1 else None

    async def call(self, call_id: CallId) -> Call | None:
        """What is remembered of this inbound call."""
        record = self._calls.get(call_id) or self._data.calls.get(call_id)
        return read_call(record) if record else None

    async def remember(self, call: Call) -> None:
        """Add or replace what is known of an inbound call."""
        self._calls[call.id] = json_text(call)

    async def change(self, request: CallRequest, to: State, at_ms: int, data: Mapping[str, Any]) -> None:
        """Move `request` to `to`, write it as the struct now is, and store the event.

        Raises:
            StateChangeError: if the stored request cannot become `to`.
            RequestUnknownError: if there is no such request.
            ValueError: if the struct has another number, code, caller or exclusiveness than what is stored.
        """
        entry = self._entry(request.id)
        stored = entry.request()
        check_change(request.state, to)
        check_change(stored.state, to)
        if _identity(stored) != _identity(request):
            raise ValueError("number, code, caller and exclusive of a stored call request cannot change")
        changed = Entry(json_text(msgspec.structs.replace(request, state=to)), entry.due_ms)
        if stored.state is State.WAITING:
            changed.due_ms = self._stop(request, at_ms)
        self._changed.append((request, request.state))
        request.state = to
        self._requests[request.id] = changed
        self._note(request, EVENT_OF[to], at_ms, data)

    async def note(self, request: CallRequest, kind: EventType, at_ms: int, data: Mapping[str, Any]) -> None:
        """Store an event that leaves the request as it is.

        Raises:
            RequestUnknownError: if there is no such request.
        """
        self._entry(request.id)
        self._note(request, kind, at_ms, data)

    async def expire_due(self, now_ms: int, limit: int) -> int:
        """Expire up to `limit` waiting requests whose time has come, and let go of up to `limit` cooled-down ones."""
        due = sorted(
            (entry.due_ms, request_id)
            for request_id, entry in {**self._data.requests, **self._requests}.items()
            if entry.due_ms is not None and entry.due_ms <= now_ms
        )
        requests = [self._entry(request_id).request() for _, request_id in due]
        expired = [request for request in requests if request.state is State.WAITING][:limit]
        cooled = [request for request in requests if request.state is not State.WAITING][:limit]
        for request in expired:
            await self.change(request, State.EXPIRED, now_ms, {})
        for request in cooled:
            self._let_go.append(request)
            self._requests[request.id] = Entry(json_text(request), None)
        return len(expired)

    def _stop(self, request: CallRequest, at_ms: int) -> int | None:
        """Note that a request waits no more; returns when its cool-down ends, if it has one."""
        self._stopped.append(msgspec.structs.replace(request))
        if request.cool_down_s:
            return at_ms + request.cool_down_s * 1000
        self._let_go.append(msgspec.structs.replace(request))
        return None

    def _note(self, request: CallRequest, kind: EventType, at_ms: int, data: Mapping[str, Any]) -> None:
        seq = self._data.last_seq + len(self.events) + 1
        self.events.append(_event(seq, request, kind, at_ms, data))

    def _waiting(self, request_id: str | None, now_ms: int) -> CallRequest | None:
        entry = self._find(RequestId(request_id)) if request_id else None
        request = entry.request() if entry else None
        if request is None or request.state is not State.WAITING or request.expires_at_ms <= now_ms:
            return None
        return request

    def _entry(self, request_id: RequestId) -> Entry:
        entry = self._find(request_id)
        if entry is None:
            raise RequestUnknownError
        return entry

    def _find(self, request_id: RequestId) -> Entry | None:
        return self._requests.get(request_id) or self._data.requests.get(request_id)


class MemoryCounter:
    """Counts in a dictionary."""

    def __init__(self) -> None:
        self._counts: dict[bytes, tuple[int, int]] = {}

    async def add(self, counts: Sequence[Count]) -> Sequence[int]:
        """Add to counts; returns their sums, in the same order."""
        for key, added, until_ms in counts:
            self._counts[key] = (self._counts.get(key, (0, 0))[0] + added, until_ms)
        return [self._counts[count.key][0] for count in counts]

    async def forget(self, now_ms: int) -> None:
        """Drop the counts that nobody needs any more."""
        self._counts = {key: count for key, count in self._counts.items() if count[1] >= now_ms}


class MemoryAuditLog:
    """Acts in a list."""

    def __init__(self) -> None:
        self._acts: list[Act] = []

    async def add(self, act: Act) -> None:
        """Keep an act."""
        self._acts.append(msgspec.structs.replace(act, seq=len(self._acts) + 1))

    async def newest(self, limit: int, before: int | None = None) -> Sequence[Act]:
        """Up to `limit` acts with a smaller `seq` than `before`, newest first."""
        return [act for act in reversed(self._acts) if before is None or act.seq < before][:limit]


class MemoryConfigurations:
    """The port of configurations."""

    def __init__(self) -> None:
        self._kept: list[Kept] = []

    async def newest(self) -> Kept | None:
        """The version that holds; `None` if there is none yet."""
        return self._kept[-1] if self._kept else None

    async def version(self) -> int:
        """Its number; 0 if there is none yet."""
        return len(self._kept)

    async def keep(self, document: Json, after: int, at_ms: int) -> bool:
        """Keep a document as version `after + 1`, unless `after` is no longer the newest."""
        if after != len(self._kept):
            return False
        self._kept.append(read_configuration(after + 1, at_ms, json_text(document)))
        return True


class MemoryStore:
    """The store port without a disk: what it keeps is gone with the object.

    Attributes:
        outbox: The deliveries of events to webhooks.
    """

    def __init__(self) -> None:
        self._data = Data()
        self.outbox = MemoryOutbox(self._data)
        self._listeners = Listeners()
        self._secrets: dict[str, bytes] = {}
        self._api_keys: dict[bytes, ApiKey] = {}
        self.archive = MemoryArchive(self._data)
        self.counter = MemoryCounter()
        self._spent: set[bytes] = set()
        self.audit = MemoryAuditLog()
        self.configurations = MemoryConfigurations()
        self._closed = False

    async def add(self, request: CallRequest) -> Collision | None:
        """Store a new waiting request with its `created` event."""
        self._check_open()
        id_bytes(request.id)
        record = json_text(request)
        collision = self._collision(request)
        if collision is not None:
            return collision
        data = self._data
        data.requests[request.id] = Entry(record, request.expires_at_ms)
        if request.idempotency_key is not None:
            data.keys[request.site, request.idempotency_key] = request.id
        data.last_seq += 1
        event = _event(data.last_seq, request, EventType.CREATED, request.created_at_ms, {})
        data.events.append(event)
        self._listeners.tell([event])
        return None

    def _collision(self, request: CallRequest) -> Collision | None:
        if request.idempotency_key is not None and (request.site, request.idempotency_key) in self._data.keys:
            return Collision.KEY
        if request.id in self._data.requests:
            return Collision.ID
        return self._data.holds.take(request, request.id)

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work`; what it changed is stored when it has succeeded.

        Raises:
            RuntimeError: if `work` awaits anything but the methods of its transaction.
        """
        self._check_open()
        tx = MemoryTransaction(self._data)
        try:
            result = drive(work, tx)
        except BaseException:
            tx.undo()
            raise
        tx.apply()
        self._listeners.tell(tx.events)
        return result

    async def find(self, request_id: RequestId) -> CallRequest | None:
        """The request with this id."""
        entry = self._data.requests.get(request_id)
        return entry.request() if entry else None

    async def find_by_key(self, site: SiteId, key: str) -> CallRequest | None:
        """The request that was created with this idempotency key."""
        request_id = self._data.keys.get((site, key))
        return await self.find(request_id) if request_id else None

    def live(self, number: E164) -> int:
        """How many requests on `number` wait."""
        return self._data.holds.live(number)

    def held(self, number: E164) -> int:
        """How many requests hold `number`."""
        return self._data.holds.held(number)

    def next_due_ms(self) -> int | None:
        """When the next request expires or the next cool-down ends."""
        dues = (entry.due_ms for entry in self._data.requests.values())
        return min((due_ms for due_ms in dues if due_ms is not None), default=None)

    async def events(self, request_id: RequestId, after_seq: int) -> Sequence[Event]:
        """Events of one request with a greater `seq`, oldest first."""
        return [event for event in self._data.events if event.seq > after_seq and event.request_id == request_id]

    async def events_after(self, seq: int, limit: int) -> Sequence[Event]:
        """Events of all requests with a greater `seq`, oldest first, at most `limit`."""
        return [event for event in self._data.events if event.seq > seq][:limit]

    def on_events(self, listener: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """Call `listener` with the events of every change, in order. Returns how to stop it."""
        return self._listeners.add(listener)

    async def secret(self, name: str) -> bytes:
        """32 random bytes kept under `name`; made at the first call, the same ever after."""
        return self._secrets.setdefault(name, os.urandom(32))

    async def spend(self, key: bytes, until_ms: int) -> bool:
        """Note that something was used; whether it was not before."""
        self._check_open()
        fresh = key not in self._spent
        self._spent.add(key)
        return fresh

    async def add_api_key(self, key_hash: bytes, scope: str, label: str, at_ms: int) -> None:
        """Keep the hash of an API key; one that is known keeps its scope."""
        self._check_open()
        key = ApiKey(hash=key_hash, scope=scope, label=label, created_at_ms=at_ms)
        self._api_keys.setdefault(key_hash, key)

    async def find_api_key(self, key_hash: bytes) -> ApiKey | None:
        """The key with this hash."""
        return self._api_keys.get(key_hash)

    async def api_keys(self) -> Sequence[ApiKey]:
        """All keys, oldest first."""
        return sorted(self._api_keys.values(), key=lambda key: (key.created_at_ms, key.hash))

    async def remove_api_key(self, key_hash: bytes) -> bool:
        """Forget a key; whether there was one."""
        return self._api_keys.pop(key_hash, None) is not None

    async def ping(self) -> None:
        """Return if the store is open.

        Raises:
            StoreUnavailableError: if it is closed.
        """
        self._check_open()

    async def aclose(self) -> None:
        """Refuse changes from now on."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailableError("The store is closed; nothing was written.")


def _identity(request: CallRequest) -> tuple[object, ...]:
    return request.number, request.code, request.caller, request.exclusive


def _event(seq: int, request: CallRequest, kind: EventType, at_ms: int, data: Mapping[str, Any]) -> Event:
    return Event(
        seq=seq,
        request_id=request.id,
        site=request.site,
        group=request.group,
        type=kind,
        at_ms=at_ms,
        data=dict(data),
    )
