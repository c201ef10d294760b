"""What is kept of people: how long, how it is handed out, how it goes. And what of that is written down."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from tests.integration.api.conftest import CONFIG, ask, following, problem, tell
from warmcall.cli import main
from warmcall.testing import FakeClock, RunningServer, running

ADA = "+12025550123"
NAME = "Ada Unmistakable Lovelace"
DAY_S = 86_400


@pytest.fixture
async def admin(server: RunningServer) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {await server.new_key('admin')}"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as client:
        yield client


async def ada_asks(server: RunningServer) -> dict[str, Any]:
    return await ask(server, fields={"firstname": NAME, "phonenumber": ADA}, userData={"cart": ["oak"]})


async def ada_calls(server: RunningServer, phone: httpx.AsyncClient) -> str:
    """A request of hers, matched, with a note, ended."""
    issued = await ada_asks(server)
    answer = await tell(phone, "call-1", callerNumber=ADA)
    assert answer["outcome"] == "matched"
    await phone.post(f"/v1/context/{answer['context']['token']}/notes", json={"text": "wants oak"})
    await phone.post("/v1/call-reports", json={"callId": "call-1", "state": "ended"})
    request_id: str = issued["id"]
    return request_id


async def acts(server: RunningServer) -> list[tuple[str, str, dict[str, Any]]]:
    return [(act.action, act.subject, act.details) for act in await server.store.audit.newest(100)]


async def test_one_person_gets_everything(
    server: RunningServer, phone: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    request_id = await ada_calls(server, phone)
    await ask(server, fields={"phonenumber": "+12025550124"})
    told = (await admin.get(f"/v1/admin/people/{ADA}")).json()
    (request,) = told["requests"]
    assert request["id"] == request_id
    assert request["fields"]["firstname"] == NAME
    assert request["userData"] == {"cart": ["oak"]}
    assert [event["type"] for event in request["events"]] == ["created", "matched", "note_added", "ended"]
    assert request["events"][2]["data"]["text"] == "wants oak"
    assert [(call["id"], call["callerNumber"], call["callRequest"]) for call in told["calls"]] == [
        ("call-1", ADA, request_id)
    ]


async def test_erasing_leaves_nothing(
    server: RunningServer, phone: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    request_id = await ada_calls(server, phone)
    erased = (await admin.delete(f"/v1/admin/people/{ADA}")).json()
    assert erased == {"requests": 1, "calls": 1, "cancelled": 0}
    assert await server.store.find(request_id) is None  # type: ignore[arg-type]
    assert (await admin.get(f"/v1/admin/people/{ADA}")).json() == {"number": ADA, "requests": [], "calls": []}
    again = (await admin.delete(f"/v1/admin/people/{ADA}")).json()
    assert again == {"requests": 0, "calls": 0, "cancelled": 0}


async def test_what_waits_is_cancelled_first_and_its_page_hears_of_it(
    server: RunningServer, admin: httpx.AsyncClient
) -> None:
    issued = await ada_asks(server)
    async with following(server, issued) as events:
        await events.next()
        erased = (await admin.delete(f"/v1/admin/people/{ADA}")).json()
        assert erased == {"requests": 1, "calls": 0, "cancelled": 1}
        assert (await events.next())[0] == "cancelled"
    assert (await ada_asks(server))["id"] != issued["id"]


async def test_what_was_erased_is_not_in_the_files(
    server: RunningServer, phone: httpx.AsyncClient, admin: httpx.AsyncClient, tmp_path: Path
) -> None:
    await ada_calls(server, phone)
    await ask(server, fields={"firstname": "Bob Unmistakable"})
    await admin.delete(f"/v1/admin/people/{ADA}")
    files = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("warmcall.sqlite3*"))
    assert b"Bob Unmistakable" in files
    assert NAME.encode() not in files
    assert ADA.encode() not in files
    assert b"wants oak" not in files


async def test_acts_on_people_are_written_down_without_their_numbers(
    server: RunningServer, phone: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    await ada_calls(server, phone)
    await admin.get(f"/v1/admin/people/{ADA}")
    await admin.delete(f"/v1/admin/people/{ADA}")
    erased, exported = await acts(server)
    assert erased == ("people.erase", exported[1], {"requests": 1, "calls": 1, "cancelled": 0})
    assert exported[0] == "people.export"
    assert exported[1].startswith("person ")
    assert "2025550123" not in str([erased, exported])


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_people_are_for_administrators(server: RunningServer, phone: httpx.AsyncClient, method: str) -> None:
    problem(await phone.request(method, f"/v1/admin/people/{ADA}"), 403, "scope_not_sufficient")


async def test_a_number_that_is_none_is_refused(admin: httpx.AsyncClient) -> None:
    problem(await admin.delete("/v1/admin/people/ada"), 422, "number_invalid")


async def test_what_is_older_than_the_site_allows_is_purged(tmp_path: Path, clock: FakeClock) -> None:
    config = CONFIG.replace('id = "shop"\n', 'id = "shop"\nretention_days = 7\n')
    async with running(config, data_dir=tmp_path / "data", clock=clock) as server:
        key = {"X-API-Key": await server.new_key()}
        async with httpx.AsyncClient(base_url=server.base_url, headers=key) as phone:
            old = await ada_calls(server, phone)
            other = await server.http.post("/v1/sites/other/call-requests", json={"group": "sales"})
            waiting = other.json()["id"]
            clock.advance(seconds=8 * DAY_S)
            young = await ask(server)
            await server.bus.command("CallRequests.expire")
            await server.bus.command("CallRequests.expire")
            purged = await server.bus.command("Retention.purge")
        assert (purged.requests, purged.calls) == (1, 1)
        assert await server.store.find(old) is None  # type: ignore[arg-type]
        assert await server.store.find(waiting) is not None
        assert await server.store.find(young["id"]) is not None
        assert await acts(server) == [("retention.purge", "what is too old", {"requests": 1, "calls": 1})]
        assert (await server.bus.command("Retention.purge")).requests == 0
        assert len(await acts(server)) == 1


def test_the_command_line_exports_and_erases(tmp_path: Path) -> None:
    where = ("--caller", ADA, "--data", str(tmp_path / "data"))
    exported = CliRunner().invoke(main, ["export-person", *where])
    assert exported.exit_code == 0, exported.output
    assert '"requests": []' in exported.stdout
    erased = CliRunner().invoke(main, ["erase", *where])
    assert '"cancelled": 0' in erased.stdout
    log = CliRunner().invoke(main, ["audit", "--data", str(tmp_path / "data")]).stdout
    assert "people.erase person " in log
    assert "2025550123" not in log


async def test_the_command_line_names_the_running_server_that_must_be_asked(
    server: RunningServer, tmp_path: Path
) -> None:
    words = ["erase", "--caller", ADA]
    refused = await asyncio.to_thread(CliRunner().invoke, main, [*words, "--data", str(tmp_path / "data")])
    assert refused.exit_code == 2
    assert "--url URL --key KEY" in refused.stderr
    where = ["--url", server.base_url, "--key", await server.new_key("admin")]
    erased = await asyncio.to_thread(CliRunner().invoke, main, [*words, *where])
    assert '"requests": 0' in erased.stdout


async def test_the_store_overwrites_what_it_deletes(server: RunningServer, tmp_path: Path) -> None:
    connection: sqlite3.Connection = server.store._writer._session.connection  # type: ignore[attr-defined]
    assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
