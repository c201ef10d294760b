"""The outbox port on PostgreSQL. Servers take deliveries beside each other; rows that one holds the others skip."""

from collections.abc import Sequence

from warmcall.calls.model import EventType, SiteId
from warmcall.calls.outbox import Backlog, Delivery, DeliveryState, DeliveryView, HookId
from warmcall.store.postgres.database import Database
from warmcall.store.postgres.queries import QUERIES
from warmcall.store.postgres.rows import event_of, request_of

_STEP = 2000


class PostgresOutbox:
    """The deliveries in a database that many servers share.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, hook: HookId, now_ms: int) -> None:
        """Let a hook get the events from now on, unless it does already."""
        await self._database.fetch(QUERIES.begin_webhook, hook, now_ms)

    async def forget(self, wanted: Sequence[HookId], before_ms: int) -> None:
        """Drop hooks that nobody wants any more."""
        await self._database.fetch(QUERIES.forget_webhooks, before_ms, list(wanted))

    async def plan(self, hook: HookId, site: SiteId, types: Sequence[EventType], now_ms: int) -> bool:
        """Write the deliveries of events that came since the last time. Whether there may be more at once."""
        ((settled, _),) = await self._database.read(QUERIES.settled_events)
        names = [str(kind) for kind in types]
        rows = await self._database.fetch(QUERIES.plan_deliveries, hook, site, names, settled, _STEP, now_ms)
        return bool(rows[0][0])

    async def claim(self, hook: HookId, now_ms: int, lease_ms: int, limit: int) -> Sequence[Delivery]:
        """Take up to `limit` due deliveries, none before an earlier one of its request."""
        ids = [row[0] for row in await self._database.fetch(QUERIES.claim_deliveries, hook, now_ms, lease_ms, limit)]
        rows = await self._database.read(QUERIES.claimed_deliveries, ids) if ids else []
        return [Delivery(row[0], row[1], row[2], event_of(row[3:10]), request_of(row[10], row[11])) for row in rows]

    async def settle(self, delivery_id: int, state: DeliveryState, at_ms: int, error: str | None) -> None:
        """Write how a try ended."""
        await self._database.fetch(QUERIES.settle_delivery, delivery_id, str(state), at_ms, error)

    async def replay(self, now_ms: int, *, delivery_id: int | None = None, hook: HookId | None = None) -> int:
        """Let deliveries be tried again. Returns how many."""
        if delivery_id is not None:
            return len(await self._database.fetch(QUERIES.replay_delivery, now_ms, delivery_id))
        return len(await self._database.fetch(QUERIES.replay_deliveries, now_ms, hook))

    async def deliveries(
        self, state: DeliveryState | None, hook: HookId | None, before_id: int | None, limit: int
    ) -> Sequence[DeliveryView]:
        """Deliveries, newest first."""
        named = str(state) if state else None
        rows = await self._database.read(QUERIES.deliveries, named, hook, before_id, limit)
        return [DeliveryView(*row) for row in rows]

    async def backlog(self, hook: HookId) -> Backlog:
        """What waits for a hook."""
        (row,) = await self._database.read(QUERIES.backlog, hook)
        return Backlog(*row)

    async def release(self, hook: HookId) -> None:
        """Do nothing: another server may hold the leases, and those of one that is gone end by themselves."""

    async def sweep(self, before_ms: int) -> None:
        """Drop the deliveries that were made before that time."""
        await self._database.fetch(QUERIES.sweep_deliveries, before_ms)
