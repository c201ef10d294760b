import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from warmcall.bus.errors import CommandRejectedError
from warmcall.bus.events import Event
from warmcall.client.app import Client, connected
from warmcall.testing import RunningServer, running

CONFIG = """
[[site]]
id = "shop"
origins = ["https://www.example.com"]

[[site.group]]
name = "sales"
numbers = ["+12025550100"]
destination = "sip:sales@pbx.example.com"
fallback_number = "+12025550199"

[[site.group]]
name = "brief"
numbers = ["+12025550101"]
destination = "sip:sales@pbx.example.com"
lifetime_s = 1
"""
PHONE = "+12025550123"


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running(CONFIG) as server:
        yield server


class Listener:
    """Hears what the client's plugins publish."""

    def __init__(self, client: Client) -> None:
        self.heard: list[tuple[str, Any]] = []
        self._news = asyncio.Condition()
        for name in ("opened", "started", "submitted", "completed", "expired", "cancelled", "closed"):
            client.bus.subscribe(f"ClickToCall.{name}", self._hear)
        for name in ("numberReceived", "callStatus"):
            client.bus.subscribe(f"ClickToCallService.{name}", self._hear)

    async def _hear(self, e: Event) -> None:
        async with self._news:
            self.heard.append((e.event.partition(".")[2], e.data))
            self._news.notify_all()

    def names(self) -> list[str]:
        return [name for name, _data in self.heard]

    async def until(self, wanted: str) -> None:
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: wanted in self.names())

    async def status(self, wanted: str) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            return [data for name, data in self.heard if name == "callStatus" and data["status"] == wanted]

        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: bool(found()))
        return found()[0]


def options(group: str = "sales", **more: Any) -> dict[str, Any]:
    return {"clicktocall": {"site": "shop", "group": group, **more}}


async def test_a_program_asks_for_a_number_and_follows_the_call(server: RunningServer) -> None:
    async with connected(server.http, options(userData={"plan": "basic", "cart": 1})) as client:
        listener = Listener(client)
        await client.bus.command("ClickToCall.open", {"form": {"firstname": "Ada"}, "userData": {"plan": "gold"}})
        client.panel.type_in({"phonenumber": PHONE})
        received = await client.panel.submit()
        await listener.status("waiting")
        answer = await server.bus.command(
            "CallRequests.match", {"callId": "c1", "dialledNumber": received["sPhoneNumber"], "callerNumber": PHONE}
        )
        assert answer.context.fields == {"firstname": "Ada", "phonenumber": PHONE}
        assert answer.context.user_data == {"plan": "gold", "cart": 1}
        await listener.status("matched")
        for state in ("connected", "ended"):
            await server.bus.command("CallRequests.report", {"callId": "c1", "state": state})
            await listener.status(state)
        await client.bus.command("ClickToCall.close")
        await client.bus.settle()
        own = [name for name in listener.names() if name != "callStatus"]
        assert own == ["opened", "started", "submitted", "numberReceived", "completed", "closed"]


async def test_auto_submit_comes_after_opened(server: RunningServer) -> None:
    async with connected(server.http, options()) as client:
        listener = Listener(client)
        form = {"firstname": "Ada", "phonenumber": PHONE, "autoSubmit": True}
        await client.bus.command("ClickToCall.open", {"form": form})
        await client.bus.settle()
        assert [name for name in listener.names() if name != "callStatus"] == [
            "opened", "submitted", "numberReceived", "completed",
        ]  # fmt: skip
        assert client.panel.step == "number"


async def test_a_number_that_is_held_is_shown_again(server: RunningServer) -> None:
    async with connected(server.http, options()) as client:
        await client.bus.command("ClickToCall.open", {"form": {"phonenumber": PHONE, "autoSubmit": True}})
        shown = client.panel.number
        await client.bus.command("ClickToCall.close")
        await client.bus.command("ClickToCall.open")
        assert client.panel.step == "number"
        assert client.panel.number is not None
        assert shown is not None
        assert client.panel.number["sPhoneNumber"] == shown["sPhoneNumber"]


async def test_a_number_expires_on_the_server_and_in_the_client(server: RunningServer) -> None:
    async with connected(server.http, options("brief")) as client:
        listener = Listener(client)
        await client.bus.command("ClickToCall.open", {"form": {"phonenumber": PHONE, "autoSubmit": True}})
        assert (await listener.status("expired"))["state"] == "expired"
        await listener.until("expired")
        assert client.panel.step == "expired"


async def test_a_refusal_rejects_with_its_sentence_and_a_way_on(server: RunningServer) -> None:
    async with connected(server.http, options()) as client:
        listener = Listener(client)
        await client.bus.command("ClickToCall.open")
        client.panel.type_in({"phonenumber": "call me"})
        with pytest.raises(CommandRejectedError, match="not a phone number"):
            await client.panel.submit()
        await client.bus.settle()
        failure = dict(listener.heard[-1][1])
        assert (failure["error"], failure["netfail"], failure["code"]) == (True, False, "number_invalid")
        assert failure["fallbackNumber"] == "+12025550199"
        assert client.panel.step == "form"


async def test_a_server_that_cannot_be_reached_leaves_the_fallback_number() -> None:
    configuration = options(fallbackNumber="+12025550199")
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9") as http, connected(http, configuration) as client:
        listener = Listener(client)
        await client.bus.command("ClickToCall.open", {"form": {"phonenumber": PHONE, "autoSubmit": True}})
        await client.bus.settle()
        failure = dict(listener.heard[-1][1])
        assert (failure["netfail"], failure["fallbackNumber"]) == (True, "+12025550199")
        assert client.panel.step == "form"


async def test_a_filled_form_is_not_closed_without_a_yes(server: RunningServer) -> None:
    async with connected(server.http, options()) as client:
        client.panel._confirm_close = lambda: False
        await client.bus.command("ClickToCall.open")
        client.panel.type_in({"firstname": "Ada"})
        with pytest.raises(CommandRejectedError, match="User must confirm close"):
            await client.bus.command("ClickToCall.close")
        assert client.panel.step == "form"


@pytest.mark.parametrize("form", ["text", 7, ["a"], "[1]"])
async def test_a_form_that_is_no_object_is_refused(server: RunningServer, form: Any) -> None:
    async with connected(server.http, options()) as client:
        with pytest.raises(CommandRejectedError, match="Invalid form"):
            await client.bus.command("ClickToCall.open", {"form": form})
        assert client.panel.step == "closed"


async def test_a_form_may_be_the_json_of_an_object(server: RunningServer) -> None:
    async with connected(server.http, options()) as client:
        await client.bus.command("ClickToCall.open", {"form": '{"firstname": "Ada"}'})
        assert client.panel.step == "form"
