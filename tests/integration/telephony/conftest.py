from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from warmcall.testing import FakeClock, RunningServer, running

PBX = "tests.integration.telephony.pbx"
CONFIG = f"""
[telephony.http]
fallback_destination = "sip:reception@pbx.example.com"

[telephony.pbx]
kind = "{PBX}"
secret = "geheim"

[[site]]
id = "shop"
limits = {{ per_address_per_min = 1000, per_caller_per_hour = 1000 }}

[[site.group]]
name = "sales"
numbers = ["+12025550100"]
destination = "sip:sales@pbx.example.com"
fallback_destination = "queue:desk"
fallback_number = "+12025550199"
screen_pop = "https://crm.example.com/?phone={{phone}}&token={{token}}"
"""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[RunningServer]:
    async with running(CONFIG, clock=clock) as server:
        yield server


@pytest.fixture
async def ivr(server: RunningServer) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {await server.new_key()}"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers, timeout=10) as client:
        yield client


async def ask(server: RunningServer, **fields: str) -> dict[str, Any]:
    body = {"group": "sales", "fields": fields, "page": {"language": "de"}}
    answer = await server.http.post("/v1/sites/shop/call-requests", json=body)
    assert answer.status_code == 201, answer.text
    issued: dict[str, Any] = answer.json()
    return issued
