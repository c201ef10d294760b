"""Brings events to one receiver, and lets no other wait for it."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Final

from warmcall.calls.clock import Clock
from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.model import CallRequest, Json
from warmcall.calls.outbox import Delivery, DeliveryState, Outbox
from warmcall.webhooks.hook import Hook
from warmcall.webhooks.message import message_of
from warmcall.webhooks.schedule import next_try_ms
from warmcall.webhooks.sender import Outcome, Sender

log = logging.getLogger("warmcall.webhooks")

# How late a delivery may be that nobody announced: one planned by another server, or replayed by a command.
POLL_S: Final = 5.0
# So that under load one look serves many commits.
_PAUSE_S: Final = 0.05
# How much longer than its time limit a try may take before another server takes over.
_LEASE_MARGIN_MS: Final = 30_000

Tell = Callable[[str, Json], None]


class Courier:
    """Works for one hook.

    Args:
        hook: Whose events.
        outbox: Where they wait.
        sender: Brings them.
        clock: Tells the time.
        context_url: Where an API key finds the context of a request.
        tell: Called with `delivered`, `failed` or `dead` and what happened.
    """

    def __init__(
        self,
        hook: Hook,
        outbox: Outbox,
        sender: Sender,
        clock: Clock,
        context_url: Callable[[CallRequest], str],
        tell: Tell,
    ) -> None:
        self.hook = hook
        self.sender = sender
        self._outbox = outbox
        self._clock = clock
        self._context_url = context_url
        self._tell = tell
        self._sending: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look soon: something happened."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self.round()
            except StoreUnavailableError as error:
                # It heals by itself, and /readyz tells of it.
                log.info("deliveries wait for the store", extra={"hook": self.hook.id, "reason": error.code})
            except Exception:
                # Whatever it was, the next round is another chance; nothing is lost meanwhile.
                log.exception("a round of deliveries failed", extra={"hook": self.hook.id})
            await asyncio.sleep(_PAUSE_S)
            await self._rest()

    async def round(self) -> int:
        """Write down what is to be delivered, and begin to deliver what is due. How many were begun."""
        now_ms = self._clock.now_ms()
        while await self._outbox.plan(self.hook.id, self.hook.site, self.hook.types, now_ms):
            pass
        free = self.hook.concurrency - len(self._sending)
        if free <= 0 or self._stopping:
            return 0
        lease_ms = self.hook.timeout_s * 1000 + _LEASE_MARGIN_MS
        claimed = await self._outbox.claim(self.hook.id, now_ms, lease_ms, free)
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery), name=f"webhook {self.hook.id}")
            self._sending.add(task)
            task.add_done_callback(self._done)
        return len(claimed)

    async def idle(self) -> None:
        """Return when nothing is on its way."""
        while self._sending:
            await asyncio.wait(tuple(self._sending))

    async def aclose(self, grace_s: float) -> None:
        """Let what is on its way arrive for a while; the rest is tried again after the next start."""
        self._stopping = True
        if self._sending:
            await asyncio.wait(tuple(self._sending), timeout=grace_s)
        for task in tuple(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        await self.sender.aclose()

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._sending.discard(task)
        self.wake()
        if not task.cancelled() and (error := task.exception()):
            log.error("a delivery failed within the server", extra={"hook": self.hook.id}, exc_info=error)

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(await self._wait_s()):
                await self._wake.wait()

    async def _wait_s(self) -> float:
        if len(self._sending) >= self.hook.concurrency:
            return POLL_S
        try:
            due_ms = (await self._outbox.backlog(self.hook.id)).due_at_ms
        except StoreUnavailableError:
            return POLL_S
        if due_ms is None:
            return POLL_S
        # One that is due but not claimed waits for an earlier one, or another server has it.
        wait_s = (due_ms - self._clock.now_ms()) / 1000
        return min(wait_s, POLL_S) if wait_s > 0 else POLL_S

    async def _deliver(self, delivery: Delivery) -> None:
        began_s = perf_counter()
        message = message_of(delivery.event, delivery.request, self.hook, self._context_url(delivery.request))
        outcome = await self.sender.send(message, self._clock.now_ms())
        now_ms = self._clock.now_ms()
        state, at_ms = self._verdict(delivery, outcome, now_ms)
        try:
            await self._outbox.settle(delivery.id, state, at_ms, outcome.error)
        except StoreUnavailableError:
            # Its lease ends, and it is sent again: at least once.
            return
        self._report(delivery, state, outcome, now_ms, perf_counter() - began_s)

    def _verdict(self, delivery: Delivery, outcome: Outcome, now_ms: int) -> tuple[DeliveryState, int]:
        if outcome.error is None:
            return DeliveryState.DELIVERED, now_ms
        again_ms = next_try_ms(delivery.attempts, delivery.first_at_ms, now_ms, outcome.wait_s)
        if outcome.gone or again_ms is None:
            return DeliveryState.DEAD, now_ms
        return DeliveryState.PENDING, again_ms

    def _report(self, delivery: Delivery, state: DeliveryState, outcome: Outcome, now_ms: int, spent_s: float) -> None:
        what = {DeliveryState.DELIVERED: "delivered", DeliveryState.PENDING: "failed", DeliveryState.DEAD: "dead"}[
            state
        ]
        told: Json = {
            "hook": self.hook.id,
            "delivery": delivery.id,
            "request": delivery.request.id,
            "attempts": delivery.attempts,
        }
        kind = delivery.event.type.value
        # In a line of the log `event` is what the line says.
        line = {**told, "type": kind}
        if state is DeliveryState.DELIVERED:
            log.debug("webhook delivered", extra=line)
        else:
            log.warning(f"webhook {what}", extra={**line, "reason": outcome.error})
        lag_s = max(0, now_ms - delivery.event.at_ms) / 1000
        self._tell(what, {**told, "event": kind, "error": outcome.error, "spentS": spent_s, "lagS": lag_s})
