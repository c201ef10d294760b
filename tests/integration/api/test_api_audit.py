"""`GET /v1/admin/audit` and the plugin behind it."""

from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import eventually, problem
from warmcall.calls.audit import COMMAND_LINE, actor_of, pseudonym
from warmcall.calls.keys import ApiKey
from warmcall.calls.model import E164
from warmcall.testing import FakeClock, RunningServer


async def record(server: RunningServer, subject: str, **details: object) -> None:
    act = {"actor": COMMAND_LINE, "action": "keys.new", "subject": subject, "details": details}
    await server.bus.command("Audit.record", act)


async def read(server: RunningServer, scope: str = "admin", **query: int | str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {await server.new_key(scope)}"}
    return await server.http.get("/v1/admin/audit", params=query, headers=headers)


async def test_what_was_done_is_told_newest_first(server: RunningServer, clock: FakeClock) -> None:
    await record(server, "key a", scope="read")
    clock.advance(seconds=1)
    await record(server, "key b")
    acts = (await read(server)).json()["acts"]
    assert [act["subject"] for act in acts] == ["key b", "key a"]
    assert acts[1] == {
        "seq": 1,
        "at": "2026-11-23T12:00:00.000Z",
        "actor": "command line",
        "action": "keys.new",
        "subject": "key a",
        "details": {"scope": "read"},
    }


async def test_the_log_is_read_on_from_where_it_ended(server: RunningServer) -> None:
    for number in range(5):
        await record(server, f"key {number}")
    first = (await read(server, limit=2)).json()["acts"]
    rest = (await read(server, before=first[-1]["seq"])).json()["acts"]
    assert [act["subject"] for act in first + rest] == [f"key {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "before=-1", "before="])
async def test_a_query_that_is_no_number_is_refused(server: RunningServer, query: str) -> None:
    name, _, value = query.partition("=")
    problem(await read(server, "admin", **{name: value}), 422, "invalid_field")


@pytest.mark.parametrize("scope", ["read", "telephony"])
async def test_the_log_is_for_administrators(server: RunningServer, scope: str) -> None:
    problem(await read(server, scope), 403, "scope_not_sufficient")


async def test_an_extension_hears_of_each_act(server: RunningServer) -> None:
    heard: list[Any] = []
    watch = server.bus.plugin("Watch")
    watch.subscribe("Audit.recorded", lambda e: heard.append(e.data["subject"]))
    watch.ready()
    await record(server, "key a")
    await eventually(lambda: heard == ["key a"])


def test_an_actor_is_named_by_what_does_not_open_anything() -> None:
    key = ApiKey(hash=b"\xab" * 32, scope="admin", label="CRM", created_at_ms=0)
    assert actor_of(key) == "key abababababab (admin, CRM)"


def test_a_pseudonym_tells_people_apart_and_not_who_they_are() -> None:
    ada, bob = (pseudonym(b"secret", E164(number)) for number in ("+12025550123", "+12025550124"))
    assert ada != bob
    assert ada == pseudonym(b"secret", E164("+12025550123"))
    assert ada != pseudonym(b"other", E164("+12025550123"))
    assert "2025550123" not in ada
