"""The configuration that a store keeps: versions of all sites, groups and webhooks, of which the newest holds."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, NamedTuple, Protocol

import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.calls.audit import SERVER, AuditLog, record
from warmcall.calls.changes import Change, Stranded, differences, stranded
from warmcall.calls.clock import Clock, rfc3339
from warmcall.calls.concealment import concealed, revealed
from warmcall.calls.directory import Directory, Site
from warmcall.calls.draft import convert
from warmcall.calls.errors import ConfigurationChangedError, StoreUnavailableError, WouldStrandError
from warmcall.calls.model import E164, Json

log = logging.getLogger("warmcall.configuration")

POLL_S = 2.0
"""How long a server may go on with what another one has replaced."""

Read = Callable[[Json], Iterable[Site]]
"""Makes checked sites of a document; raises `InvalidFieldError` if it cannot be used."""
Check = Callable[[Json], None]
"""Raises `InvalidFieldError` if this server cannot use the whole of a document: its webhooks and secrets, too."""
TakeOver = Callable[[Json], Awaitable[None]]
"""Lets what is no site or group hold; done before whoever applied it is answered."""


class Kept(msgspec.Struct, frozen=True):
    """One version. `document` is `{"site": [...]}` as the configuration file writes it, without defaults."""

    version: int
    at_ms: int
    document: Json


class Configurations(Protocol):
    """The part of a store that keeps configurations. Versions count from 1; none is changed or deleted."""

    async def newest(self) -> Kept | None:
        """The version that holds; `None` if there is none yet."""

    async def version(self) -> int:
        """Its number; 0 if there is none yet."""

    async def keep(self, document: Json, after: int, at_ms: int) -> bool:
        """Keep a document as version `after + 1`, durably, before returning.

        Returns:
            Whether it was kept: not if `after` is no longer the newest.
        """


class Keeper(Protocol):
    """What of a store is needed here."""

    @property
    def configurations(self) -> Configurations:
        """Where versions are kept."""

    @property
    def audit(self) -> AuditLog:
        """Where acts are written down."""

    def live(self, number: E164) -> int:
        """How many requests wait on a number."""


class Applied(msgspec.Struct, frozen=True, rename="camel"):
    """What came of applying a configuration.

    Attributes:
        version: Of the configuration that holds now.
        applied: Whether that is a new one: not if nothing differs, or if it was only tried.
        changes: What differs from the one before.
        stranded: Waiting requests whose calls do not find them any more.
    """

    version: int
    applied: bool
    changes: list[Change]
    stranded: list[Stranded]


class Shown(msgspec.Struct, frozen=True, rename="camel"):
    """The configuration that holds, its secrets concealed; version 0 is that of a server's own file, kept nowhere."""

    version: int
    applied_at: str | None
    configuration: Json


class Present(NamedTuple):
    """What a new configuration is compared with."""

    version: int
    document: Json
    directory: Directory


async def apply(
    store: Keeper, present: Present, document: Json, directory: Directory, now_ms: int, *, force: bool, dry_run: bool
) -> Applied:
    """Keep a configuration if it differs from the present one.

    Args:
        store: Where it is kept.
        present: What holds now.
        document: What is to hold.
        directory: Made of `document`.
        now_ms: The time.
        force: Whether waiting requests may be stranded.
        dry_run: Only tell what would be.

    Raises:
        WouldStrandError: if it would strand requests, and `force` does not say that it may.
        ConfigurationChangedError: if somebody else applied one since.
    """
    changes = differences(present.document, document)
    lost = stranded(present.directory, directory, store.live) if changes else []
    if dry_run or (present.version and not changes):
        return Applied(present.version, False, changes, lost)
    if lost and not force:
        raise WouldStrandError(msgspec.to_builtins(lost))
    if not await store.configurations.keep(document, present.version, now_ms):
        raise ConfigurationChangedError
    return Applied(present.version + 1, True, changes, lost)


async def record_applied(log: AuditLog, actor: str, applied: Applied, *, clock: Clock | None = None) -> None:
    """Write down who applied a configuration."""
    owners = sorted({change.owner for change in applied.changes})
    stranding = sum(lost.waiting for lost in applied.stranded)
    details = {"changed": owners[:50], "settings": len(applied.changes), "stranded": stranding}
    await record(log, actor, "configuration.apply", f"version {applied.version}", details, clock=clock)


class _Applying(msgspec.Struct, forbid_unknown_fields=True, rename="camel", frozen=True):
    document: Json
    force: bool = False
    dry_run: bool = False
    actor: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = SERVER


class ConfigurationPlugin:
    """Registers the plugin `Configuration`: `apply` {document, force, dryRun, actor} → Applied, `show` → Shown.

    Publishes `changed` {version} once another configuration holds, whoever applied it.

    Args:
        bus: Where to register.
        store: Keeps configurations.
        directory: What is replaced.
        read: Makes sites of a document.
        check: Looks at the rest of a document that is applied here.
        take_over: Told of each document that holds from now on.
        own: The document that `directory` was made from.
        clock: Tells the time.

    Attributes:
        document: The one that holds, with its secrets.
    """

    def __init__(
        self,
        bus: Bus,
        store: Keeper,
        directory: Directory,
        read: Read,
        check: Check,
        take_over: TakeOver,
        own: Json,
        clock: Clock,
    ) -> None:
        self.document = own
        self._store = store
        self._directory = directory
        self._read = read
        self._check = check
        self._take_over = take_over
        self._turn = asyncio.Lock()
        self._clock = clock
        self._version = 0
        self._applied_at_ms: int | None = None
        self._plugin = bus.plugin("Configuration")
        self._plugin.register_command("apply", self._apply)
        self._plugin.register_command("show", self._show)
        self._plugin.register_events(["changed"])
        self._plugin.ready()

    async def begin(self) -> None:
        """Note which version the server starts with: that of its own document, if the store keeps it."""
        kept = await self._store.configurations.newest()
        if kept is not None:
            self._version, self._applied_at_ms = kept.version, kept.at_ms

    async def watch(self) -> None:
        """Take over what others apply, until cancelled."""
        while True:
            await asyncio.sleep(POLL_S)
            try:
                await self.pick_up()
            except StoreUnavailableError:
                # The next round tries again; a store that is out of order is reported by /readyz.
                continue
            except Exception:
                # So does this: a server that stopped looking would never follow the others again.
                log.exception("configuration is not taken over")

    async def pick_up(self) -> None:
        """Let the newest configuration hold, if it is another."""
        async with self._turn:
            await self._pick_up()

    async def _pick_up(self) -> None:
        if await self._store.configurations.version() == self._version:
            return
        kept = await self._store.configurations.newest()
        if kept is None:
            return
        try:
            sites = tuple(self._read(kept.document))
        except Exception:
            # A later version of Warmcall wrote it, perhaps. What holds is better than nothing.
            log.exception("configuration cannot be used", extra={"version": kept.version})
            self._version, self._applied_at_ms = kept.version, kept.at_ms
            return
        self.document = kept.document
        self._directory.replace(sites)
        await self._take_over(kept.document)
        self._version, self._applied_at_ms = kept.version, kept.at_ms
        log.info("configuration changed", extra={"version": kept.version})
        self._plugin.publish("changed", {"version": kept.version})

    async def _apply(self, e: CommandEvent) -> Applied:
        asked = convert(e.data, _Applying)
        await self.pick_up()
        document = revealed(asked.document, self.document)
        directory = Directory(self._read(document))
        self._check(document)
        present = Present(self._version, self.document, self._directory)
        now_ms = self._clock.now_ms()
        applied = await apply(
            self._store, present, document, directory, now_ms, force=asked.force, dry_run=asked.dry_run
        )
        if applied.applied:
            await self.pick_up()
            await record_applied(self._store.audit, asked.actor, applied, clock=self._clock)
        return applied

    def _show(self, e: CommandEvent) -> Shown:
        at = None if self._applied_at_ms is None else rfc3339(self._applied_at_ms)
        return Shown(self._version, at, concealed(self.document))
