"""`warmcall call`, as people, scripts and monitoring run it."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

import pytest
import pytest_asyncio
from rich.console import Console

from warmcall.commands.call_screen import CallScreen
from warmcall.testing import RunningServer, running

CONFIG = """
[[site]]
id = "shop"

[[site.group]]
name = "sales"
numbers = ["+12025550100"]
destination = "sip:sales@pbx.example.com"

[[site.group]]
name = "brief"
numbers = ["+12025550101"]
destination = "sip:sales@pbx.example.com"
lifetime_s = 1

[[site.group]]
name = "guarded"
numbers = ["+12025550102"]
destination = "sip:sales@pbx.example.com"
fallback_number = "+12025550199"
challenge = { kind = "pow", max_number = 2000 }
consent = { version = "2", text = "You may call me." }
"""
PHONE = "+12025550123"


class Running:
    """`warmcall call --json`, line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 20)
        told: dict[str, Any] = json.loads(line)
        return told

    async def until(self, event: str, **members: object) -> dict[str, Any]:
        while True:
            told = await self.next()
            if told["event"] == event and members.items() <= told.items():
                return told

    async def exit_code(self) -> int:
        return await asyncio.wait_for(self.process.wait(), 20)


async def call(server: RunningServer | str, *words: str, group: str = "sales") -> Running:
    url = server if isinstance(server, str) else server.base_url
    command = [sys.executable, "-m", "warmcall.cli", "call", "--url", url, "--site", "shop", "--group", group, "--json"]
    return Running(await asyncio.create_subprocess_exec(*command, *words, stdout=asyncio.subprocess.PIPE))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[RunningServer]:
    async with running(CONFIG) as server:
        yield server


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def state_of(server: RunningServer, request_id: str) -> str:
    request = await server.store.find(request_id)  # type: ignore[arg-type]
    assert request is not None
    return request.state.value


async def test_a_call_is_followed_to_its_end(server: RunningServer) -> None:
    caller = await call(server, "--phone", PHONE, "--field", "firstname=Ada", "--data", "plan=gold")
    number = await caller.until("number")
    assert number["number"] == "+12025550100"
    request = await server.store.find(number["id"])
    assert request is not None
    assert (request.fields, request.user_data) == ({"firstname": "Ada", "phonenumber": PHONE}, {"plan": "gold"})
    await caller.until("status", status="waiting")
    report = {"callId": "call-1", "dialledNumber": "+12025550100", "callerNumber": PHONE}
    await server.bus.command("CallRequests.match", report)
    assert (await caller.until("status", status="matched"))["matchedBy"] == "caller"
    for state in ("connected", "ended"):
        await server.bus.command("CallRequests.report", {"callId": "call-1", "state": state})
        await caller.until("status", status=state)
    assert (await caller.until("end")) == {"event": "end", "ending": "reached", "exitCode": 0}
    assert await caller.exit_code() == 0


async def test_a_probe_gives_its_number_back(server: RunningServer) -> None:
    caller = await call(server, "--until", "number")
    number = await caller.until("number")
    assert await caller.exit_code() == 0
    assert await state_of(server, number["id"]) == "cancelled"
    kept = await call(server, "--until", "number", "--keep")
    number = await kept.until("number")
    assert await kept.exit_code() == 0
    assert await state_of(server, number["id"]) == "waiting"


async def test_whoever_is_interrupted_gives_the_number_back(server: RunningServer) -> None:
    caller = await call(server)
    number = await caller.until("number")
    caller.process.send_signal(signal.SIGINT)
    assert await caller.exit_code() == 5
    assert await state_of(server, number["id"]) == "cancelled"


async def test_a_refusal_ends_with_1_and_its_reason(server: RunningServer) -> None:
    caller = await call(server, group="nope")
    assert (await caller.until("refused"))["code"] == "group_unknown"
    assert await caller.exit_code() == 1


async def test_a_server_that_is_not_there_ends_with_3() -> None:
    caller = await call("http://127.0.0.1:9")
    await caller.until("unreachable")
    assert await caller.exit_code() == 3


async def test_nothing_happening_ends_with_4(server: RunningServer) -> None:
    caller = await call(server, "--until", "matched", "--timeout", "1")
    number = await caller.until("number")
    await caller.until("timeout")
    assert await caller.exit_code() == 4
    assert await state_of(server, number["id"]) == "cancelled"


async def test_a_number_that_expires_ends_with_5(server: RunningServer) -> None:
    caller = await call(server, "--until", "matched", group="brief")
    await caller.until("status", status="expired")
    assert await caller.exit_code() == 5


async def test_work_is_done_and_consent_is_given_where_a_group_asks(server: RunningServer) -> None:
    caller = await call(server, "--until", "number", group="guarded")
    refused = await caller.until("refused")
    assert (refused["code"], refused["fallbackNumber"]) == ("consent_required", "+12025550199")
    assert await caller.exit_code() == 1
    caller = await call(server, "--until", "number", "--consent", "2", group="guarded")
    await caller.until("number")
    assert await caller.exit_code() == 0


async def test_a_command_line_that_is_wrong_ends_with_2(server: RunningServer) -> None:
    caller = await call(server, "--data", "nothing")
    assert await caller.exit_code() == 2


async def test_people_see_number_code_countdown_and_what_happens() -> None:
    console = Console(file=StringIO(), force_terminal=False, width=80)
    with CallScreen(console) as screen:
        screen.tell(
            {"event": "number", "id": "r", "number": "+12025550100", "code": "482913", "telUrl": "", "expiresInS": 600}
        )
        console.print(screen._render())
        screen.tell({"event": "status", "status": "code_refused", "triesLeft": 2})
        screen.tell({"event": "status", "status": "matched", "at": "2026-11-23T12:00:00Z", "matchedBy": "code"})
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for shown in ("+12025550100", "482 913", "9:59", "tries left: 2", "The call was matched", "by code"):
        assert shown in text


async def test_people_see_why_there_is_no_number() -> None:
    console = Console(file=StringIO(), force_terminal=False, width=80)
    with CallScreen(console) as screen:
        screen.tell({"event": "refused", "message": "Closed.", "fallbackNumber": "+12025550199"})
    assert "Closed. Call +12025550199 instead." in console.file.getvalue()  # type: ignore[attr-defined]
