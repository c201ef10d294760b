"""Metrics for Prometheus. What happens often is counted plainly, and put into Prometheus' form when it is asked for."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client import Counter as PrometheusCounter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from warmcall import __version__
from warmcall.bus.bus import Bus
from warmcall.bus.errors import CommandRejectedError
from warmcall.bus.events import Event as BusEvent
from warmcall.calls.directory import Directory
from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.model import Event, EventType, RequestId
from warmcall.calls.port import Store
from warmcall.calls.webhooks import HookAnswer
from warmcall.telephony.refusals import Refusal
from warmcall.web.tally import Durations, Tally

_CALL_WAIT_S = (5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1200.0, 3600.0)
_EXTENSION_S = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
_STORE_WAIT_S = 2.0


class Metrics(Collector):
    """The metrics of one server, in a registry of its own. It is the `Watch` of extensions.

    Args:
        bus: Where webhooks tell what they did.
        store: Whose events are counted, and whose latency is measured.
        directory: The groups.
        streams: How many live streams are open.
        outcomes: How often inbound calls were answered how, by site, group and outcome; counted by others.

    Attributes:
        refusals: How often requests of phone systems were turned away, by connector and reason; counted by others.
    """

    def __init__(
        self,
        bus: Bus,
        store: Store,
        directory: Directory,
        streams: Callable[[], int],
        outcomes: Mapping[tuple[str, str, str], int],
    ) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.tally = Tally()
        self.refusals: Mapping[tuple[str, Refusal], int] = {}
        self._outcomes = outcomes
        self._store = store
        self._directory = directory
        self._streams = streams
        self._events: Counter[tuple[str, str, str]] = Counter()
        self._matches: Counter[tuple[str, str, str]] = Counter()
        self._waits: defaultdict[tuple[str, str], Durations] = defaultdict(lambda: Durations(_CALL_WAIT_S))
        self._hooks: Sequence[HookAnswer] = ()
        self._ping_s: float | None = None
        self._plugin = bus.plugin("Metrics")
        self._register()
        self._stop = store.on_events(self._count)

    def _register(self) -> None:
        self._extensions = Histogram(
            "warmcall_extension_seconds",
            "Functions of extensions.",
            ["extension", "hook", "outcome"],
            buckets=_EXTENSION_S,
            registry=self.registry,
        )
        self._deliveries = PrometheusCounter(
            "warmcall_webhook_tries",
            "Tries to deliver an event, by how they ended.",
            ["webhook", "outcome"],
            registry=self.registry,
        )
        self._arrival = Histogram(
            "warmcall_webhook_arrival_seconds",
            "From an event to its delivery.",
            ["webhook"],
            buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 3600, 86400),
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(self)
        for outcome in ("delivered", "failed", "dead"):
            self._plugin.subscribe(f"Webhooks.{outcome}", self._delivered)
        self._plugin.ready()

    def close(self) -> None:
        """Count no more events."""
        self._stop()

    def ran(self, extension: str, what: str, outcome: str, spent_s: float) -> None:
        """A function of an extension ran."""
        self._extensions.labels(extension, what, outcome).observe(spent_s)

    async def write(self) -> bytes:
        """All metrics in Prometheus' text form. What the store must be asked for is left out while it is away."""
        await self._ask_store()
        return generate_latest(self.registry)

    async def _ask_store(self) -> None:
        began_s = perf_counter()
        self._ping_s = None
        try:
            async with asyncio.timeout(_STORE_WAIT_S):
                await self._store.ping()
                self._ping_s = perf_counter() - began_s
                self._hooks = await self._plugin.command("Webhooks.list")
        except (StoreUnavailableError, CommandRejectedError, TimeoutError):
            self._hooks = ()

    def _count(self, events: Sequence[Event]) -> None:
        for event in events:
            self._events[event.site, event.group, event.type] += 1
            if event.type is EventType.MATCHED:
                self._matches[event.site, event.group, str(event.data.get("matchedBy"))] += 1
                waited_s = max(0, event.at_ms - made_at_ms(event.request_id)) / 1000
                self._waits[event.site, event.group].add(waited_s)

    def _delivered(self, e: BusEvent) -> None:
        outcome = e.event.rpartition(".")[2]
        self._deliveries.labels(e.data["hook"], outcome).inc()
        if outcome == "delivered":
            self._arrival.labels(e.data["hook"]).observe(e.data["lagS"])

    def collect(self) -> Iterator[Metric]:
        """What is not kept in Prometheus' own form."""
        yield from self._collect_calls()
        yield from self._collect_http()
        yield from self._collect_store()
        info = GaugeMetricFamily("warmcall_info", "Which version runs.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield GaugeMetricFamily("warmcall_live_streams", "Open live streams.", value=self._streams())

    def _collect_calls(self) -> Iterator[Metric]:
        events = CounterMetricFamily(
            "warmcall_call_request_events",
            "What happened to call requests, on all servers of the database.",
            labels=["site", "group", "event"],
        )
        for names, count in self._events.items():
            events.add_metric(names, count)
        matches = CounterMetricFamily(
            "warmcall_matches",
            "Matched calls by what identified them, on all servers of the database.",
            labels=["site", "group", "by"],
        )
        for names, count in self._matches.items():
            matches.add_metric(names, count)
        outcomes = CounterMetricFamily(
            "warmcall_match_outcomes",
            "Answers of this server to inbound calls, those that match nothing among them.",
            labels=["site", "group", "outcome"],
        )
        for names, count in self._outcomes.items():
            outcomes.add_metric(names, count)
        refusals = CounterMetricFamily(
            "warmcall_telephony_refusals",
            "Requests of phone systems that were turned away.",
            labels=["connector", "refusal"],
        )
        for refused, count in self.refusals.items():
            refusals.add_metric(refused, count)
        live = GaugeMetricFamily("warmcall_live_requests", "Call requests that wait.", labels=["site", "group"])
        for site in self._directory.sites.values():
            for group in site.groups:
                live.add_metric([site.id, group.name], sum(map(self._store.live, group.numbers)))
        waits = HistogramMetricFamily(
            "warmcall_call_wait_seconds", "From giving out a number to the matched call.", labels=["site", "group"]
        )
        for owner, measured in self._waits.items():
            waits.add_metric(owner, list(_cumulated(measured)), measured.sum_s)
        yield from (events, matches, waits, outcomes, refusals, live)

    def _collect_http(self) -> Iterator[Metric]:
        answers = CounterMetricFamily(
            "warmcall_http_requests", "Answers by route and status.", labels=["route", "status"]
        )
        for (route, status), count in self.tally.answers().items():
            answers.add_metric([route, str(status)], count)
        problems = CounterMetricFamily("warmcall_problems", "Errors by route and code.", labels=["route", "code"])
        for names, count in self.tally.problems.items():
            problems.add_metric(names, count)
        durations = HistogramMetricFamily(
            "warmcall_http_request_seconds", "From request to answer; live streams are left out.", labels=["route"]
        )
        for route, measured in self.tally.durations().items():
            durations.add_metric([route], list(_cumulated(measured)), measured.sum_s)
        yield from (answers, problems, durations)

    def _collect_store(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "warmcall_store_up", "Whether the store answers.", value=float(self._ping_s is not None)
        )
        if self._ping_s is not None:
            yield GaugeMetricFamily("warmcall_store_latency_seconds", "An empty transaction, now.", value=self._ping_s)
        pending = GaugeMetricFamily("warmcall_webhook_pending", "Deliveries that wait.", labels=["webhook"])
        dead = GaugeMetricFamily("warmcall_webhook_dead", "Deliveries that were given up.", labels=["webhook"])
        lag = GaugeMetricFamily("warmcall_webhook_lag_seconds", "Age of the oldest that waits.", labels=["webhook"])
        for hook in self._hooks:
            pending.add_metric([hook.hook], hook.pending)
            dead.add_metric([hook.hook], hook.dead)
            lag.add_metric([hook.hook], hook.lag_s)
        yield from (pending, dead, lag)


def made_at_ms(request_id: RequestId) -> int:
    """When a request was made, which its id says (RFC 9562, section 5.7)."""
    return int(request_id[:8] + request_id[9:13], 16)


def _cumulated(measured: Durations) -> Iterator[tuple[str, float]]:
    total = 0
    for bound_s, count in zip((*map(str, measured.bounds_s), "+Inf"), measured.buckets, strict=True):
        total += count
        yield bound_s, float(total)
