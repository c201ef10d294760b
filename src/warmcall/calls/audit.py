"""The audit log: who did what to the server, when, and on what. Ids, counts and hashes, never names or numbers."""

import hmac
from collections.abc import Sequence
from typing import Annotated, Protocol

import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.calls.clock import Clock, SystemClock, rfc3339
from warmcall.calls.draft import convert
from warmcall.calls.keys import ApiKey
from warmcall.calls.model import E164, Json

COMMAND_LINE = "command line"
"""The actor of what was done with `warmcall …` on the server's own machine."""
SERVER = "server"
"""The actor of what the server does by itself when the time has come."""
MOST_AT_ONCE = 1000

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One administrative act.

    Attributes:
        at_ms: When, in milliseconds since the Unix epoch.
        actor: Who: `COMMAND_LINE`, `SERVER`, or what `actor_of` makes of an API key.
        action: What, as a noun and a verb with a dot between, such as `keys.new`.
        subject: On what, such as `key 1f0c5a2b9d11` or `site demo`.
        details: Facts about it, such as counts.
        seq: Its place in the log, given by the store; 0 before that.
    """

    at_ms: int
    actor: str
    action: str
    subject: str
    details: Json = {}
    seq: int = 0


class AuditLog(Protocol):
    """The part of a store that keeps acts. Nothing changes or deletes them."""

    async def add(self, act: Act) -> None:
        """Keep an act, durably, before returning."""

    async def newest(self, limit: int, before: int | None = None) -> Sequence[Act]:
        """Up to `limit` acts with a smaller `seq` than `before`, newest first."""


class ActView(msgspec.Struct, frozen=True, kw_only=True):
    """An act as the API shows it."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    details: Json


class _Recording(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    actor: _Text
    action: _Text
    subject: _Text
    details: Json = {}


class _Listing(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_AT_ONCE)] = 100
    before: int | None = None


class AuditPlugin:
    """Registers the plugin `Audit`: `record` {actor, action, subject, details}, `list` {limit, before} → ActViews.

    Each act is published as `Audit.recorded`, so that an extension can send it elsewhere.

    Args:
        bus: Where to register.
        log: Where acts are kept.
        clock: Tells the time.
    """

    def __init__(self, bus: Bus, log: AuditLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._plugin = bus.plugin("Audit")
        self._plugin.register_command("record", self._record)
        self._plugin.register_command("list", self._list)
        self._plugin.register_events(["recorded"])
        self._plugin.ready()
        self._plugin.republish("ready")

    async def _record(self, e: CommandEvent) -> None:
        told = convert(e.data, _Recording)
        await record(self._log, told.actor, told.action, told.subject, told.details, clock=self._clock)
        self._plugin.publish("recorded", msgspec.to_builtins(told))

    async def _list(self, e: CommandEvent) -> list[ActView]:
        asked = convert(e.data or {}, _Listing)
        return [act_view(act) for act in await self._log.newest(asked.limit, asked.before)]


async def record(
    log: AuditLog,
    actor: str,
    action: str,
    subject: str,
    details: Json | None = None,
    *,
    clock: Clock | None = None,
) -> None:
    """Write an act down. Commands of the command line call this; the server's parts, `Audit.record` on the bus.

    Args:
        log: `store.audit`.
        actor: Who; see `Act`.
        action: What.
        subject: On what.
        details: Facts, without personal data.
        clock: Tells the time; the machine's own if `None`.

    Raises:
        StoreUnavailableError: if it could not be kept.
    """
    at_ms = (clock or SystemClock()).now_ms()
    await log.add(Act(at_ms=at_ms, actor=actor, action=action, subject=subject, details=details or {}))


def act_view(act: Act) -> ActView:
    """An act with its time as text."""
    return ActView(
        seq=act.seq,
        at=rfc3339(act.at_ms),
        actor=act.actor,
        action=act.action,
        subject=act.subject,
        details=act.details,
    )


def actor_of(key: ApiKey) -> str:
    """Who acts with an API key: its id, its scope, its label."""
    return f"key {key.id} ({key.scope}, {key.label})" if key.label else f"key {key.id} ({key.scope})"


def pseudonym(secret: bytes, number: E164) -> str:
    """What stands for a caller number in the log: the same for the same number, of no use without the secret.

    Args:
        secret: `store.secret("audit")`. Without it nobody can try all numbers.
        number: The number.
    """
    digest = hmac.digest(secret, number.encode(), "sha256")
    return f"person {digest.hex()[:16]}"
