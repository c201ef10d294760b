"""Traces on their way to a real collector, over OTLP as protobuf."""

import signal
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.integration.api.conftest import ask, problem
from tests.integration.api.test_serve import Process
from tests.integration.webhooks.conftest import SITE
from warmcall.testing import running

TRACED = f"[server]\ntracing = true\n{SITE}"
NUMBER = "+442071838750"
# The exporter itself tries for ten seconds.
STOP_S = 6


class Collector(ThreadingHTTPServer):
    """Takes spans; or takes its time, until it is closed."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Export)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked = Event()
        self.answering, self.closing = Event(), Event()
        self.answering.set()
        self.taken: list[ExportTraceServiceRequest] = []
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def spans(self) -> dict[str, dict[str, str]]:
        """The attributes of the last span of each name, those of its resource among them."""
        return {
            span.name: {pair.key: pair.value.string_value for pair in (*resource.resource.attributes, *span.attributes)}
            for taken in self.taken
            for resource in taken.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }

    def close(self) -> None:
        self.answering.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Export(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.set()
        self.server.answering.wait()
        if (self.path, self.headers["content-type"]) == ("/v1/traces", "application/x-protobuf"):
            self.server.taken.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    collector = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    yield collector
    collector.close()


async def test_a_create_and_a_match_arrive_at_a_collector_and_name_nobody(collector: Collector) -> None:
    async with running(TRACED) as server:
        issued = await ask(server, fields={"firstname": "Ada", "phonenumber": NUMBER}, userData={"card": "4111"})
        call = {"callId": "c1", "dialledNumber": "+12025550100", "callerNumber": NUMBER, "callerName": "ADA L"}
        headers = {"X-API-Key": await server.new_key()}
        assert (await server.http.post("/v1/match", json=call, headers=headers)).json()["outcome"] == "matched"
        problem(await server.http.post("/v1/sites/shop/call-requests", json={"group": "no"}), 404, "group_unknown")
    # Whatever was not sent by then is sent before the server stops.
    create, match = collector.spans["CallRequests.create"], collector.spans["CallRequests.match"]
    assert create["service.name"] == match["service.name"] == "warmcall"
    assert create["error.type"] == "group_unknown"
    assert match["warmcall.callId"] == "c1"
    assert match["warmcall.result.outcome"] == "matched"
    assert match["warmcall.result.id"] == issued["id"]
    assert (match["warmcall.site"], match["warmcall.group"]) == ("shop", "sales")
    told = str(collector.taken)
    assert issued["id"] in told
    for private in ("Ada", "ADA", NUMBER, NUMBER[1:], "4111", issued["token"], issued["accessCode"]):
        assert private not in told


@pytest.mark.parametrize("state", ["silent", "down"])
def test_a_collector_costs_no_visitor_anything_and_holds_up_no_stop(
    collector: Collector, tmp_path: Path, state: str
) -> None:
    collector.answering.clear()
    if state == "down":
        collector.socket.close()
    config = tmp_path / "warmcall.toml"
    config.write_text(TRACED)
    process = Process(config, tmp_path / "data")
    try:
        with httpx.Client(base_url=process.url, timeout=5) as client:
            for _ in range(30):
                assert client.post("/v1/sites/shop/call-requests", json={"group": "sales"}).status_code == 201
    finally:
        began_s = time.monotonic()
        code = process.stop(signal.SIGTERM)
    assert code == 0
    assert time.monotonic() - began_s < STOP_S
    assert collector.asked.is_set() == (state == "silent")
