"""`warmcall apply` and `warmcall export` on a data directory, and on a server that runs."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from warmcall import app, configuring, settings
from warmcall.cli import main
from warmcall.configuring import NotConfiguredError, document_of
from warmcall.store.memory import MemoryStore
from warmcall.testing import RunningServer, running

CONFIG = """
[[site]]
id = "shop"
origins = ["https://www.example.com"]
limits = { per_address_per_min = 1000 }

[[site.group]]
name = "sales"
numbers = ["+12025550100", "+12025550101"]
destination = "sip:sales@pbx.example.com"
access_code = { digits = 8 }
blocked_numbers = ["+1900*"]
limits = { per_caller_per_hour = 5 }

[site.group.hours]
timezone = "Europe/Berlin"
weekly = { mon-sun = ["00:00-24:00"] }
closed = [2031-01-01]
special = { "2030-12-24" = [] }

[[site.group]]
name = "support"
numbers = ["+12025550110"]
destination = "2001"
access_code = false
match_by = ["caller"]
"""
LESS = CONFIG.replace('"+12025550100", "+12025550101"', '"+12025550101"')


def warmcall(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "warmcall.toml"
    path.write_text(CONFIG)
    return path


def test_a_file_is_applied_once_and_told_setting_by_setting(file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = warmcall("apply", file, "--data", data)
    assert "group shop/sales\n" in first.stdout
    assert '  + numbers = ["+12025550100", "+12025550101"]\n' in first.stdout
    assert first.stdout.endswith("this is version 1.\n")
    file.write_text(CONFIG.replace('"2001"', '"2002"').replace("lifetime_s = 600", ""))
    tried = warmcall("apply", file, "--data", data, "--dry-run")
    assert tried.stdout == 'group shop/support\n  ~ destination = "2001" → "2002"\n1 setting(s) would change.\n'
    assert warmcall("apply", file, "--data", data).stdout.endswith("this is version 2.\n")
    assert warmcall("apply", file, "--data", data).stdout == "Nothing to change.\n"
    acts = warmcall("audit", "--data", data).stdout
    assert acts.count("configuration.apply") == 2


def test_what_is_exported_is_what_was_applied(file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    warmcall("apply", file, "--data", data)
    exported = warmcall("export", "--data", data).stdout
    assert exported.startswith("# Sites, groups and webhooks of Warmcall, version 1, applied at 2")
    assert document_of(settings.parse(exported).sites) == document_of(settings.parse(CONFIG).sites)
    again = tmp_path / "again.toml"
    again.write_text(exported)
    assert warmcall("apply", again, "--data", data).stdout == "Nothing to change.\n"


def test_commands_say_what_is_missing(file: Path, tmp_path: Path) -> None:
    assert "Say where" in warmcall("apply", file).stderr
    assert "Say where" in warmcall("export").stderr
    assert "No configuration was applied yet" in warmcall("export", "--data", tmp_path / "data").stderr
    file.write_text("[[site]]\nid = 3")
    refused = warmcall("apply", file, "--data", tmp_path / "data")
    assert (refused.exit_code, "site[0].id: expected a string" in refused.stderr) == (2, True)


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running(CONFIG) as server:
        yield server


async def change(server: RunningServer, text: str, status: int = 200, **more: Any) -> dict[str, Any]:
    """Apply a configuration over HTTP."""
    headers = {"Authorization": f"Bearer {await server.new_key('admin')}"}
    body = {"configuration": document_of(settings.parse(text).sites), **more}
    response = await server.http.put("/v1/admin/config", json=body, headers=headers)
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def ask(server: RunningServer, group: str = "sales") -> Any:
    body = {"group": group, "fields": {"phonenumber": "+12025550123"}}
    origin = {"Origin": "https://www.example.com"}
    return await server.http.post("/v1/sites/shop/call-requests", json=body, headers=origin)


async def test_a_running_server_goes_over_without_a_restart(server: RunningServer) -> None:
    heard: list[Any] = []
    server.bus.subscribe("Configuration.changed", lambda e: heard.append(e.data))
    assert (await ask(server, "new")).status_code == 404
    text = CONFIG.replace('"support"', '"new"').replace("https://www.example.com", "https://new.example.com")
    applied = await change(server, text)
    assert (applied["version"], applied["applied"]) == (1, True)
    assert (await ask(server, "new")).json()["code"] == "origin_not_allowed"
    assert (await server.http.get("/v1/sites/shop/groups/new")).status_code == 200
    assert (await server.http.get("/v1/sites/shop/groups/support")).status_code == 404
    await server.bus.settle()
    assert heard == [{"version": 1}]


async def test_what_would_strand_waiting_visitors_is_refused_until_forced(server: RunningServer) -> None:
    number = (await ask(server)).json()["accessNumber"]
    less = CONFIG.replace('"+12025550100", "+12025550101"', '"+12025550199"')
    refused = await change(server, less, 409)
    assert refused["code"] == "would_strand"
    assert refused["stranded"] == [{"number": number, "waiting": 1, "why": "the number would belong to no group"}]
    assert not (await change(server, less, dryRun=True))["applied"]
    assert (await ask(server)).status_code == 201
    assert (await change(server, less, force=True))["applied"]
    assert (await ask(server)).json()["accessNumber"] == "+12025550199"


async def test_a_configuration_that_cannot_be_used_changes_nothing(server: RunningServer) -> None:
    headers = {"Authorization": f"Bearer {await server.new_key('admin')}"}
    wrong = {"site": [{"id": "shop", "group": [{"name": "x", "numbers": ["12"], "destination": "1"}]}]}
    response = await server.http.put("/v1/admin/config", json={"configuration": wrong}, headers=headers)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "site[0].group[0].numbers[0]"
    assert (await ask(server)).status_code == 201


async def test_only_administrators_see_and_change_it(server: RunningServer) -> None:
    headers = {"Authorization": f"Bearer {await server.new_key()}"}
    assert (await server.http.get("/v1/admin/config", headers=headers)).status_code == 403
    assert (await server.http.put("/v1/admin/config", json={})).status_code == 401


async def test_the_command_line_asks_a_running_server(server: RunningServer, file: Path) -> None:
    key = await server.new_key("admin")
    where = ("--url", server.base_url, "--key", key)
    await asyncio.to_thread(file.write_text, LESS)
    applied = await asyncio.to_thread(warmcall, "apply", file, *where, "--json")
    assert json.loads(applied.stdout)["version"] == 1
    exported = await asyncio.to_thread(warmcall, "export", *where)
    assert document_of(settings.parse(exported.stdout).sites) == document_of(settings.parse(LESS).sites)
    refused = await asyncio.to_thread(warmcall, "apply", file, "--url", server.base_url, "--key", "no")
    assert (refused.exit_code, "Send a valid API key" in refused.stderr) == (2, True)


async def test_a_server_on_the_data_directory_is_asked_instead(file: Path, tmp_path: Path) -> None:
    async with running(CONFIG, data_dir=tmp_path / "data"):
        refused = await asyncio.to_thread(warmcall, "apply", file, "--data", tmp_path / "data")
    assert refused.exit_code == 2
    assert "give its --url" in refused.stderr


def one_number(loaded: settings.Settings) -> bool:
    return len(loaded.directory.group("shop", "sales").numbers) == 1


async def test_two_servers_on_one_store_hold_the_same() -> None:
    store = MemoryStore()
    loaded = settings.parse(CONFIG)
    first = await app.start(loaded, store, public_url="http://a.example.com")
    other = settings.parse(CONFIG)
    second = await app.start(other, store, public_url="http://b.example.com")
    try:
        await first.bus.command("Configuration.apply", {"document": document_of(settings.parse(LESS).sites)})
        seen = asyncio.Event()
        other.directory.on_change(lambda: seen.set() if one_number(other) else None)
        await asyncio.wait_for(seen.wait(), 10)
    finally:
        await second.stop()
        await first.stop()


async def test_a_server_without_sites_of_its_own_takes_those_that_the_store_keeps() -> None:
    store, nothing = MemoryStore(), settings.parse("", needs_sites=False)
    with pytest.raises(NotConfiguredError):
        await configuring.begin(nothing, store)
    await configuring.begin(settings.parse(CONFIG), store)
    taken = await configuring.begin(nothing, store)
    assert taken.directory.group("shop", "support").destination == "2001"
    assert await store.configurations.version() == 1
    await configuring.begin(settings.parse(LESS), store)
    assert await store.configurations.version() == 2
    acts = await store.audit.newest(10)
    assert [(act.actor, act.subject) for act in acts] == [("server", "version 2"), ("server", "version 1")]


def test_the_doctor_looks_at_the_sites_that_the_store_keeps(file: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[server]\npublic_url = "http://127.0.0.1:9"\n')
    asked = ("doctor", "--config", own, "--data", tmp_path / "data")
    assert "no site is configured" in warmcall(*asked).stdout
    warmcall("apply", file, "--data", tmp_path / "data")
    assert "1 site(s), 2 group(s)" in warmcall(*asked).stdout
