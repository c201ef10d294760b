"""The couriers of the webhooks that hold now: begun, replaced and ended while the server runs."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final

from warmcall.calls.clock import Clock
from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.model import Event
from warmcall.calls.outbox import HookId
from warmcall.calls.port import Store
from warmcall.webhooks.courier import POLL_S, Courier
from warmcall.webhooks.hook import Hook
from warmcall.webhooks.trust import CertificatesUnreadableError, trusted

log = logging.getLogger("warmcall.webhooks")

KEPT_MS: Final = 24 * 3_600_000
"""How long the list shows what was delivered."""
_FORGET_MS: Final = 3_600_000
_SWEEP_S: Final = 600.0
_GRACE_S: Final = 3.0

Make = Callable[[Hook, ssl.SSLContext], Courier]


class Dispatch:
    """Has a courier work for each hook.

    Args:
        store: Whose events are delivered.
        clock: Tells the time.
        make: Makes a courier that trusts what it is given.

    Attributes:
        couriers: Those that work now.
    """

    def __init__(self, store: Store, clock: Clock, make: Make) -> None:
        self.couriers: dict[HookId, Courier] = {}
        self._store = store
        self._clock = clock
        self._make = make
        self._tls: ssl.SSLContext | None = None
        self._working: dict[HookId, asyncio.Task[None]] = {}
        self._besides: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._named: Sequence[HookId] = ()
        self._stop_listening: Callable[[], None] | None = None
        self._turn = asyncio.Lock()
        self._is_running = self._is_stopped = False

    def prepare(self, hooks: Sequence[Hook], named: Sequence[HookId]) -> None:
        """Make the couriers that the server starts with.

        Args:
            hooks: Those that can be used.
            named: What waits for these is kept, although one may be of no use here for a while.

        Raises:
            CertificatesUnreadableError: if they would trust nobody.
        """
        self._named = named
        if hooks:
            self._tls = trusted()
            self.couriers = {hook.id: self._make(hook, self._tls) for hook in hooks}

    async def start(self) -> None:
        """Begin to deliver."""
        async with self._turn:
            for hook in self.couriers:
                await self._store.outbox.begin(hook, self._clock.now_ms())
                await self._store.outbox.release(hook)
            self._stop_listening = self._store.on_events(self._hear)
            self._is_running = True
            for courier in self.couriers.values():
                self._let_work(courier)
            _let_run(self._sweep(), self._besides)

    async def replace(self, hooks: Sequence[Hook], named: Sequence[HookId]) -> None:
        """Deliver to these hooks what happens after this has returned. What is on its way to others may arrive."""
        async with self._turn:
            if not self._is_stopped:
                self._named = named
                await self._replace(hooks)

    def wake(self) -> None:
        """Let all couriers look soon."""
        for courier in self.couriers.values():
            courier.wake()

    async def stop(self) -> None:
        """Let what is on its way arrive for a moment, and stop."""
        async with self._turn:
            self._is_stopped = True
        if self._stop_listening is not None:
            self._stop_listening()
        for task in tuple(self._besides):
            task.cancel()
        await asyncio.gather(*self._besides, return_exceptions=True)
        for hook in tuple(self.couriers):
            self._end(hook, _GRACE_S)
        if self._ending:
            await asyncio.wait(tuple(self._ending), timeout=_GRACE_S)
        for task in tuple(self._ending):
            task.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def _replace(self, hooks: Sequence[Hook]) -> None:
        wanted = {hook.id: hook for hook in hooks}
        for hook_id, courier in tuple(self.couriers.items()):
            if wanted.get(hook_id) != courier.hook:
                # Nobody else waits for these, and a try that is cut off is made again only after its lease.
                self._end(hook_id, courier.hook.timeout_s + 1)
        try:
            await self._add([hook for hook in hooks if hook.id not in self.couriers])
        except CertificatesUnreadableError as error:
            log.error("webhooks cannot be used", extra={"reason": str(error)})

    async def _add(self, hooks: Sequence[Hook]) -> None:
        if not hooks:
            return
        with suppress(StoreUnavailableError):  # Each courier begins with it, too, for as long as it takes.
            for hook in hooks:
                await self._store.outbox.begin(hook.id, self._clock.now_ms())
        if self._tls is None:
            self._tls = await asyncio.to_thread(trusted)
        for hook in hooks:
            courier = self.couriers[hook.id] = self._make(hook, self._tls)
            if self._is_running:
                self._let_work(courier)

    def _let_work(self, courier: Courier) -> None:
        self._working[courier.hook.id] = asyncio.create_task(self._work(courier), name=f"webhook {courier.hook.id}")

    async def _work(self, courier: Courier) -> None:
        while True:
            try:
                await self._store.outbox.begin(courier.hook.id, self._clock.now_ms())
                break
            except StoreUnavailableError:
                await asyncio.sleep(POLL_S)
        await courier.run()

    def _end(self, hook: HookId, grace_s: float) -> None:
        _let_run(_ended(self.couriers.pop(hook), self._working.pop(hook, None), grace_s), self._ending)

    def _hear(self, events: Sequence[Event]) -> None:
        self.wake()

    async def _sweep(self) -> None:
        while True:
            try:
                now_ms = self._clock.now_ms()
                wanted = sorted({*self.couriers, *self._named})
                for hook in wanted:
                    await self._store.outbox.begin(hook, now_ms)
                await self._store.outbox.forget(wanted, now_ms - _FORGET_MS)
                await self._store.outbox.sweep(now_ms - KEPT_MS)
            except StoreUnavailableError as error:
                log.info("old deliveries are swept later", extra={"reason": error.code})
            await asyncio.sleep(_SWEEP_S)


async def _ended(courier: Courier, task: "asyncio.Task[None] | None", grace_s: float) -> None:
    if task is not None:
        task.cancel()
        # Waiting, not awaiting: what it ended with is no reason to leave its connections open.
        await asyncio.wait([task])
    try:
        await courier.aclose(grace_s)
    except asyncio.CancelledError:
        await courier.aclose(0)
        raise


def _let_run(work: Coroutine[Any, Any, None], among: set["asyncio.Task[None]"]) -> None:
    task = asyncio.create_task(work)
    among.add(task)
    task.add_done_callback(among.discard)
