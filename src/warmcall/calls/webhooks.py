"""What the commands of Webhooks resolve with. Written as JSON these are bodies of the HTTP API."""

from typing import Literal

import msgspec


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    """Python names inside, camelCase in JSON."""


class HookAnswer(_Answer, frozen=True):
    """A webhook and what waits for it.

    Attributes:
        hook: Its site's id and its name, such as `shop/crm`.
        secrets: How many sign; two while one takes over from the other.
        lag_s: Age of the oldest event that waits.
    """

    hook: str
    url: str
    events: list[str]
    secrets: int
    pending: int
    dead: int
    lag_s: float


class DeliveryAnswer(_Answer, frozen=True):
    """One event on its way to one webhook.

    Attributes:
        error: Why the last try failed.
    """

    id: int
    hook: str
    event: str
    request_id: str
    state: Literal["pending", "delivered", "dead"]
    attempts: int
    happened_at: str
    next_try_at: str | None
    settled_at: str | None
    error: str | None


class ReplayAnswer(_Answer, frozen=True):
    """How many deliveries are tried again."""

    replayed: int


class TestAnswer(_Answer, frozen=True):
    """How a receiver took a test message."""

    __test__ = False

    ok: bool
    error: str | None
    spent_ms: int
