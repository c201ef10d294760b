"""The demo's server over HTTP, with the phone line beside it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.demoline.conftest import short_prompts
from warmcall.demo import board, dialler
from warmcall.demo.running import Demo, Options, demo
from warmcall.telephony.demoline.conversation import Patience
from warmcall.telephony.demoline.stack import SipStack

WITHIN_S = 15.0


@asynccontextmanager
async def serving(
    data_dir: Path, sip_port: int = 0, hold_s: float = 0.2
) -> AsyncIterator[tuple[Demo, httpx.AsyncClient]]:
    options = Options(
        data_dir=data_dir,
        port=0,
        sip_port=sip_port,
        prompts=short_prompts(),
        patience=Patience(agent_s=20, rings=0),
        hold_s=hold_s,
    )
    async with demo(options) as running:
        served = asyncio.create_task(running.serve())
        async with httpx.AsyncClient(base_url=running.url, headers={"Origin": running.url}, timeout=WITHIN_S) as http:
            yield running, http
            running.server.should_exit = True
            async with asyncio.timeout(WITHIN_S):
                await served


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(tmp_path) as (_, http):
        yield http


async def ask(http: httpx.AsyncClient, **fields: str) -> dict[str, Any]:
    answer = await http.post("/v1/sites/demo/call-requests", json={"group": "sales", "fields": fields})
    assert answer.status_code == 201, answer.text
    issued: dict[str, Any] = answer.json()
    return issued


async def steps(http: httpx.AsyncClient, **order: str | None) -> list[str]:
    answer = await http.post("/demo/dial", json=order)
    assert answer.status_code == 200, answer.text
    return [json.loads(line)["name"] for line in answer.text.splitlines()]


async def messages(http: httpx.AsyncClient) -> AsyncIterator[tuple[str, Any]]:
    async with asyncio.timeout(WITHIN_S), http.stream("GET", "/demo/agent/events") as answer:
        name = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


@pytest.mark.parametrize("path", ["/demo/", "/demo/agent", "/demo/shop.js", "/demo/agent.js", "/demo/chair.svg"])
async def test_every_page_has_the_strictest_policy(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "trusted-types 'none'" in answer.headers["content-security-policy"]


async def test_the_server_itself_is_still_there(http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz")).status_code == 200
    assert (await http.get("/demo/nothing")).status_code == 404
    assert (await http.get("/demo")).headers["location"] == "/demo/"


async def test_the_page_phone_calls_the_line_and_tells_each_step(http: httpx.AsyncClient) -> None:
    issued = await ask(http, firstname="Ada", phonenumber="+12025550155")

    told = await steps(http, number=issued["accessNumber"], **{"from": "+12025550155"})

    assert told == ["calling", "answered", "matched", "connected", "hung_up"]


async def test_the_agent_screen_follows_a_call(http: httpx.AsyncClient) -> None:
    issued = await ask(http, firstname="Ada")
    following = messages(http)
    name, cards = await anext(following)
    assert (name, [card["state"] for card in cards]) == ("board", ["waiting"])

    told = asyncio.create_task(steps(http, number=issued["accessNumber"], code=issued["accessCode"]))
    seen: list[str] = []
    async for name, card in following:
        assert name == "card"
        assert card["context"]["fields"] == {"firstname": "Ada"}
        seen.append(card["remark"]["kind"] if card["remark"] else card["state"])
        if card["state"] == "ended":
            break

    assert seen == ["call_received", "matched", "connected", "ended"]
    assert card["call"]["callId"].startswith("demoline:")
    assert (await told)[-1] == "hung_up"


async def test_the_agent_screen_forgets_the_oldest(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "CARDS", 3)
    for index in range(5):
        newest = await ask(http, firstname=f"Visitor {index}")

    async for _, cards in messages(http):
        assert len(cards) == 3
        assert cards[-1]["id"] == newest["id"]
        break


@pytest.mark.parametrize(
    "order",
    [
        {"number": "reception"},
        {"number": "sip:evil@203.0.113.7"},
        {"number": "+12025550100", "code": "12ab"},
        {"number": "+12025550100", "from": "+1202555\r\nEvil: 1"},
        {"number": "+12025550100", "line": "203.0.113.7:5060"},
        {"number": "+12025550100", "code": "1" * 2000},
        {},
    ],
)
async def test_what_is_no_call_to_the_line_is_refused(http: httpx.AsyncClient, order: dict[str, str]) -> None:
    assert (await http.post("/demo/dial", json=order)).status_code == 422


async def test_only_the_demo_page_may_use_the_phone(http: httpx.AsyncClient) -> None:
    order = {"number": "+12025550100"}

    foreign = await http.post("/demo/dial", json=order, headers={"Origin": "http://evil.example"})
    form = await http.post("/demo/dial", content=json.dumps(order), headers={"Content-Type": "text/plain"})
    rebound = await http.get("/demo/agent", headers={"Host": "evil.example"})

    assert (foreign.status_code, form.status_code, rebound.status_code) == (403, 403, 400)


async def test_the_page_phone_places_a_few_calls_a_minute_only(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialler, "CALLS_PER_MIN", 1)
    await steps(http, number="+12025550177")

    assert (await http.post("/demo/dial", json={"number": "+12025550177"})).status_code == 429


async def test_a_taken_sip_port_leaves_the_rest_running(tmp_path: Path) -> None:
    async with SipStack() as other, serving(tmp_path, sip_port=other.port) as (running, http):
        assert running.line is None
        assert running.line_trouble is not None
        assert str(other.port) in running.line_trouble
        assert (await http.get("/demo/")).status_code == 200
        assert (await http.post("/demo/dial", json={"number": "+12025550100"})).status_code == 503


async def test_without_the_sip_stack_the_rest_runs_and_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "baresip", None)
    async with serving(tmp_path) as (running, http):
        assert running.line_trouble is not None
        assert "warmcall[demo]" in running.line_trouble
        assert (await http.get("/demo/agent")).status_code == 200


async def test_stopping_ends_calls_and_screens_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path, hold_s=60) as (_, http):
        issued = await ask(http, firstname="Ada", phonenumber="+12025550155")
        order = {"number": issued["accessNumber"], "from": "+12025550155"}
        screen = asyncio.create_task(http.get("/demo/agent/events"))
        call = asyncio.create_task(http.post("/demo/dial", json=order))
        async for _, card in messages(http):
            if isinstance(card, dict) and card["state"] == "connected":
                break

    assert (await screen).status_code == 200
    assert (await call).text.splitlines()[-1].find("hung_up") > 0
