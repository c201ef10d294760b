"""The outbox port without a disk."""

from collections.abc import Iterator, Sequence

import msgspec

from warmcall.calls.model import Event, EventType, SiteId
from warmcall.calls.outbox import Backlog, Delivery, DeliveryState, DeliveryView, HookId
from warmcall.store.memory_data import Data


class _Row(msgspec.Struct):
    id: int
    hook: HookId
    event: Event
    first_at_ms: int
    due_at_ms: int
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    leased_until_ms: int = 0
    settled_at_ms: int | None = None
    error: str | None = None


class MemoryOutbox:
    """The deliveries of a store in memory.

    Args:
        data: All that is stored.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._planned: dict[HookId, int] = {}
        self._seen_at_ms: dict[HookId, int] = {}
        self._rows: dict[int, _Row] = {}
        self._last_id = 0

    async def begin(self, hook: HookId, now_ms: int) -> None:
        """Let a hook get the events from now on, unless it does already."""
        self._planned.setdefault(hook, self._data.last_seq)
        self._seen_at_ms[hook] = now_ms

    async def forget(self, wanted: Sequence[HookId], before_ms: int) -> None:
        """Drop hooks that nobody wants any more."""
        for hook in [hook for hook, seen_ms in self._seen_at_ms.items() if seen_ms < before_ms and hook not in wanted]:
            del self._planned[hook], self._seen_at_ms[hook]
            self._rows = {row.id: row for row in self._kept() if row.hook != hook}

    async def plan(self, hook: HookId, site: SiteId, types: Sequence[EventType], now_ms: int) -> bool:
        """Write the deliveries of events that came since the last time."""
        planned = self._planned.get(hook, self._data.last_seq)
        for event in self._data.events:
            if event.seq > planned and event.site == site and event.type in types:
                self._last_id += 1
                due_ms = max([now_ms, *(row.due_at_ms for row in self._before(hook, event))])
                self._rows[self._last_id] = _Row(self._last_id, hook, event, now_ms, due_ms)
        if hook in self._planned:
            self._planned[hook] = self._data.last_seq
        return False

    async def claim(self, hook: HookId, now_ms: int, lease_ms: int, limit: int) -> Sequence[Delivery]:
        """Take up to `limit` due deliveries, none before an earlier one of its request."""
        rows = (row for row in self._pending(hook) if max(row.due_at_ms, row.leased_until_ms) <= now_ms)
        ready = sorted((row for row in rows if not any(self._before(hook, row.event))), key=lambda row: row.due_at_ms)
        for row in ready[:limit]:
            row.leased_until_ms = now_ms + lease_ms
            row.attempts += 1
        return [
            Delivery(
                row.id, row.attempts, row.first_at_ms, row.event, self._data.requests[row.event.request_id].request()
            )
            for row in ready[:limit]
        ]

    async def settle(self, delivery_id: int, state: DeliveryState, at_ms: int, error: str | None) -> None:
        """Write how a try ended."""
        row = self._rows[delivery_id]
        if row.state is not DeliveryState.PENDING:
            return
        row.state, row.error, row.leased_until_ms, row.due_at_ms = state, error, 0, at_ms
        row.settled_at_ms = None if state is DeliveryState.PENDING else at_ms
        for other in self._pending(row.hook):
            if other.event.request_id == row.event.request_id and other.event.seq > row.event.seq:
                other.due_at_ms = at_ms

    async def replay(self, now_ms: int, *, delivery_id: int | None = None, hook: HookId | None = None) -> int:
        """Let deliveries be tried again. Returns how many."""
        rows = [row for row in self._kept() if _is_meant(row, delivery_id, hook)]
        for row in rows:
            row.state, row.attempts, row.settled_at_ms = DeliveryState.PENDING, 0, None
            row.first_at_ms = row.due_at_ms = now_ms
        return len(rows)

    async def deliveries(
        self, state: DeliveryState | None, hook: HookId | None, before_id: int | None, limit: int
    ) -> Sequence[DeliveryView]:
        """Deliveries, newest first."""
        rows = [
            row
            for row in sorted(self._kept(), key=lambda row: -row.id)
            if state in (None, row.state) and hook in (None, row.hook) and (before_id is None or row.id < before_id)
        ]
        return [_view(row) for row in rows[:limit]]

    async def backlog(self, hook: HookId) -> Backlog:
        """What waits for a hook."""
        pending = list(self._pending(hook))
        dead = sum(row.hook == hook and row.state is DeliveryState.DEAD for row in self._kept())
        oldest_ms = min((row.first_at_ms for row in pending), default=None)
        return Backlog(len(pending), dead, oldest_ms, min((row.due_at_ms for row in pending), default=None))

    async def release(self, hook: HookId) -> None:
        """End all leases."""
        for row in self._pending(hook):
            row.leased_until_ms = 0

    async def sweep(self, before_ms: int) -> None:
        """Drop the deliveries that were made before that time."""
        done = [
            row.id
            for row in self._kept()
            if row.state is DeliveryState.DELIVERED and (row.settled_at_ms or 0) < before_ms
        ]
        for delivery_id in done:
            del self._rows[delivery_id]

    def _kept(self) -> list[_Row]:
        """The deliveries of requests that were not deleted."""
        return [row for row in self._rows.values() if row.event.request_id in self._data.requests]

    def _pending(self, hook: HookId) -> Iterator[_Row]:
        return (row for row in self._kept() if row.hook == hook and row.state is DeliveryState.PENDING)

    def _before(self, hook: HookId, event: Event) -> Iterator[_Row]:
        return (r for r in self._pending(hook) if r.event.request_id == event.request_id and r.event.seq < event.seq)


def _is_meant(row: _Row, delivery_id: int | None, hook: HookId | None) -> bool:
    if delivery_id is not None:
        return row.id == delivery_id and row.state is not DeliveryState.PENDING
    return row.state is DeliveryState.DEAD and hook in (None, row.hook)


def _view(row: _Row) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        hook=row.hook,
        type=row.event.type.value,
        request_id=row.event.request_id,
        state=row.state.value,
        attempts=row.attempts,
        event_at_ms=row.event.at_ms,
        due_at_ms=row.due_at_ms,
        error=row.error,
        settled_at_ms=row.settled_at_ms,
    )
