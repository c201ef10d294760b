import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from warmcall.testing import FakeClock, RunningServer, running

ORIGIN = "https://www.example.com"
CONFIG = """
[[site]]
id = "shop"
origins = ["https://www.example.com"]
limits = { per_address_per_min = 1000, per_caller_per_hour = 1000 }

[[site.group]]
name = "sales"
numbers = ["+12025550100"]
destination = "sip:sales@pbx.example.com"
fallback_number = "+12025550199"
fallback_destination = "sip:desk@pbx.example.com"

[[site.group]]
name = "one"
numbers = ["+12025550110"]
destination = "sip:one@pbx.example.com"
number_policy = "exclusive"
fallback_number = "+12025550199"

[[site.group]]
name = "few"
numbers = ["+12025550120"]
destination = "sip:few@pbx.example.com"
capacity = 1

[[site.group]]
name = "weekdays"
numbers = ["+12025550130"]
destination = "sip:weekdays@pbx.example.com"
fallback_number = "+12025550199"
hours = { timezone = "UTC", weekly = { mon-fri = ["09:00-17:00"] } }

[[site.group]]
name = "american"
numbers = ["+12025550140"]
destination = "sip:american@pbx.example.com"
countries = ["US"]

[[site]]
id = "other"
origins = ["https://other.example.com"]

[[site.group]]
name = "sales"
numbers = ["+12025550150"]
destination = "sip:other@pbx.example.com"

[[site]]
id = "busy"
origins = ["https://www.example.com"]
limits = { per_address_per_min = 2, per_caller_per_hour = 1 }

[[site.group]]
name = "sales"
numbers = ["+12025550160"]
destination = "sip:busy@pbx.example.com"
"""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def server(tmp_path: Path, clock: FakeClock) -> AsyncIterator[RunningServer]:
    async with running(CONFIG, data_dir=tmp_path / "data", clock=clock) as server:
        yield server


@pytest.fixture
async def phone(server: RunningServer) -> AsyncIterator[httpx.AsyncClient]:
    """A phone system with its key."""
    headers = {"Authorization": f"Bearer {await server.new_key()}"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as client:
        yield client


async def ask(server: RunningServer, group: str = "sales", **body: Any) -> dict[str, Any]:
    """Ask for a number, as a page does, and get it."""
    response = await server.http.post("/v1/sites/shop/call-requests", json={"group": group, **body})
    assert response.status_code == 201, response.text
    issued: dict[str, Any] = response.json()
    return issued


async def tell(phone: httpx.AsyncClient, call_id: str, number: str = "+12025550100", **more: Any) -> dict[str, Any]:
    """Report an inbound call."""
    response = await phone.post("/v1/match", json={"callId": call_id, "dialledNumber": number, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem a response carries, after a check of what every problem has."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["code"] == code
    assert found["status"] == status
    assert found["type"].endswith(f"/docs#{code}")
    assert found["title"]
    assert found["detail"]
    assert found["requestId"] == response.headers["x-request-id"]
    assert isinstance(found["retryable"], bool)
    return found


async def eventually(holds: Callable[[], bool], within_s: float = 15) -> None:
    """Wait until something holds, or fail."""
    deadline_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline_s, f"still not so after {within_s} s"
        await asyncio.sleep(0.01)


class LiveEvents:
    """Reads a stream of server-sent events."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def lines(self) -> AsyncIterator[str]:
        async for line in self._lines:
            yield line

    async def next(self) -> tuple[str, int, dict[str, Any]]:
        """The next event: its name, its id, its data."""
        name, seq, data = "", 0, {}
        async for line in self._lines:
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "id":
                seq = int(value)
            elif field == "data":
                data = json.loads(value)
            elif not line and name:
                return name, seq, data
        raise EOFError


@asynccontextmanager
async def following(
    server: RunningServer, issued: dict[str, Any], headers: dict[str, str] | None = None, **query: str
) -> AsyncIterator[LiveEvents]:
    address = f"/v1/call-requests/{issued['id']}/events"
    query = {"token": issued["token"], **query}
    async with server.http.stream("GET", address, params=query, headers=headers) as response:
        yield LiveEvents(response)
