from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.api.conftest import CONFIG, ask, problem, tell
from tests.integration.webhooks.conftest import SITE, hook
from warmcall import Bus, RefusalError
from warmcall.calls.ids import new_request_id
from warmcall.metrics import made_at_ms
from warmcall.testing import FakeClock, RunningServer, running

TWILIO = """
[telephony.carrier]
kind = "twilio"
signing_key = "a-secret-token"
fallback_destination = "+12025550199"
"""


async def read(server: RunningServer) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the order of their names."""
    answer = await server.http.get("/metrics", headers={"X-API-Key": await server.new_key("read")})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    return {(s.name, *(s.labels[k] for k in sorted(s.labels))): s.value for family in families for s in family.samples}


async def test_calls_are_counted_by_what_became_of_them(
    server: RunningServer, phone: httpx.AsyncClient, clock: FakeClock
) -> None:
    await ask(server, fields={"phonenumber": "+12025550123"})
    await ask(server)
    clock.advance(seconds=12)
    await tell(phone, "1", callerNumber="+12025550123")
    for digits in ("100000", "200000", "300000"):
        await tell(phone, "2", digits=digits)
    problem(await server.http.post("/v1/sites/shop/call-requests", json={"group": "nowhere"}), 404, "group_unknown")
    await server.http.get("/no/such/thing")
    samples = await read(server)
    assert samples["warmcall_call_request_events_total", "created", "sales", "shop"] == 2
    assert samples["warmcall_matches_total", "caller", "sales", "shop"] == 1
    assert samples["warmcall_match_outcomes_total", "sales", "matched", "shop"] == 1
    assert samples["warmcall_match_outcomes_total", "sales", "no_match", "shop"] == 1
    assert samples["warmcall_live_requests", "sales", "shop"] == 1
    assert samples["warmcall_live_requests", "few", "shop"] == 0
    assert samples["warmcall_problems_total", "group_unknown", "createCallRequest"] == 1
    assert samples["warmcall_http_requests_total", "createCallRequest", "201"] == 2
    assert samples["warmcall_http_requests_total", "createCallRequest", "404"] == 1
    assert samples["warmcall_http_requests_total", "other", "404"] == 1
    assert samples["warmcall_http_request_seconds_count", "createCallRequest"] == 3
    assert samples["warmcall_http_request_seconds_bucket", "+Inf", "createCallRequest"] == 3
    assert samples["warmcall_store_up",] == 1
    assert samples["warmcall_store_latency_seconds",] > 0
    assert samples["warmcall_live_streams",] == 0
    assert samples["warmcall_info", "0.1.0"] == 1


async def test_the_wait_of_a_visitor_is_measured(tmp_path: Path) -> None:
    async with running(CONFIG, data_dir=tmp_path) as server:
        await ask(server, fields={"phonenumber": "+12025550123"})
        inbound = {"callId": "1", "dialledNumber": "+12025550100", "callerNumber": "+12025550123"}
        await server.bus.command("CallRequests.match", inbound)
        samples = await read(server)
    assert samples["warmcall_call_wait_seconds_bucket", "sales", "5.0", "shop"] == 1
    assert samples["warmcall_call_wait_seconds_sum", "sales", "shop"] < 5


async def test_webhooks_and_extensions_have_their_metrics() -> None:
    def extension(bus: Bus) -> None:
        def refuse(request: object) -> None:
            raise RefusalError("no")

        plugin = bus.plugin("Owner")
        plugin.before("CallRequests.create", refuse)
        plugin.ready()

    async with running(SITE + hook("http://127.0.0.1:1/"), extensions=[extension]) as server:
        await server.http.post("/v1/sites/shop/call-requests", json={"group": "sales"})
        samples = await read(server)
    name = "test_metrics"
    assert samples["warmcall_extension_seconds_count", name, "before CallRequests.create", "refused"] == 1
    assert samples["warmcall_webhook_pending", "shop/crm"] == 0
    assert samples["warmcall_webhook_lag_seconds", "shop/crm"] == 0


@pytest.mark.parametrize(
    ("allowed", "proxies", "headers", "status"),
    [
        ([], [], {}, 401),
        (["127.0.0.1"], [], {}, 200),
        (["10.0.0.0/8"], [], {}, 401),
        # A proxy on this machine that nobody trusts would let everybody in.
        (["127.0.0.1"], [], {"X-Forwarded-For": "203.0.113.7"}, 401),
        (["127.0.0.1"], ["127.0.0.1"], {"X-Forwarded-For": "203.0.113.7"}, 401),
        (["10.0.0.0/8"], ["127.0.0.1"], {"X-Forwarded-For": "10.1.2.3"}, 200),
    ],
)
async def test_only_those_who_are_meant_read_them(
    allowed: list[str], proxies: list[str], headers: dict[str, str], status: int
) -> None:
    config = f"[server]\nmetrics_allow = {allowed}\ntrusted_proxies = {proxies}\n{SITE}"
    async with running(config) as server:
        answer = await server.http.get("/metrics", headers=headers)
        assert answer.status_code == status


async def test_a_key_of_another_scope_does_not_read_them(server: RunningServer) -> None:
    answer = await server.http.get("/metrics", headers={"X-API-Key": await server.new_key("telephony")})
    problem(answer, 403, "scope_not_sufficient")


def test_an_id_says_when_a_request_was_made() -> None:
    assert made_at_ms(new_request_id(1_795_435_200_123)) == 1_795_435_200_123


async def test_what_phone_systems_were_refused_is_counted_by_reason() -> None:
    async with running(CONFIG + TWILIO) as server:
        for headers in ({}, {"X-Twilio-Signature": "AAAA"}, {"X-Twilio-Signature": "BBBB"}):
            await server.http.post("/telephony/carrier/voice", data={"CallSid": "CA1"}, headers=headers)
        samples = await read(server)
    assert samples["warmcall_telephony_refusals_total", "carrier", "unsigned"] == 1
    assert samples["warmcall_telephony_refusals_total", "carrier", "signature"] == 2
