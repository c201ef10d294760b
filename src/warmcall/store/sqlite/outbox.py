"""The outbox port on SQLite. Everything goes through the one writer."""

from collections.abc import Callable, Sequence
from typing import Any

from warmcall.calls.ids import id_text
from warmcall.calls.model import EventType, SiteId
from warmcall.calls.outbox import Backlog, Delivery, DeliveryState, DeliveryView, HookId
from warmcall.store.records import json_text
from warmcall.store.sqlite.queries import QUERIES
from warmcall.store.sqlite.rows import Row, event_of, request_of
from warmcall.store.sqlite.transaction import SqliteTransaction
from warmcall.store.sqlite.writer import Writer

# How many events one transaction looks at, so that a long backlog keeps nobody else waiting.
_STEP = 500


class SqliteOutbox:
    """The deliveries in a database file.

    Args:
        writer: Writes.
        read: Runs a query over the connection that reads.
    """

    def __init__(self, writer: Writer, read: Callable[..., list[Row]]) -> None:
        self._writer = writer
        self._read = read

    async def begin(self, hook: HookId, now_ms: int) -> None:
        """Let a hook get the events from now on, unless it does already."""

        async def work(tx: SqliteTransaction) -> None:
            tx.run(QUERIES.begin_webhook, hook, _last_seq(tx), now_ms)

        await self._writer.transact(work)

    async def forget(self, wanted: Sequence[HookId], before_ms: int) -> None:
        """Drop hooks that nobody wants any more."""

        async def work(tx: SqliteTransaction) -> None:
            for (hook,) in tx.run(QUERIES.forgotten_webhooks, before_ms, json_text(list(wanted))):
                tx.run(QUERIES.forget_webhook, hook)
                tx.run(QUERIES.forget_deliveries, hook)

        await self._writer.transact(work)

    async def plan(self, hook: HookId, site: SiteId, types: Sequence[EventType], now_ms: int) -> bool:
        """Write the deliveries of events that came since the last time. Whether there may be more at once."""

        async def work(tx: SqliteTransaction) -> bool:
            rows = tx.run(QUERIES.planned_seq, hook)
            planned, last = rows[0][0] if rows else 0, _last_seq(tx)
            if not rows or planned >= last:
                return False
            upto = min(last, planned + _STEP)
            tx.run(QUERIES.plan_deliveries, hook, site, json_text(list(types)), planned, upto, now_ms)
            tx.run(QUERIES.move_planned_seq, hook, upto)
            return upto < last

        return await self._writer.transact(work)

    async def claim(self, hook: HookId, now_ms: int, lease_ms: int, limit: int) -> Sequence[Delivery]:
        """Take up to `limit` due deliveries, none before an earlier one of its request."""

        async def work(tx: SqliteTransaction) -> list[Row]:
            rows = tx.run(QUERIES.due_deliveries, hook, now_ms, limit)
            for row in rows:
                tx.run(QUERIES.lease_delivery, row[0], now_ms + lease_ms)
            return rows

        rows = await self._writer.transact(work)
        return [Delivery(row[0], row[1], row[2], event_of(row[3:10]), request_of(row[10], row[11])) for row in rows]

    async def settle(self, delivery_id: int, state: DeliveryState, at_ms: int, error: str | None) -> None:
        """Write how a try ended."""

        async def work(tx: SqliteTransaction) -> None:
            for row in tx.run(QUERIES.settle_delivery, delivery_id, str(state), at_ms, error):
                tx.run(QUERIES.move_later_deliveries, *row, at_ms)

        await self._writer.transact(work)

    async def replay(self, now_ms: int, *, delivery_id: int | None = None, hook: HookId | None = None) -> int:
        """Let deliveries be tried again. Returns how many."""
        return len(await self._run(QUERIES.replay_deliveries, now_ms, delivery_id, hook))

    async def deliveries(
        self, state: DeliveryState | None, hook: HookId | None, before_id: int | None, limit: int
    ) -> Sequence[DeliveryView]:
        """Deliveries, newest first."""
        rows = self._read(QUERIES.deliveries, state and str(state), hook, before_id, limit)
        return [_view(*row) for row in rows]

    async def backlog(self, hook: HookId) -> Backlog:
        """What waits for a hook."""
        return Backlog(*self._read(QUERIES.backlog, hook)[0])

    async def release(self, hook: HookId) -> None:
        """End the leases of the server that used this file before."""
        await self._run(QUERIES.release_deliveries, hook)

    async def sweep(self, before_ms: int) -> None:
        """Drop the deliveries that were made before that time."""
        await self._run(QUERIES.sweep_deliveries, before_ms)

    async def _run(self, query: str, *parameters: Any) -> list[Row]:
        async def work(tx: SqliteTransaction) -> list[Row]:
            return tx.run(query, *parameters)

        return await self._writer.transact(work)


def _last_seq(tx: SqliteTransaction) -> int:
    seq: int = tx.run(QUERIES.last_seq)[0][0]
    return seq


def _view(delivery_id: int, hook: HookId, kind: str, request_id: bytes, *rest: Any) -> DeliveryView:
    return DeliveryView(delivery_id, hook, kind, id_text(request_id), *rest)
