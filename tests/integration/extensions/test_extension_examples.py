"""The worked examples, against a server and real HTTP peers."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import eventually, problem
from tests.integration.webhooks import receiver as behaviours
from tests.integration.webhooks.receiver import Receiver, receiving
from warmcall.extensions import named_extension
from warmcall.testing import FakeClock, RunningServer, running

SITE = """
[[site]]
id = "shop"
""" + "".join(
    f'[[site.group]]\nname = "{name}"\nnumbers = ["+1202555{number}"]\ndestination = "{number}"\n'
    for name, number in [("sales", "0100"), ("berlin", "0101"), ("vienna", "0102"), ("paris", "0103")]
)


def example(name: str) -> Any:
    return named_extension(f"examples.extensions.{name}:extension")


def table(name: str, **settings: object) -> str:
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.items())
    return f"{SITE}\n[extensions.{name}]\n{lines}\n"


async def ask(server: RunningServer, **body: Any) -> httpx.Response:
    return await server.http.post("/v1/sites/shop/call-requests", json={"group": "sales", **body})


async def found(server: RunningServer, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    request: dict[str, Any] = await server.bus.command("CallRequests.find", {"id": answer.json()["id"]})
    return request


class Crm:
    """A CRM that knows three people and may be slow."""

    def __init__(self) -> None:
        self.slow = asyncio.Event()
        self.slow.set()
        self.asked: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split()[1]
        self.asked.append(path)
        await self.slow.wait()
        people = {"550101": {"id": 7, "tier": "gold"}, "550102": {"id": 8, "blocked": True}, "550103": {"name": "?"}}
        person = next((person for number, person in people.items() if path.endswith(number)), None)
        body = json.dumps(person).encode() if "Bearer s3cret" in head else b"{}"
        status = "200 OK" if person else "404 Not Found"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        writer.close()


async def test_the_crm_example_enriches_refuses_and_never_costs_the_number() -> None:
    crm = Crm()
    peer = await asyncio.start_server(crm.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{peer.sockets[0].getsockname()[1]}/customers"
    config = "[server]\nextension_budget_s = 0.3\n" + table("crm_lookup", url=url, key="s3cret")
    async with running(config, extensions=[example("crm_lookup")]) as server:
        gold = await found(server, await ask(server, fields={"phonenumber": "+12025550101"}, userData={"cart": 1}))
        assert gold["context"]["userData"] == {"cart": 1, "customer": {"id": 7, "tier": "gold"}}
        refused = problem(await ask(server, fields={"phonenumber": "+12025550102"}), 409, "refused")
        assert refused["detail"].startswith("Please write to us")
        odd = await found(server, await ask(server, fields={"phonenumber": "+12025550103"}))
        assert odd["context"]["userData"] == {}
        stranger = await found(server, await ask(server, fields={"phonenumber": "+12025550104"}))
        assert stranger["context"]["userData"] == {}
        crm.slow.clear()
        late = await found(server, await ask(server, fields={"phonenumber": "+12025550105"}))
        assert late["context"]["userData"] == {}
        crm.slow.set()
    peer.close()
    assert len(crm.asked) == 5


@pytest.fixture
async def chat() -> Any:
    async with receiving() as receiver:
        yield receiver


async def test_the_chat_example_tells_of_calls_and_has_a_route_of_its_own(chat: Receiver) -> None:
    clock = FakeClock()
    config = table("chat_notifier", url=chat.url, groups=["sales"])
    async with running(config, extensions=[example("chat_notifier")], clock=clock) as server:
        await ask(server, page={"url": "https://shop.test/"}, fields={"phonenumber": "+12025550123"})
        inbound = {"callId": "1", "dialledNumber": "+12025550100", "callerNumber": "+12025550123"}
        await server.bus.command("CallRequests.match", inbound)
        await eventually(lambda: len(chat.received) == 1)
        await ask(server)
        await ask(server, group="berlin")
        clock.advance(seconds=3600)
        await server.bus.command("CallRequests.expire")
        await eventually(lambda: len(chat.received) == 2)
        problem(await server.http.post("/x/chat_notifier/hello"), 401, "api_key_required")
        key = await server.new_key("admin")
        said = await server.http.post("/x/chat_notifier/hello", headers={"X-API-Key": key})
        assert said.json() == {"said": True}
        chat.behaviour = behaviours.status(500)
        issued = await ask(server, fields={"phonenumber": "+12025550124"})
        assert issued.status_code == 201
    assert [received.json["text"] for received in chat.received] == [
        "A call for sales from https://shop.test/ is coming in.",
        "Somebody asked for sales and did not call.",
        "Hello from Warmcall.",
    ]


async def test_the_round_robin_example_hands_visitors_on_by_language() -> None:
    config = (
        SITE + '[extensions.round_robin]\nfor = "sales"\nde = ["berlin", "vienna"]\nfr = ["paris"]\nit = ["roma"]\n'
    )
    async with running(config, extensions=[example("round_robin")]) as server:
        groups = []
        for language in ("de", "de-AT", "fr", "de", "en", ""):
            groups.append((await found(server, await ask(server, page={"language": language})))["group"])
        assert groups == ["berlin", "vienna", "paris", "berlin", "sales", "sales"]
        assert (await found(server, await ask(server, page={"language": "it"})))["group"] == "sales"
        other = await found(server, await ask(server, group="paris", page={"language": "de"}))
        assert other["group"] == "paris"
