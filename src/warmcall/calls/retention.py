"""The plugin Retention: deletes requests, their events and inbound calls once they are older than a site allows.

It also ends requests whose end nobody reported, so that none stays connected for ever.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.bus.errors import CommandRejectedError
from warmcall.calls.archive import Cutoffs, Sweep
from warmcall.calls.audit import SERVER, record
from warmcall.calls.clock import Clock
from warmcall.calls.directory import LONGEST_CALL_S, Directory
from warmcall.calls.errors import UnknownError
from warmcall.calls.model import CallRequest, RequestId
from warmcall.calls.port import Store, Transaction
from warmcall.calls.progress import give_up

log = logging.getLogger("warmcall.retention")

DEFAULT_DAYS = 30
"""How long what belongs to no configured site is kept."""
_DAY_MS = 86_400_000
# A step holds up who writes meanwhile for a few milliseconds, so it is small, and the next one waits a little.
_STEP = 200
_PAUSE_S = 0.02
FIRST_S, EVERY_S = 60.0, 3600.0

_Step = Callable[[int, Cutoffs, int], Awaitable[Sweep]]


class Purged(msgspec.Struct, frozen=True):
    """How much a purge deleted."""

    requests: int
    calls: int


class GivenUp(msgspec.Struct, frozen=True):
    """How many requests were ended because nothing was heard of their calls."""

    requests: int


class RetentionPlugin:
    """Registers the plugin `Retention` with the commands `purge` → Purged and `giveUp` → GivenUp.

    Several servers may purge at once; on a store that they share one does at a time.

    Args:
        bus: Where to register.
        store: Where everything is.
        directory: The sites with their retention times.
        clock: Tells the time.
    """

    def __init__(self, bus: Bus, store: Store, directory: Directory, clock: Clock) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        plugin = bus.plugin("Retention")
        plugin.register_command("purge", self._purge)
        plugin.register_command("giveUp", self._give_up)
        plugin.ready()
        plugin.republish("ready")

    async def _purge(self, e: CommandEvent) -> Purged:
        sites, numbers = _cutoffs(self._directory, self._clock.now_ms())
        archive = self._store.archive
        requests = await _sweep(archive.purge_requests, sites)
        purged = Purged(requests, await _sweep(archive.purge_calls, numbers))
        if purged.requests or purged.calls:
            log.info("purged", extra=msgspec.to_builtins(purged))
            details = msgspec.to_builtins(purged)
            await record(self._store.audit, SERVER, "retention.purge", "what is too old", details, clock=self._clock)
        return purged

    async def _give_up(self, e: CommandEvent) -> GivenUp:
        now_ms = self._clock.now_ms()
        groups = [group for site in self._directory.sites.values() for group in site.groups]
        shortest_s, count = min([LONGEST_CALL_S, *(group.longest_call_s for group in groups)]), 0
        unheard = await self._store.archive.open_calls(now_ms - shortest_s * 1000)
        for first in range(0, len(unheard), _STEP):
            some = unheard[first : first + _STEP]
            count += await self._store.transact(partial(self._end, some, now_ms))
            await asyncio.sleep(_PAUSE_S)
        if count:
            log.info("gave up calls nothing was heard of", extra={"requests": count})
        return GivenUp(count)

    async def _end(self, requests: Iterable[RequestId], now_ms: int, tx: Transaction) -> int:
        return sum([await give_up(tx, request_id, self._longest_s, now_ms) for request_id in requests])

    def _longest_s(self, request: CallRequest) -> int:
        try:
            return self._directory.group(request.site, request.group).longest_call_s
        except UnknownError:
            return LONGEST_CALL_S


async def purge_sometimes(bus: Bus) -> None:
    """Purge and give up calls every hour until cancelled."""
    wait_s = FIRST_S
    while True:
        await asyncio.sleep(wait_s)
        wait_s = EVERY_S
        for command in ("Retention.giveUp", "Retention.purge"):
            try:
                await bus.command(command)
            except CommandRejectedError as error:
                # The next hour tries again; a store that is out of order is reported by /readyz.
                log.warning("purge failed", extra={"command": command, "reason": str(error)})


async def _sweep(step: _Step, cutoffs: Cutoffs) -> int:
    deleted, after = 0, 0
    while True:
        done = await step(after, cutoffs, _STEP)
        deleted += done.deleted
        if done.next is None:
            return deleted
        after = done.next
        await asyncio.sleep(_PAUSE_S if done.deleted else 0)


def _cutoffs(directory: Directory, now_ms: int) -> tuple[Cutoffs, Cutoffs]:
    """What is old by site, and by access number."""
    default_ms = now_ms - DEFAULT_DAYS * _DAY_MS
    sites = {str(site.id): now_ms - site.retention_days * _DAY_MS for site in directory.sites.values()}
    groups = [group for site in directory.sites.values() for group in site.groups]
    numbers = {str(number): sites[group.site] for group in groups for number in group.numbers}
    return Cutoffs(sites, default_ms), Cutoffs(numbers, default_ms)
