"""A site with visitors who wait to call, and what became of their calls."""

import asyncio
from collections import Counter

import msgspec

from warmcall.app import Warmcall
from warmcall.calls.model import EventType, RequestId
from warmcall.testing import RunningServer

Server = RunningServer | Warmcall

NUMBER = "+12025550100"
WITH_CODE = "+12025550101"
PROBE = "+12025550123"
"""Who asks whether Warmcall is asked, in `udp.decided`: the caller of every `invite`."""
UNKNOWN = "+12025550999"

SITE = f"""
[[site]]
id = "demo"
origins = ["https://www.example.com"]

[[site.group]]
name = "sales"
numbers = ["{NUMBER}"]
access_code = false
match_by = ["caller"]
destination = "queue:sales"
fallback_destination = "queue:reception"

[[site.group]]
name = "support"
numbers = ["{WITH_CODE}"]
destination = "queue:support"
fallback_destination = "queue:reception"
"""


class Visitor(msgspec.Struct, frozen=True):
    """Somebody who asked for a number on the page.

    Attributes:
        number: Where the call will come from.
        request_id: Of the call request.
        token: What has to arrive with the call.
    """

    number: str
    request_id: RequestId
    token: str


async def visitors(server: Server, count: int, first: int = 0) -> list[Visitor]:
    """Let visitors ask for a number."""
    return list(await asyncio.gather(*(_visitor(server, first + index) for index in range(count))))


async def _visitor(server: Server, index: int) -> Visitor:
    number = f"+1202556{index:04d}"
    fields = {"firstname": "Ada", "phonenumber": number}
    issued = await server.bus.command("CallRequests.create", {"site": "demo", "group": "sales", "fields": fields})
    whole = await server.bus.command("CallRequests.find", {"id": issued.id})
    return Visitor(number, RequestId(issued.id), whole["context"]["token"])


async def events(server: Server, visitor: Visitor) -> Counter[EventType]:
    """How often each thing happened to a visitor's request, by the store."""
    return Counter(event.type for event in await server.store.events(visitor.request_id, 0))


async def matches(server: Server, waiting: list[Visitor]) -> Counter[int]:
    """How many requests were matched how often."""
    found = [await events(server, visitor) for visitor in waiting]
    return Counter(counts[EventType.MATCHED] for counts in found)
