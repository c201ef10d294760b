from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.integration.telephony.esl.freeswitch import Caller, channel_data
from warmcall.bus.events import Event
from warmcall.calls.answers import Issued
from warmcall.telephony.freeswitch.connector import FreeswitchConnector
from warmcall.testing import RunningServer, running

NUMBER = "+12025550100"
CONFIG = """
[[site]]
id = "shop"
limits = { wrong_codes_per_number_per_hour = 100000 }

[[site.group]]
name = "sales"
numbers = ["+12025550100"]
countries = ["US"]
destination = "sip:sales@pbx.example.com"
fallback_destination = "sip:reception@pbx.example.com"

[telephony.freeswitch]
port = 0
"""


@dataclass
class Exchange:
    """A server with a FreeSWITCH connector, and all that happened on it."""

    server: RunningServer
    events: list[Event] = field(default_factory=list)

    @property
    def connector(self) -> FreeswitchConnector:
        found = self.server.warmcall.connectors.connector("freeswitch")
        assert isinstance(found, FreeswitchConnector)
        return found

    @property
    def port(self) -> int:
        return self.connector.port

    async def ask(self, caller: str | None = None) -> Issued:
        """Ask for a number, as the page does."""
        fields = {"firstname": "Ada"} | ({"phonenumber": caller} if caller else {})
        data = {"site": "shop", "group": "sales", "fields": fields, "page": {"language": 'de"\r\nX: y'}}
        issued: Issued = await self.server.bus.command("CallRequests.create", data)
        return issued

    async def call(self, caller: Caller, more: dict[str, str] | None = None) -> Caller:
        await caller.call(self.port, channel_data(NUMBER) | (more or {}))
        return caller

    def names(self) -> list[str]:
        return [event.event.removeprefix("CallRequests.") for event in self.events]

    def data(self, name: str) -> dict[str, Any]:
        """What was published with the only event of that name."""
        (found,) = (event.data for event in self.events if event.event == f"CallRequests.{name}")
        assert isinstance(found, dict)
        return found


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with running(CONFIG) as server:
        yield watched(server)


def watched(server: RunningServer) -> Exchange:
    exchange = Exchange(server)
    watcher = server.bus.plugin("Watcher")
    for name in ("created", "call_received", "code_refused", "matched", "connected", "ended"):
        watcher.subscribe(f"CallRequests.{name}", exchange.events.append)
    return exchange
