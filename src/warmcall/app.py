"""The composition: everything a running server consists of is put together here, and nowhere else."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from warmcall import __version__
from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.bus.errors import CommandRejectedError
from warmcall.calls.audit import AuditPlugin
from warmcall.calls.clock import Clock, SystemClock
from warmcall.calls.configuration import ConfigurationPlugin
from warmcall.calls.counts import SharedCounts
from warmcall.calls.groups import GroupsPlugin
from warmcall.calls.model import Json
from warmcall.calls.people import PeoplePlugin
from warmcall.calls.plugin import CallRequestsPlugin
from warmcall.calls.port import Store
from warmcall.calls.retention import RetentionPlugin, purge_sometimes
from warmcall.calls.tokens import Tokens
from warmcall.challenge.plugin import ChallengePlugin
from warmcall.configuring import checker, document_of, hooks_named_in, hooks_of, reader
from warmcall.extensions import Extension
from warmcall.extensions.guard import Watch
from warmcall.extensions.loading import Loaded
from warmcall.extensions.registration import extend
from warmcall.hooks import named_hooks
from warmcall.metrics import Metrics
from warmcall.mounting import mounts_of
from warmcall.settings import Settings
from warmcall.telephony.connectors import PATH, PROMPTS, Connectors
from warmcall.telephony.prompts import Prompts
from warmcall.tracing import Exporting, trace_bus
from warmcall.web.addresses import Addresses
from warmcall.web.api.metrics import MetricsSource
from warmcall.web.application import Application
from warmcall.web.assets import Assets
from warmcall.web.keys import ApiKeys
from warmcall.web.live.hub import HEARTBEAT_S, Hub
from warmcall.web.services import Services
from warmcall.webhooks.plugin import WebhooksPlugin

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

log = logging.getLogger("warmcall.app")

# A new request may be due before what the timer sleeps for, so it never sleeps longer.
_LONGEST_SLEEP_S = 1.0
_SHORTEST_SLEEP_S = 0.05


class AppPlugin:
    """Registers the plugin `App`, which holds the settings: `configure` takes them once.

    Other plugins read them with `plugin.data("App.settings")`.

    Args:
        bus: Where to register.
    """

    def __init__(self, bus: Bus) -> None:
        self._configured = False
        self._plugin = bus.plugin("App")
        self._plugin.register_command("configure", self._configure)
        self._plugin.register_events(["ready", "stopping"])
        self._plugin.ready()

    def stop(self) -> None:
        """Tell extensions that the server is about to stop: they have a second to close what they hold open."""
        self._plugin.publish("stopping")

    def _configure(self, e: CommandEvent) -> None:
        if self._configured:
            raise CommandRejectedError("Already configured")
        self._configured = True
        self._plugin.data("settings", e.data)
        self._plugin.republish("ready")


class ExpiryTimer:
    """Lets call requests expire when their time has come.

    Args:
        bus: Where `CallRequests.expire` is.
        store: Knows when something is due.
        clock: Tells the time.
    """

    def __init__(self, bus: Bus, store: Store, clock: Clock) -> None:
        self._bus = bus
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await asyncio.sleep(self._wait_s())
            if self._wait_s() <= _SHORTEST_SLEEP_S:
                await self._expire()

    def _wait_s(self) -> float:
        due_ms = self._store.next_due_ms()
        if due_ms is None:
            return _LONGEST_SLEEP_S
        wait_s = (due_ms - self._clock.now_ms()) / 1000
        return min(max(wait_s, _SHORTEST_SLEEP_S), _LONGEST_SLEEP_S)

    async def _expire(self) -> None:
        try:
            await self._bus.command("CallRequests.expire")
        except CommandRejectedError as error:
            # The next round tries again; a store that is out of order is reported by /readyz.
            log.warning("expiry failed", extra={"reason": str(error)})


@dataclass(frozen=True, slots=True)
class Warmcall:
    """A server, ready to be served.

    Attributes:
        bus: Where extensions register.
        application: The ASGI application.
        public_url: Where pages reach it, without a final slash.
        connectors: What ties it to phone systems.
        webhooks: What brings events to the owner's systems.
        challenge: What tells visitors from machines.
    """

    bus: Bus
    store: Store
    hub: Hub
    application: Application
    public_url: str
    connectors: Connectors
    webhooks: WebhooksPlugin
    challenge: ChallengePlugin
    _stop_events: tuple[Callable[[], None], ...]
    _timers: "tuple[asyncio.Task[None], ...]"
    _exporting: Exporting | None

    async def stop(self) -> None:
        """End streams, finish what was accepted, close the store."""
        self.application.stopping = True
        # While the bus still takes their reports of the calls they end.
        await self.connectors.stop()
        await self.hub.aclose()
        for timer in self._timers:
            timer.cancel()
            with suppress(asyncio.CancelledError):
                await timer
        await self.webhooks.stop()
        for stop in self._stop_events:
            stop()
        await self.bus.aclose()
        await self.challenge.aclose()
        await self.store.aclose()
        # Last, so that what matters is done when somebody loses patience.
        if self._exporting is not None:
            await self._exporting.aclose()


async def start(
    settings: Settings,
    store: Store,
    *,
    public_url: str,
    clock: Clock | None = None,
    extensions: Iterable[Extension | Loaded] = (),
    assets: Assets | None = None,
    heartbeat_s: int = HEARTBEAT_S,
    watch: Watch | None = None,
    tracer: "Tracer | None" = None,
) -> Warmcall:
    """Put a server together and start its timers.

    Args:
        settings: Sites, groups and the server's own settings.
        store: An open store; from here on closed by `Warmcall.stop`.
        public_url: Used when the settings name none.
        clock: Tells the time; the machine's own if `None`.
        extensions: Called with the bus before the first request comes.
        assets: The page script; the one that ships with the package if `None`.
        heartbeat_s: Seconds between two signs of life of a live stream.
        watch: Told of what extensions do.
        tracer: Makes spans; `None`: one of our own where the settings ask for it.
    """
    clock = clock or SystemClock()
    url = settings.server.public_url or public_url
    bus, hub, tokens = Bus(), Hub(heartbeat_s), Tokens(await store.secret("tokens"))
    plugin = AppPlugin(bus)
    counts = SharedCounts(store.counter, await store.secret("limits"))
    calls = CallRequestsPlugin(bus, store, settings.directory, tokens, clock, url, counts)
    challenge = ChallengePlugin(bus, store, settings.directory, clock, await store.secret("challenge"))
    AuditPlugin(bus, store.audit, clock)
    PeoplePlugin(bus, store, clock)
    RetentionPlugin(bus, store, settings.directory, clock)
    GroupsPlugin(bus, settings.directory, clock)
    hooks, named = settings.webhooks, named_hooks(settings.sites)
    webhooks = WebhooksPlugin(bus, store, hooks, tokens, clock, url, f"Warmcall/{__version__}", named)
    configuration = _configuration(settings, bus, store, clock, webhooks)
    await configuration.begin()
    web = bus.plugin("Web")
    keys = ApiKeys(store, clock)
    metrics = Metrics(bus, store, settings.directory, hub.__len__, calls.outcomes)
    exporting = Exporting() if settings.server.tracing and tracer is None else None
    if made := tracer or (exporting and exporting.tracer):
        trace_bus(bus, made)
    routes = await extend(bus, extensions, settings, keys, watch or metrics)
    web.ready()
    await bus.command("App.configure", _plain(settings))
    connectors = await _connectors(settings, bus, store, clock, url)
    metrics.refusals = connectors.refusals.counts
    services = Services(
        plugin=web,
        store=store,
        directory=settings.directory,
        tokens=tokens,
        clock=clock,
        hub=hub,
        keys=keys,
        addresses=Addresses(settings.server.trusted_proxies),
        assets=assets or Assets(),
        public_url=url,
    )
    hub.start()
    await webhooks.start()
    timers = (
        asyncio.create_task(ExpiryTimer(bus, store, clock).run(), name="expiry"),
        asyncio.create_task(purge_sometimes(bus), name="retention"),
        asyncio.create_task(configuration.watch(), name="configuration"),
        asyncio.create_task(counts.run(clock), name="limits"),
    )
    source = MetricsSource(metrics.tally, metrics.write, settings.server.metrics_allow)
    application = Application(services, _origin_of(url), mounts_of(connectors), routes, source)
    return Warmcall(
        bus,
        store,
        hub,
        application,
        url,
        connectors,
        webhooks,
        challenge,
        (calls.close, metrics.close, store.on_events(hub.publish), plugin.stop),
        timers,
        exporting,
    )


def _configuration(
    settings: Settings, bus: Bus, store: Store, clock: Clock, webhooks: WebhooksPlugin
) -> ConfigurationPlugin:
    async def take_over(document: Json) -> None:
        await webhooks.replace(hooks_of(document, settings), hooks_named_in(document))

    read, check, own = reader(settings.server), checker(settings), document_of(settings.sites)
    return ConfigurationPlugin(bus, store, settings.directory, read, check, take_over, own, clock)


async def _connectors(settings: Settings, bus: Bus, store: Store, clock: Clock, url: str) -> Connectors:
    try:
        prompts = Prompts(settings.prompts_folder, f"{url}{PATH}/{PROMPTS}")
        connectors = Connectors(bus, settings.telephony, await store.secret("telephony"), clock, url, prompts)
        await connectors.start()
    except BaseException:
        # Nobody else can: the caller has no server to stop yet.
        await bus.aclose()
        await store.aclose()
        raise
    return connectors


def _plain(settings: Settings) -> dict[str, Any]:
    sites = [msgspec.to_builtins(site) for site in settings.directory.sites.values()]
    return {"server": msgspec.to_builtins(settings.server), "sites": sites}


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
