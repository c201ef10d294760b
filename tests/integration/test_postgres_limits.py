"""Three servers on one PostgreSQL keep one limit."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from warmcall import settings
from warmcall.bus.bus import Bus
from warmcall.bus.errors import CommandRejectedError
from warmcall.calls.counts import SharedCounts
from warmcall.calls.errors import TooManyRequestsError
from warmcall.calls.plugin import CallRequestsPlugin
from warmcall.calls.tokens import Tokens
from warmcall.store.postgres import PostgresStore
from warmcall.testing import FakeClock

OpenStore = Callable[[], Awaitable[PostgresStore]]
CONFIG = """
[[site]]
id = "shop"
limits = { per_address_per_min = 1000, per_caller_per_hour = 6, wrong_codes_per_caller_per_hour = 3 }

[[site.group]]
name = "sales"
numbers = ["+12025550100", "+12025550101", "+12025550102", "+12025550103", "+12025550104", "+12025550105",
    "+12025550106", "+12025550107", "+12025550108", "+12025550109"]
destination = "sip:sales@pbx.example.com"
"""


class Node:
    """One server's domain on its own connections."""

    def __init__(self, store: PostgresStore, secret: bytes, clock: FakeClock) -> None:
        self.bus = Bus()
        self.counts = SharedCounts(store.counter, secret)
        self._clock = clock
        directory = settings.parse(CONFIG).directory
        CallRequestsPlugin(self.bus, store, directory, Tokens(secret), clock, counts=self.counts)

    async def ask(self) -> bool:
        body = {"site": "shop", "group": "sales", "fields": {"phonenumber": "+12025550123"}}
        try:
            await self.bus.command("CallRequests.create", body)
        except CommandRejectedError as error:
            if not isinstance(error.__cause__, TooManyRequestsError):
                raise
            return False
        return True

    async def key_in(self, call_id: str) -> str:
        body = {"callId": call_id, "dialledNumber": "+12025550100", "callerNumber": "+12025550177", "digits": "999999"}
        answer = await self.bus.command("CallRequests.match", body)
        outcome: str = answer.outcome
        return outcome

    async def exchange(self) -> None:
        await self.counts.exchange(self._clock.now_ms())


@pytest.fixture
async def nodes(open_store: OpenStore) -> list[Node]:
    clock = FakeClock()
    stores = [await open_store() for _ in range(3)]
    return [Node(store, await store.secret("limits"), clock) for store in stores]


async def all_exchange(nodes: list[Node]) -> None:
    for _ in range(2):
        await asyncio.gather(*(node.exchange() for node in nodes))


async def test_a_callers_limit_holds_over_all_servers(nodes: list[Node]) -> None:
    assert [await node.ask() for node in nodes for _ in range(2)] == [True] * 6
    await all_exchange(nodes)
    assert [await node.ask() for node in nodes] == [False] * 3


async def test_wrong_codes_count_on_every_server(nodes: list[Node]) -> None:
    assert [await node.key_in(f"call-{number}") for number, node in enumerate(nodes)] == ["wrong_code"] * 3
    await all_exchange(nodes)
    assert [await node.key_in(f"again-{number}") for number, node in enumerate(nodes)] == ["no_match"] * 3
