"""Deliveries of events to the owner's webhooks, as a store keeps them.

What is delivered is read from the events themselves: a delivery only says which event goes to which hook, and when it
is tried next. So nothing is sent of a change that was not committed, and nothing personal is kept twice.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, NewType, Protocol

import msgspec

from warmcall.calls.model import CallRequest, Event, EventType, SiteId

HookId = NewType("HookId", str)
"""A webhook: its site's id and its own name, such as `shop/crm`."""


class DeliveryState(StrEnum):
    """Where a delivery is."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class Delivery(NamedTuple):
    """A delivery that was claimed: one event, on its way to one hook.

    Attributes:
        attempts: How often it was tried, this time included.
        first_at_ms: When it was written, or replayed: the time its tries are counted from.
    """

    id: int
    attempts: int
    first_at_ms: int
    event: Event
    request: CallRequest


class DeliveryView(msgspec.Struct, frozen=True):
    """A delivery as it is listed; times in milliseconds since the Unix epoch.

    Attributes:
        error: Why the last try failed.
        settled_at_ms: When it was delivered or given up.
    """

    id: int
    hook: HookId
    type: str
    request_id: str
    state: str
    attempts: int
    event_at_ms: int
    due_at_ms: int
    error: str | None
    settled_at_ms: int | None


class Backlog(NamedTuple):
    """What waits for a hook.

    Attributes:
        oldest_at_ms: When the oldest event that waits happened; `None` if none does.
        due_at_ms: When the next try is due.
    """

    pending: int
    dead: int
    oldest_at_ms: int | None
    due_at_ms: int | None


class Outbox(Protocol):
    """The deliveries of a store. Everything here may be called by many servers at once."""

    async def begin(self, hook: HookId, now_ms: int) -> None:
        """Let a hook get the events from now on, unless it does already; note that it is still wanted."""

    async def forget(self, wanted: Sequence[HookId], before_ms: int) -> None:
        """Drop the hooks, and what waits for them, that are not `wanted` and that nobody noted since `before_ms`."""

    async def plan(self, hook: HookId, site: SiteId, types: Sequence[EventType], now_ms: int) -> bool:
        """Write the deliveries of events that came since the last time. Whether there may be more at once."""

    async def claim(self, hook: HookId, now_ms: int, lease_ms: int, limit: int) -> Sequence[Delivery]:
        """Take up to `limit` due deliveries for oneself until `now_ms + lease_ms`.

        Never one while an earlier one of the same request is pending.
        """

    async def settle(self, delivery_id: int, state: DeliveryState, at_ms: int, error: str | None) -> None:
        """Write how a try ended. `at_ms`: when it ended; of a `PENDING` one, when it is to be tried again."""

    async def replay(self, now_ms: int, *, delivery_id: int | None = None, hook: HookId | None = None) -> int:
        """Let one delivery, or all dead ones of a hook, or all dead ones, be tried again. Returns how many."""

    async def deliveries(
        self, state: DeliveryState | None, hook: HookId | None, before_id: int | None, limit: int
    ) -> Sequence[DeliveryView]:
        """Deliveries, newest first."""

    async def backlog(self, hook: HookId) -> Backlog:
        """What waits for a hook."""

    async def release(self, hook: HookId) -> None:
        """End the leases of a server that is known to be gone: only a store of one process does anything."""

    async def sweep(self, before_ms: int) -> None:
        """Drop the deliveries that were made before that time."""
