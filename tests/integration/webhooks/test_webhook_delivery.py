"""Events on their way to a real HTTP server."""

import asyncio
import socket
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.integration.api.conftest import eventually
from tests.integration.webhooks import receiver as behaviours
from tests.integration.webhooks.conftest import OLD_SECRET, SECRET, SITE, hook
from tests.integration.webhooks.receiver import Behaviour, Receiver, receiving
from warmcall.testing import FakeClock, RunningServer, running

HOUR_S = 3600
CALLED = {"callId": "call-1", "dialledNumber": "+12025550100", "callerNumber": "+12025550123"}
FIELDS = {"firstname": "Ada", "phonenumber": "+12025550123"}


async def ask(server: RunningServer, **fields: str) -> str:
    body = {"group": "sales", "fields": fields, "userData": {"cart": ["oak"]}, "page": {"url": "https://x.test/p"}}
    answer = await server.http.post("/v1/sites/shop/call-requests", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def call(server: RunningServer, call_id: str = "call-1") -> None:
    """Ring, be connected, end."""
    inbound = {"callId": call_id, "dialledNumber": "+12025550100", "callerNumber": "+12025550123"}
    await server.bus.plugin(f"Phone {call_id}").command("CallRequests.match", {**inbound, "callerName": "ADA L"})
    for state in ("connected", "ended"):
        await server.bus.command("CallRequests.report", {"callId": call_id, "state": state})


async def dead(server: RunningServer) -> list[dict[str, Any]]:
    headers = {"X-API-Key": await server.new_key("admin")}
    answer = await server.http.get("/v1/admin/webhook-deliveries", params={"state": "dead"}, headers=headers)
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


def wake(server: RunningServer) -> None:
    for courier in server.warmcall.webhooks.couriers.values():
        courier.wake()


async def test_a_call_is_told_in_order_signed_and_with_who_it_is_only_if_wanted(
    receiver: Receiver, tmp_path: Path
) -> None:
    full = hook(receiver.url, "full", include='["caller", "fields", "user_data", "page"]')
    async with receiving() as plain, running(SITE + full + hook(plain.url), data_dir=tmp_path) as server:
        request_id = await ask(server, **FIELDS)
        await call(server)
        await eventually(lambda: len(receiver.received) == 4 and len(plain.received) == 4)
    assert plain.events(request_id) == ["created", "matched", "connected", "ended"]
    assert plain.events(request_id) == receiver.events(request_id)
    for received in plain.received:
        payload = Webhook(SECRET).verify(received.body, received.headers)
        assert payload["data"]["site"] == "shop"
        assert b"Ada" not in received.body
        assert b"ADA" not in received.body
        assert b"+12025550123" not in received.body
        assert b"oak" not in received.body
    matched = next(r.json["data"] for r in receiver.received if r.event == "matched")
    assert (matched["fields"], matched["userData"]) == (FIELDS, {"cart": ["oak"]})
    assert (matched["callerName"], matched["callerNumber"], matched["matchedBy"]) == ("ADA L", "+12025550123", "caller")
    assert len({r.headers["webhook-id"] for r in plain.received}) == 4


async def test_a_note_is_told_with_its_text_only_if_wanted(receiver: Receiver) -> None:
    full = hook(receiver.url, "full", include='["notes"]')
    async with receiving() as plain, running(SITE + full + hook(plain.url)) as server:
        request_id = await ask(server, **FIELDS)
        await call(server)
        headers = {"Authorization": f"Bearer {await server.new_key()}"}
        context = (await server.bus.command("CallRequests.match", CALLED)).context
        note = {"text": "Wants the oak table.", "disposition": "sold"}
        answer = await server.http.post(f"/v1/context/{context.token}/notes", json=note, headers=headers)
        await eventually(lambda: len(receiver.received) == 5 and len(plain.received) == 5)
    assert answer.status_code == 201
    assert plain.events(request_id)[-1] == receiver.events(request_id)[-1] == "note_added"
    assert (plain.received[-1].json["data"]["disposition"], b"oak" in plain.received[-1].body) == ("sold", False)
    assert receiver.received[-1].json["data"]["text"] == "Wants the oak table."


async def test_a_call_that_was_given_up_is_told_as_ended(receiver: Receiver, clock: FakeClock) -> None:
    async with running(SITE + hook(receiver.url), clock=clock) as server:
        request_id = await ask(server, **FIELDS)
        await server.bus.command("CallRequests.match", CALLED)
        clock.advance(seconds=13 * HOUR_S)
        await server.bus.command("Retention.giveUp")
        await eventually(lambda: receiver.events(request_id)[-1:] == ["ended"])
    assert receiver.received[-1].json["data"]["reason"] == "nothing was heard of the call any more"


async def test_only_the_events_that_were_asked_for_come(receiver: Receiver) -> None:
    async with running(SITE + hook(receiver.url, events='["call_request.matched"]')) as server:
        await ask(server, **FIELDS)
        await call(server)
        await eventually(lambda: len(receiver.received) == 1)
    assert [received.event for received in receiver.received] == ["matched"]


async def test_while_a_secret_is_replaced_both_verify(receiver: Receiver) -> None:
    async with running(SITE + hook(receiver.url, secrets=(SECRET, OLD_SECRET))) as server:
        await ask(server)
        await eventually(lambda: len(receiver.received) == 1)
    (received,) = receiver.received
    for secret in (SECRET, OLD_SECRET):
        assert Webhook(secret).verify(received.body, received.headers)
    stranger = "whsec_c29tZWJvZHktZWxzZS1zLXNlY3JldC0zMi1ieXRlcyE="
    with pytest.raises(WebhookVerificationError):
        Webhook(stranger).verify(received.body, received.headers)


async def test_a_receiver_that_is_down_gets_everything_in_order_when_it_is_back(
    receiver: Receiver, clock: FakeClock
) -> None:
    receiver.behaviour = behaviours.status(503)
    async with running(SITE + hook(receiver.url), clock=clock) as server:
        failures = hear(server, "failed")
        request_id = await ask(server, **FIELDS)
        await call(server)
        other_id = await ask(server)
        await eventually(lambda: len(failures) == 2)
        clock.advance(seconds=8)
        wake(server)
        await eventually(lambda: len(failures) == 4)
        receiver.behaviour = behaviours.status(200)
        clock.advance(seconds=20)
        wake(server)
        await eventually(lambda: receiver.events(request_id)[-1:] == ["ended"])
    assert receiver.events(request_id) == ["created", "created", "created", "matched", "connected", "ended"]
    assert receiver.events(other_id) == ["created"] * 3
    assert len({r.headers["webhook-id"] for r in receiver.received if r.json["data"]["id"] == other_id}) == 1


async def test_after_a_day_a_delivery_is_dead_and_can_be_replayed(receiver: Receiver, clock: FakeClock) -> None:
    receiver.behaviour = behaviours.status(500)
    async with running(SITE + hook(receiver.url, events='["call_request.created"]'), clock=clock) as server:
        failures, given_up = hear(server, "failed"), hear(server, "dead")
        request_id = await ask(server)
        for tries in range(1, 6):
            await eventually(partial(lambda tries: len(failures) == tries, tries))
            assert not given_up
            clock.advance(seconds=5 * HOUR_S)
            wake(server)
        await eventually(lambda: bool(given_up))
        assert given_up[0]["request"] == request_id
        (listed,) = await dead(server)
        assert (listed["error"], listed["event"], listed["state"]) == ("answered 500", "call_request.created", "dead")
        receiver.behaviour = behaviours.status(200)
        admin = {"X-API-Key": await server.new_key("admin")}
        answer = await server.http.post("/v1/admin/webhooks/shop/crm/replay", headers=admin)
        assert answer.json() == {"replayed": 1}
        await eventually_settled(server, "delivered")
        assert await dead(server) == []
    assert receiver.events(request_id) == ["created"] * 7


def hear(server: RunningServer, what: str) -> list[dict[str, Any]]:
    """What the plugin Webhooks publishes from now on."""
    heard: list[dict[str, Any]] = []
    server.bus.plugin(f"Hearing {what}").subscribe(f"Webhooks.{what}", lambda e: heard.append(e.data))
    return heard


async def eventually_settled(server: RunningServer, state: str, count: int = 1) -> None:
    deadline_s = asyncio.get_running_loop().time() + 10
    while len(await server.bus.command("Webhooks.deliveries", {"state": state})) < count:
        assert asyncio.get_running_loop().time() < deadline_s, f"nothing became {state}"
        await asyncio.sleep(0.01)


async def test_a_receiver_that_is_gone_is_not_asked_again(receiver: Receiver) -> None:
    receiver.behaviour = behaviours.status(410)
    async with running(SITE + hook(receiver.url)) as server:
        await ask(server)
        await eventually_settled(server, "dead")
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (behaviours.status(302, "Location: http://127.0.0.1:1/"), "answered 302; redirects are not followed"),
        (behaviours.silence, "no complete answer within 1 s"),
        (behaviours.trickle, "no complete answer within 1 s"),
        (behaviours.rubbish, "no answer: RemoteProtocolError"),
        (behaviours.hang_up, "no answer: RemoteProtocolError"),
        (behaviours.status(429, "Retry-After: 1800"), "answered 429"),
    ],
    ids=["redirects", "silent", "trickling", "rubbish", "hanging up", "busy"],
)
async def test_a_bad_receiver_harms_nobody(receiver: Receiver, behaviour: Behaviour, error: str) -> None:
    receiver.behaviour = behaviour
    bad = hook(receiver.url, "bad", timeout_s=1, concurrency=1)
    async with receiving() as good, running(SITE + bad + hook(good.url, "good")) as server:
        for _ in range(3):
            await ask(server)
        await eventually(lambda: len(good.received) == 3)
        deadline_s = asyncio.get_running_loop().time() + 10
        while not (failed := [d for d in await deliveries(server, "shop/bad") if d.error]):
            assert asyncio.get_running_loop().time() < deadline_s
            await asyncio.sleep(0.01)
        assert failed[0].error.startswith(error)
        assert failed[0].state == "pending"


async def test_no_more_are_on_their_way_at_once_than_the_receiver_wants(receiver: Receiver) -> None:
    enough = asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        await enough.wait()
        await behaviours.status(200)(writer)

    receiver.behaviour = wait
    async with running(SITE + hook(receiver.url, concurrency=2)) as server:
        for _ in range(5):
            await ask(server)
        await eventually(lambda: len(receiver.received) == 2)
        enough.set()
        await eventually(lambda: len(receiver.received) == 5)
    assert receiver.most_at_once == 2


async def deliveries(server: RunningServer, hook_id: str) -> list[Any]:
    found: list[Any] = await server.bus.command("Webhooks.deliveries", {"hook": hook_id})
    return found


async def test_an_answer_without_end_is_not_read_to_its_end(receiver: Receiver) -> None:
    receiver.behaviour = behaviours.endless
    async with running(SITE + hook(receiver.url)) as server:
        await ask(server)
        await eventually_settled(server, "delivered")


async def test_nobody_listening_is_told_in_the_list(receiver: Receiver) -> None:
    async with receiving() as gone:
        url = gone.url
    async with running(SITE + hook(url)) as server:
        await ask(server)
        deadline_s = asyncio.get_running_loop().time() + 10
        while not (failed := [d for d in await deliveries(server, "shop/crm") if d.error]):
            assert asyncio.get_running_loop().time() < deadline_s
            await asyncio.sleep(0.01)
        assert failed[0].error == "no connection: Connection refused"


async def test_a_receiver_with_several_addresses_is_reached_where_it_answers(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo

    def two(host: str, *rest: Any, **more: Any) -> Any:
        # Nobody listens at the first.
        return [entry for address in ("127.0.0.2", "127.0.0.1") for entry in resolve(address, *rest, **more)]

    async with running(SITE + hook(receiver.url.replace("127.0.0.1", "crm.test"))) as server:
        monkeypatch.setattr(socket, "getaddrinfo", two)
        tried = await server.bus.command("Webhooks.test", {"hook": "shop/crm"})
    assert tried.ok
    assert [received.headers["host"] for received in receiver.received] == [f"crm.test:{receiver.port}"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
async def test_a_private_receiver_is_never_asked_unless_allowed(receiver: Receiver, host: str) -> None:
    port = httpx.URL(receiver.url).port
    config = SITE.replace("127.0.0.0/8", "10.0.0.0/8") + hook(f"http://{host}:{port}/")
    async with running(config) as server:
        admin = {"X-API-Key": await server.new_key("admin")}
        answer = await server.http.post("/v1/admin/webhooks/shop/crm/test", headers=admin)
    assert answer.json()["ok"] is False
    assert "not in [webhooks] allow_networks" in answer.json()["error"]
    assert receiver.received == []


async def test_an_operator_tries_a_receiver(receiver: Receiver) -> None:
    async with running(SITE + hook(receiver.url)) as server:
        admin = {"X-API-Key": await server.new_key("admin")}
        answer = await server.http.post("/v1/admin/webhooks/shop/crm/test", headers=admin)
        assert answer.json()["ok"] is True
        unknown = await server.http.post("/v1/admin/webhooks/shop/other/test", headers=admin)
        assert unknown.json()["code"] == "webhook_unknown"
        reader = {"X-API-Key": await server.new_key("read")}
        refused = await server.http.post("/v1/admin/webhooks/shop/crm/test", headers=reader)
        assert refused.json()["code"] == "scope_not_sufficient"
        (listed,) = (await server.http.get("/v1/admin/webhooks", headers=reader)).json()["webhooks"]
        assert (listed["hook"], listed["pending"], listed["dead"], listed["secrets"]) == ("shop/crm", 0, 0, 1)
        assert SECRET not in str(listed)
        missing = await server.http.post("/v1/admin/webhook-deliveries/7/replay", headers=admin)
        assert missing.json()["code"] == "delivery_unknown"
        acts = (await server.http.get("/v1/admin/audit", headers=admin)).json()["acts"]
        assert [(act["action"], act["subject"]) for act in acts] == [("webhooks.test", "webhook shop/crm")]
        wrong = await server.http.get("/v1/admin/webhook-deliveries", params={"limit": "0"}, headers=admin)
        assert wrong.json()["code"] == "invalid_field"
    (received,) = receiver.received
    assert Webhook(SECRET).verify(received.body, received.headers)["type"] == "warmcall.test"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
