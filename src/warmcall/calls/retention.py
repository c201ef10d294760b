"""The plugin Retention: deletes requests, their events and inbound calls once they are older than a site allows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.bus.errors import CommandRejectedError
from warmcall.calls.archive import Cutoffs, Sweep
from warmcall.calls.audit import SERVER, record
from warmcall.calls.clock import Clock
from warmcall.calls.directory import Directory
from warmcall.calls.port import Store

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


class RetentionPlugin:
    """Registers the plugin `Retention` with the command `purge` → Purged.

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


async def purge_sometimes(bus: Bus) -> None:
    """Purge every hour until cancelled."""
    wait_s = FIRST_S
    while True:
        await asyncio.sleep(wait_s)
        wait_s = EVERY_S
        try:
            await bus.command("Retention.purge")
        except CommandRejectedError as error:
            # The next hour tries again; a store that is out of order is reported by /readyz.
            log.warning("purge failed", extra={"reason": str(error)})


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
