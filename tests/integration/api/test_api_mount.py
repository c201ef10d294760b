"""The application as a part of another one."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from tests.integration.api.conftest import CONFIG, problem
from tests.unit.web.exchanges import Wire
from warmcall import app, settings
from warmcall.store.sqlite import SqliteStore
from warmcall.web.operations import OPERATIONS

DOCS = Path(__file__).parents[3] / "docs" / "http-api.md"


async def test_it_mounts_below_a_path_of_another_application(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    warmcall = await app.start(settings.parse(CONFIG), store, public_url="https://www.example.com/call")
    host = Starlette()
    host.mount("/call", warmcall.application)
    transport = httpx.ASGITransport(host)
    async with httpx.AsyncClient(transport=transport, base_url="https://www.example.com/call") as client:
        created = await client.post("/v1/sites/shop/call-requests", json={"group": "sales"})
        group = await client.get("/v1/sites/shop/groups/sales")
        nothing = await client.get("/nope")
    await warmcall.stop()
    assert created.status_code == 201
    assert group.status_code == 200
    assert problem(nothing, 404, "not_found")["type"] == "https://www.example.com/call/docs#not_found"


async def test_starting_and_stopping_is_not_the_applications_business(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    warmcall = await app.start(settings.parse(CONFIG), store, public_url="https://www.example.com")
    wire = Wire()
    with pytest.raises(RuntimeError, match="start and stop the Warmcall object"):
        await warmcall.application({"type": "lifespan"}, wire.receive, wire.send)
    await warmcall.stop()


async def test_a_websocket_is_closed(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    warmcall = await app.start(settings.parse(CONFIG), store, public_url="https://www.example.com")
    wire = Wire([{"type": "websocket.connect"}])
    await warmcall.application({"type": "websocket"}, wire.receive, wire.send)
    await warmcall.stop()
    assert wire.sent == [{"type": "websocket.close", "code": 1008}]


def test_every_call_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert not [operation.path for operation in OPERATIONS if operation.path not in text]


async def test_the_settings_are_there_for_extensions_and_set_once(tmp_path: Path) -> None:
    seen: list[object] = []
    store = await SqliteStore.open(tmp_path)
    warmcall = await app.start(settings.parse(CONFIG), store, public_url="https://www.example.com")
    plugin = warmcall.bus.plugin("Mine")
    plugin.subscribe("App.ready", lambda e: seen.append(plugin.data("App.settings")))
    await warmcall.bus.settle()
    again = warmcall.bus.command("App.configure", {})
    with pytest.raises(Exception, match="Already configured"):
        await again
    await warmcall.stop()
    assert isinstance(seen[0], dict)
    assert [site["id"] for site in seen[0]["sites"]] == ["shop", "other", "busy"]
