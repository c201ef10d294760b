"""What the domain asks of a store. One suite holds every adapter in `warmcall.store` to the same behaviour."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from warmcall.calls.archive import Archive
from warmcall.calls.audit import AuditLog
from warmcall.calls.configuration import Configurations
from warmcall.calls.counts import Counter
from warmcall.calls.keys import ApiKey
from warmcall.calls.model import (
    E164,
    AccessCode,
    Call,
    CallId,
    CallRequest,
    Event,
    EventType,
    RequestId,
    SiteId,
    State,
)
from warmcall.calls.outbox import Outbox

T = TypeVar("T")


class Collision(StrEnum):
    """Why a new request could not be added as it is."""

    ID = "id"
    CODE = "code"
    CALLER = "caller"
    NUMBER = "number"
    KEY = "key"


class Transaction(Protocol):
    """One atomic unit of work: all of it is stored, or nothing.

    The methods are coroutines so that one matching logic serves every store. The embedded store never suspends in them.
    """

    async def find(self, request_id: RequestId) -> CallRequest | None:
        """The request with this id."""

    async def waiting_by_caller(self, number: E164, caller: E164, now_ms: int) -> CallRequest | None:
        """The newest waiting, unexpired request on `number` whose visitor said they call from `caller`."""

    async def waiting_by_code(self, number: E164, code: AccessCode, now_ms: int) -> CallRequest | None:
        """The waiting, unexpired request on `number` with this code; there is at most one."""

    async def waiting_alone(self, number: E164, now_ms: int) -> CallRequest | None:
        """The only waiting, unexpired request on `number`; `None` if there are several or none."""

    async def call(self, call_id: CallId) -> Call | None:
        """What is remembered of this inbound call."""

    async def remember(self, call: Call) -> None:
        """Add or replace what is known of an inbound call."""

    async def change(self, request: CallRequest, to: State, at_ms: int, data: Mapping[str, Any]) -> None:
        """Move `request` to `to`, write its columns as the struct now has them, and store the event with `data`.

        Leaving `waiting` starts the cool-down: number and code stay reserved until `at_ms + cool_down_s`.
        `request.state` is set by this method, after `states.check_change`.
        """

    async def note(self, request: CallRequest, kind: EventType, at_ms: int, data: Mapping[str, Any]) -> None:
        """Store an event that leaves the request as it is."""

    async def expire_due(self, now_ms: int, limit: int) -> int:
        """Turn up to `limit` waiting requests whose time has come into expired ones, with events; returns how many.

        Also lets go of numbers and codes whose cool-down is over.
        """


class Store(Protocol):
    """A durable home for call requests, inbound calls, events, API keys and administrative acts."""

    @property
    def archive(self) -> Archive:
        """What is over: for retention, and for what is known of one person."""

    @property
    def counter(self) -> Counter:
        """What servers count together."""

    @property
    def audit(self) -> AuditLog:
        """The log of administrative acts."""

    @property
    def configurations(self) -> Configurations:
        """The versions of the configuration."""

    @property
    def outbox(self) -> Outbox:
        """The deliveries of events to webhooks."""

    async def add(self, request: CallRequest) -> Collision | None:
        """Store a new waiting request with its `created` event, durably, before returning.

        Returns:
            `None` when stored; otherwise which rule it broke, and nothing was written:
            CODE: the code is held on that number; CALLER: a waiting request on the number has the same caller;
            NUMBER: the number is held and this request or the holder is exclusive;
            KEY: `(site, idempotency_key)` is known; ID: the id exists.
        """

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in one transaction, durable before this returns; an exception undoes it and is raised here.

        `work` may run twice (a batch that fails is redone one by one), so it must not have effects outside.
        """

    async def find(self, request_id: RequestId) -> CallRequest | None:
        """The request with this id, as last committed."""

    async def find_by_key(self, site: SiteId, key: str) -> CallRequest | None:
        """The request that was created with this idempotency key."""

    def live(self, number: E164) -> int:
        """How many requests on `number` are waiting; counts an `add` from the moment it is called."""

    def held(self, number: E164) -> int:
        """How many requests hold `number`: waiting ones, and those in cool-down."""

    def next_due_ms(self) -> int | None:
        """When the next request expires or the next cool-down ends; `None` if nothing is due."""

    async def events(self, request_id: RequestId, after_seq: int) -> Sequence[Event]:
        """Events of one request with a greater `seq`, oldest first."""

    async def events_after(self, seq: int, limit: int) -> Sequence[Event]:
        """Events of all requests with a greater `seq`, oldest first, at most `limit`."""

    def on_events(self, listener: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """Call `listener` in the event loop with the events of every commit, in order. Returns how to stop it."""

    async def secret(self, name: str) -> bytes:
        """32 random bytes kept under `name`; made at the first call, the same ever after."""

    async def spend(self, key: bytes, until_ms: int) -> bool:
        """Note, durably, that something was used; whether it was not before. After `until_ms` that may be forgotten."""

    async def add_api_key(self, key_hash: bytes, scope: str, label: str, at_ms: int) -> None:
        """Keep the hash of an API key; one that is known stays as it is."""

    async def find_api_key(self, key_hash: bytes) -> ApiKey | None:
        """The key with this hash."""

    async def api_keys(self) -> Sequence[ApiKey]:
        """All keys, oldest first."""

    async def remove_api_key(self, key_hash: bytes) -> bool:
        """Forget a key; whether there was one."""

    async def ping(self) -> None:
        """Return if the store answers.

        Raises:
            StoreUnavailableError: if it does not.
        """

    async def aclose(self) -> None:
        """Finish what was accepted, then close."""
