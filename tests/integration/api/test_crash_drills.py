"""Drills on a whole server over HTTP: what was answered before is there afterwards, no more and no less.

A kill under load is in `test_serve.py`; one of several servers killed, and a database that crashes and comes back, in
`test_postgres_drills.py`.
"""

import asyncio
import resource
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import CONFIG, eventually
from tests.integration.api.test_serve import Process
from warmcall.testing import FakeClock, RunningServer, running

CREATE = "/v1/sites/shop/call-requests"
UNBOUNDED = CONFIG.replace("per_address_per_min = 1000, per_caller_per_hour = 1000", "per_address_per_min = 1000000")
NOTE = {"group": "sales", "fields": {"note": "x" * 900}}


def ids_on_disk(data: Path) -> list[str]:
    """The ids of all requests, read without the product."""
    with closing(sqlite3.connect(data / "warmcall.sqlite3")) as database:
        return sorted(bytes(row[0]).hex() for row in database.execute("SELECT id FROM call_request"))


def ids_of(answered: list[dict[str, Any]]) -> list[str]:
    return sorted(issued["id"].replace("-", "") for issued in answered)


async def states(http: httpx.AsyncClient, answered: list[dict[str, Any]]) -> set[str]:
    found = set()
    for issued in answered:
        token = {"Authorization": f"Bearer {issued['token']}"}
        found.add((await http.get(f"/v1/call-requests/{issued['id']}", headers=token)).json()["state"])
    return found


@pytest.mark.timeout(120)
async def test_a_full_disk_refuses_creates_and_keeps_exactly_those_that_were_answered(tmp_path: Path) -> None:
    (tmp_path / "warmcall.toml").write_text(UNBOUNDED)
    data = tmp_path / "data"
    server = await asyncio.to_thread(Process, tmp_path / "warmcall.toml", data)
    answered: list[dict[str, Any]] = []
    refused: list[httpx.Response] = []
    try:
        async with httpx.AsyncClient(base_url=server.url, timeout=10) as http:
            done = asyncio.Event()

            async def keep_asking() -> None:
                while not done.is_set():
                    response = await http.post(CREATE, json=NOTE)
                    if response.status_code == 201:
                        answered.append(response.json())
                    else:
                        refused.append(response)

            async with asyncio.timeout(60), asyncio.TaskGroup() as group:
                for _ in range(8):
                    group.create_task(keep_asking())
                await eventually(lambda: len(answered) >= 50)
                # What a process sees of a full disk: no file of it can grow.
                _, most = resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
                await eventually(lambda: len(refused) >= 20)
                resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE, (most, most))
                before = len(answered)
                await eventually(lambda: len(answered) >= before + 50)
                done.set()
            found = await states(http, answered[:: len(answered) // 20])
    finally:
        await asyncio.to_thread(server.stop)

    assert {response.status_code for response in refused} == {503}
    assert refused[0].json()["code"] == "store_unavailable"
    assert found == {"waiting"}
    assert ids_on_disk(data) == ids_of(answered)


async def test_a_clock_that_jumps_back_loses_none_gives_no_code_twice_and_matches(tmp_path: Path) -> None:
    clock = FakeClock()
    answered: list[dict[str, Any]] = []

    async def ask(server: RunningServer, count: int) -> None:
        made = await asyncio.gather(*(server.http.post(CREATE, json={"group": "sales"}) for _ in range(count)))
        answered.extend(response.json() for response in made)

    async with running(UNBOUNDED, data_dir=tmp_path, clock=clock) as server:
        await ask(server, 20)
        clock.advance(seconds=-3600)
        await ask(server, 20)
        assert await states(server.http, answered) == {"waiting"}
    async with running(UNBOUNDED, data_dir=tmp_path, clock=clock) as server:
        await ask(server, 20)
        assert await states(server.http, answered) == {"waiting"}
        key = {"Authorization": f"Bearer {await server.new_key()}"}
        for number, issued in enumerate((answered[0], answered[30], answered[-1])):
            call = {"callId": f"{number}", "dialledNumber": issued["accessNumber"], "digits": issued["accessCode"]}
            match = (await server.http.post("/v1/match", json=call, headers=key)).json()
            assert match["callRequest"]["id"] == issued["id"]

    assert len({issued["accessCode"] for issued in answered}) == 60
    assert ids_on_disk(tmp_path) == ids_of(answered)
