"""The plugin Webhooks: a courier for each hook, and what an operator may ask and do."""

import ssl
from collections.abc import Mapping, Sequence
from secrets import token_hex
from time import perf_counter
from typing import Annotated, Literal

import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.calls.clock import Clock, rfc3339
from warmcall.calls.draft import convert
from warmcall.calls.errors import DeliveryUnknownError, HookUnknownError
from warmcall.calls.model import CallRequest
from warmcall.calls.outbox import DeliveryState, DeliveryView, HookId
from warmcall.calls.port import Store
from warmcall.calls.tokens import Tokens
from warmcall.calls.webhooks import DeliveryAnswer, HookAnswer, ReplayAnswer, TestAnswer
from warmcall.webhooks.courier import Courier
from warmcall.webhooks.dispatch import Dispatch
from warmcall.webhooks.hook import PREFIX, Hook
from warmcall.webhooks.message import test_message
from warmcall.webhooks.sender import Sender

_AT_ONCE = 100


class _Which(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    state: Literal["pending", "delivered", "dead"] | None = None
    hook: str | None = None
    before: int | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = _AT_ONCE


class _Replay(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    id: int | None = None
    hook: str | None = None


class _One(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    hook: str


class WebhooksPlugin:
    """Registers the plugin `Webhooks`: list, deliveries, replay, test; publishes delivered, failed, dead.

    Args:
        bus: Where to register.
        store: Whose events are delivered.
        hooks: Where to.
        tokens: Makes the addresses of contexts.
        clock: Tells the time.
        public_url: The server's address, without a final slash.
        agent: The `User-Agent` of what is sent.
        named: Hooks of the configuration that this server perhaps cannot use; what waits for them is kept.
    """

    def __init__(
        self,
        bus: Bus,
        store: Store,
        hooks: Sequence[Hook],
        tokens: Tokens,
        clock: Clock,
        public_url: str,
        agent: str = "Warmcall",
        named: Sequence[HookId] = (),
    ) -> None:
        self._store = store
        self._clock = clock
        self._plugin = bus.plugin("Webhooks")

        def context_url(request: CallRequest) -> str:
            return f"{public_url}/v1/context/{tokens.context(request.id)}"

        def courier(hook: Hook, tls: ssl.SSLContext) -> Courier:
            return Courier(hook, store.outbox, Sender(hook, tls, agent), clock, context_url, self._tell)

        self._dispatch = Dispatch(store, clock, courier)
        self._dispatch.prepare(hooks, named)
        self._register()

    @property
    def couriers(self) -> Mapping[HookId, Courier]:
        """Who works for the hooks that hold now."""
        return self._dispatch.couriers

    def _register(self) -> None:
        self._plugin.register_command("list", self._list)
        self._plugin.register_command("deliveries", self._deliveries)
        self._plugin.register_command("replay", self._replay)
        self._plugin.register_command("test", self._test)
        self._plugin.register_events(["delivered", "failed", "dead"])
        self._plugin.ready()

    async def start(self) -> None:
        """Begin to deliver."""
        await self._dispatch.start()

    async def replace(self, hooks: Sequence[Hook], named: Sequence[HookId]) -> None:
        """Deliver to these hooks what happens after this has returned; keep what waits for all that are named."""
        await self._dispatch.replace(hooks, named)

    async def stop(self) -> None:
        """Let what is on its way arrive for a moment, and stop."""
        await self._dispatch.stop()

    def _tell(self, what: str, told: dict[str, object]) -> None:
        self._plugin.publish(what, told)

    async def _list(self, e: CommandEvent) -> list[HookAnswer]:
        return [await self._shown(courier.hook) for courier in tuple(self.couriers.values())]

    async def _shown(self, hook: Hook) -> HookAnswer:
        backlog = await self._store.outbox.backlog(hook.id)
        oldest_ms = backlog.oldest_at_ms
        return HookAnswer(
            hook=hook.id,
            url=hook.url,
            events=[f"{PREFIX}{kind.value}" for kind in hook.types],
            secrets=len(hook.secrets),
            pending=backlog.pending,
            dead=backlog.dead,
            lag_s=0.0 if oldest_ms is None else max(0, self._clock.now_ms() - oldest_ms) / 1000,
        )

    async def _deliveries(self, e: CommandEvent) -> list[DeliveryAnswer]:
        which = convert(e.data, _Which)
        hook = None if which.hook is None else HookId(which.hook)
        state = None if which.state is None else DeliveryState(which.state)
        found = await self._store.outbox.deliveries(state, hook, which.before, which.limit)
        return [_answer(view) for view in found]

    async def _replay(self, e: CommandEvent) -> ReplayAnswer:
        asked = convert(e.data, _Replay)
        hook = None if asked.hook is None else self._courier(asked.hook).hook.id
        replayed = await self._store.outbox.replay(self._clock.now_ms(), delivery_id=asked.id, hook=hook)
        if asked.id is not None and not replayed:
            raise DeliveryUnknownError(asked.id)
        self._dispatch.wake()
        return ReplayAnswer(replayed)

    async def _test(self, e: CommandEvent) -> TestAnswer:
        courier = self._courier(convert(e.data, _One).hook)
        now_ms, began_s = self._clock.now_ms(), perf_counter()
        outcome = await courier.sender.send(test_message(courier.hook, now_ms, token_hex(8)), now_ms)
        return TestAnswer(outcome.error is None, outcome.error, round((perf_counter() - began_s) * 1000))

    def _courier(self, hook: str) -> Courier:
        courier = self.couriers.get(HookId(hook))
        if courier is None:
            raise HookUnknownError(hook)
        return courier


def _answer(view: DeliveryView) -> DeliveryAnswer:
    return DeliveryAnswer(
        id=view.id,
        hook=view.hook,
        event=f"{PREFIX}{view.type}",
        request_id=view.request_id,
        state=DeliveryState(view.state).value,
        attempts=view.attempts,
        happened_at=rfc3339(view.event_at_ms),
        next_try_at=rfc3339(view.due_at_ms) if view.state == "pending" else None,
        settled_at=None if view.settled_at_ms is None else rfc3339(view.settled_at_ms),
        error=view.error,
    )
