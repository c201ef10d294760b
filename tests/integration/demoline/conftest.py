from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.integration.demoline.waiting import eventually
from warmcall.bus.bus import Bus
from warmcall.bus.events import Event
from warmcall.calls.answers import Issued
from warmcall.calls.clock import SystemClock
from warmcall.calls.plugin import CallRequestsPlugin
from warmcall.calls.tokens import Tokens
from warmcall.settings import parse
from warmcall.store.sqlite.store import SqliteStore
from warmcall.telephony.demoline.conversation import Patience
from warmcall.telephony.demoline.line import DemoLine
from warmcall.telephony.demoline.phone import Phone
from warmcall.telephony.demoline.prompts import AGENT_HELLO, GENERAL_HELLO, GOODBYE, tone
from warmcall.telephony.demoline.stack import SipStack
from warmcall.telephony.ivr import Ivr, Prompt

SHORT_S = 0.1
KEY_TIMEOUT_S = 0.6


@dataclass
class Exchange:
    """A line, a phone to call it with, and all that happened on the server."""

    line: DemoLine
    phone: Phone
    stack: SipStack
    bus: Bus
    events: list[Event] = field(default_factory=list)

    async def ask(self, group: str = "sales", caller: str | None = None) -> Issued:
        """Ask for a number, as the page does."""
        fields = {"firstname": "Ada"} | ({"phonenumber": caller} if caller else {})
        issued: Issued = await self.bus.command(
            "CallRequests.create", {"site": "demo", "group": group, "fields": fields, "userData": {"cart": "oak table"}}
        )
        return issued

    async def event(self, name: str, which: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Wait for an event of CallRequests."""

        def found() -> dict[str, Any] | None:
            named = (event.data for event in self.events if event.event == f"CallRequests.{name}")
            return next((data for data in named if which(data)), None)

        return await eventually(found)

    def names(self) -> list[str]:
        return [event.event.removeprefix("CallRequests.") for event in self.events]


def short_prompts() -> dict[str, bytes]:
    return {name: tone((400,), SHORT_S) for name in (*Prompt, AGENT_HELLO, GENERAL_HELLO, GOODBYE)}


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    store = await SqliteStore.open(tmp_path)
    bus = Bus()
    directory = parse(files("warmcall.demo").joinpath("demo.toml").read_text()).directory
    plugin = CallRequestsPlugin(bus, store, directory, Tokens(bytes(32)), SystemClock())
    yield bus
    plugin.close()
    await bus.aclose()
    await store.aclose()


@pytest.fixture
async def exchange(bus: Bus) -> AsyncIterator[Exchange]:
    async with SipStack() as stack:
        ivr = Ivr(bus.plugin("DemoLine"), timeout_s=KEY_TIMEOUT_S)
        line = DemoLine(stack, ivr, short_prompts(), Patience(agent_s=20, rings=0))
        await line.start()
        exchange = Exchange(line, Phone(stack), stack, bus)
        for name in ("created", "matched", "connected", "ended", "call_received", "code_refused"):
            bus.subscribe(f"CallRequests.{name}", exchange.events.append)
        yield exchange
        await line.aclose()
