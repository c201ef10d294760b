"""Traces for OpenTelemetry: a span for each command that changes something, and for each try to deliver an event.

Ids only: a span never has a name, a number, or what a visitor said.
"""

import asyncio
import logging
import os
import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from warmcall import __version__
from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent, Handler
from warmcall.bus.events import Event
from warmcall.bus.promise import is_awaitable
from warmcall.calls.answers import MatchAnswer
from warmcall.errors import WarmcallError

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

log = logging.getLogger("warmcall.tracing")

COMMANDS = tuple(f"CallRequests.{name}" for name in ("create", "match", "report", "cancel", "note", "expire"))
# What of a command's options and result names nobody.
_OPTIONS = ("id", "site", "group", "callId", "state")
_RESULTS = ("id", "outcome", "state")
_NS = 1_000_000_000
_GRACE_S = 2.0


class TracingMissingError(WarmcallError):
    """OpenTelemetry comes with an extra."""

    code = "tracing_missing"

    def __init__(self) -> None:
        super().__init__("server.tracing needs the extra `otel`: pip install 'warmcall[otel]'. Or set it to false.")


def require() -> None:
    """Make sure that spans can be exported.

    Raises:
        TracingMissingError: if the extra is not installed.
    """
    try:
        import opentelemetry.exporter.otlp.proto.http.trace_exporter
        import opentelemetry.sdk.trace.export  # noqa: F401
    except ImportError as error:
        raise TracingMissingError from error


def collector() -> str:
    """Where spans are sent, as OpenTelemetry reads the environment."""
    named = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    base = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or "http://localhost:4318"
    return named or f"{base.rstrip('/')}/v1/traces"


class Exporting:
    """Exports spans over OTLP, as the environment variables `OTEL_…` say, from a thread of its own.

    Spans that the collector does not take are lost: nobody waits for it.

    Attributes:
        tracer: Makes the spans.

    Raises:
        TracingMissingError: if the extra is not installed.
    """

    def __init__(self) -> None:
        require()
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create({"service.name": "warmcall", "service.version": __version__})
        # At exit it would wait for the collector as long as that likes.
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._exporter = OTLPSpanExporter()
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self.tracer: Tracer = self._provider.get_tracer("warmcall", __version__)

    async def aclose(self) -> None:
        """Send what was not sent yet, for a moment."""
        loop, sent = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            # Nobody is there any more if it took too long.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(sent.set)

        # A thread of a pool would be waited for at exit.
        Thread(target=shut_down, name="last spans", daemon=True).start()
        try:
            async with asyncio.timeout(_GRACE_S):
                await sent.wait()
        except TimeoutError:
            log.warning("the last spans are lost: the collector does not take them")
            self._exporter.shutdown()  # type: ignore[no-untyped-call]  # the library has no annotation here


def trace_bus(bus: Bus, tracer: "Tracer") -> None:
    """Make a span of each command that changes something, and of each try to deliver an event."""

    async def traced(e: CommandEvent, handler: Handler) -> Any:
        with tracer.start_as_current_span(e.command, record_exception=False, set_status_on_exception=False) as span:
            span.set_attributes({f"warmcall.{name}": e.data[name] for name in _OPTIONS if _is_text(e.data, name)})
            span.set_attribute("warmcall.commander", e.commander)
            try:
                result = handler(e)
                if is_awaitable(result):
                    result = await result
            except Exception as error:
                # Its text may have what a visitor said.
                span.set_attribute("error.type", getattr(error, "code", type(error).__name__))
                raise
            span.set_attributes(_found(result))
            return result

    for command in COMMANDS:
        bus.around(command, traced)
    plugin = bus.plugin("Tracing")
    for outcome in ("delivered", "failed", "dead"):
        plugin.subscribe(f"Webhooks.{outcome}", lambda e: _delivery_span(tracer, e))
    plugin.ready()


def _found(result: Any) -> dict[str, str]:
    found = {f"warmcall.result.{name}": getattr(result, name, None) for name in _RESULTS}
    if isinstance(result, MatchAnswer):
        found |= {"warmcall.site": result.group.site, "warmcall.group": result.group.name}
        if result.call_request is not None:
            found["warmcall.result.id"] = result.call_request.id
    return {name: text for name, text in found.items() if isinstance(text, str)}


def _delivery_span(tracer: "Tracer", e: Event) -> None:
    ended_ns = time.time_ns()
    span = tracer.start_span("webhook", start_time=ended_ns - int(e.data["spentS"] * _NS))
    span.set_attributes(
        {
            "warmcall.webhook": e.data["hook"],
            "warmcall.id": e.data["request"],
            "warmcall.event": e.data["event"],
            "warmcall.attempts": e.data["attempts"],
            "warmcall.outcome": e.event.rpartition(".")[2],
        }
    )
    span.end(ended_ns)


def _is_text(data: Any, name: str) -> bool:
    return isinstance(data, dict) and isinstance(data.get(name), str)
