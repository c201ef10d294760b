from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.integration.api.conftest import ask, eventually, problem
from tests.integration.webhooks.conftest import SITE, hook
from tests.integration.webhooks.receiver import receiving
from warmcall.testing import running

NUMBER = "+12025550123"


def named(spans: tuple[ReadableSpan, ...], name: str) -> dict[str, object]:
    """The attributes of the first span of a name."""
    return dict(next(span.attributes or {} for span in spans if span.name == name))


async def test_commands_and_deliveries_are_spans_that_name_nobody() -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    async with (
        receiving() as receiver,
        running(
            SITE + hook(receiver.url, events='["call_request.matched"]'), tracer=provider.get_tracer("test")
        ) as server,
    ):
        issued = await ask(server, fields={"firstname": "Ada", "phonenumber": NUMBER})
        inbound = {"callId": "c1", "dialledNumber": "+12025550100", "callerNumber": NUMBER, "callerName": "ADA"}
        await server.bus.command("CallRequests.match", inbound)
        problem(await server.http.post("/v1/sites/shop/call-requests", json={"group": "no"}), 404, "group_unknown")
        await eventually(lambda: any(span.name == "webhook" for span in exporter.get_finished_spans()))
    spans = exporter.get_finished_spans()
    created = named(spans, "CallRequests.create")
    assert created["warmcall.group"] == "sales"
    assert created["warmcall.commander"] == "Web"
    assert created["warmcall.result.id"] == issued["id"]
    assert named(spans, "CallRequests.match")["warmcall.result.outcome"] == "matched"
    delivered = named(spans, "webhook")
    assert (delivered["warmcall.webhook"], delivered["warmcall.outcome"]) == ("shop/crm", "delivered")
    assert [span.attributes["error.type"] for span in spans if span.attributes and "error.type" in span.attributes] == [
        "group_unknown"
    ]
    for span in spans:
        told = span.to_json()
        assert NUMBER not in told
        assert "Ada" not in told
        assert "ADA" not in told
