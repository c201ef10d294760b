"""Webhooks that are applied while servers run."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from standardwebhooks import Webhook, WebhookVerificationError

from tests.integration.api.conftest import eventually, problem
from tests.integration.webhooks import receiver as behaviours
from tests.integration.webhooks.conftest import OLD_SECRET, SECRET, SITE, hook
from tests.integration.webhooks.receiver import Receiver
from tests.integration.webhooks.test_webhook_delivery import ask
from warmcall import app, configuring, settings
from warmcall.cli import main
from warmcall.store.postgres import PostgresStore
from warmcall.store.sqlite import SqliteStore
from warmcall.testing import RunningServer, running
from warmcall.webhooks import dispatch


async def warmcall(*words: str | Path) -> str:
    """What a command prints."""
    done = await asyncio.to_thread(CliRunner().invoke, main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.stdout


def document(text: str) -> dict[str, Any]:
    return configuring.document_of(settings.parse(text, here=False).sites)


async def apply(server: RunningServer, text: str) -> httpx.Response:
    headers = {"X-API-Key": await server.new_key("admin")}
    return await server.http.put("/v1/admin/config", json={"configuration": document(text)}, headers=headers)


async def test_a_webhook_is_applied_shown_and_taken_away_again_without_a_restart_and_without_its_secret(
    receiver: Receiver, tmp_path: Path
) -> None:
    file = tmp_path / "warmcall.toml"
    async with running(SITE, data_dir=tmp_path / "data") as server:
        where = ("--url", server.base_url, "--key", await server.new_key("admin"))
        await ask(server)
        file.write_text(SITE + hook(receiver.url, events='["call_request.created"]'))
        first = await warmcall("apply", file, *where)
        assert "webhook shop/crm\n" in first
        assert f'  + url = "{receiver.url}"\n' in first
        assert '  + secrets = ["kept:' in first
        assert await warmcall("apply", file, *where) == "Nothing to change.\n"
        asked = await ask(server)
        await eventually(lambda: receiver.events(asked) == ["created"])
        Webhook(SECRET).verify(receiver.received[0].body, receiver.received[0].headers)

        exported = await warmcall("export", *where)
        file.write_text(exported)
        assert await warmcall("apply", file, *where) == "Nothing to change.\n"
        acts = await warmcall("audit", "--data", tmp_path / "data")
        assert "webhook shop/crm" in acts
        assert SECRET not in first + exported + acts
        assert SECRET in await warmcall("export", "--secrets", "--data", tmp_path / "data")

        file.write_text(SITE)
        assert f'  - url = "{receiver.url}"\n' in await warmcall("apply", file, *where)
        await eventually(lambda: not server.warmcall.webhooks.couriers)
        await ask(server)
    assert [r.json["data"]["id"] for r in receiver.received] == [asked]


async def test_a_secret_is_replaced_while_events_are_on_their_way_and_none_is_lost_or_late(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "_GRACE_S", 0.01)
    let_go = asyncio.Event()

    async def hold(writer: asyncio.StreamWriter) -> None:
        await let_go.wait()
        await behaviours.status(200)(writer)

    receiver.behaviour = hold
    async with running(SITE + hook(receiver.url, secrets=(OLD_SECRET,))) as server:
        asked = await ask(server)
        await eventually(lambda: len(receiver.received) == 1)
        assert (await apply(server, SITE + hook(receiver.url))).json()["changes"][0]["setting"] == "secrets"
        await eventually(lambda: all(c.hook.secrets == (SECRET,) for c in server.warmcall.webhooks.couriers.values()))
        await server.bus.plugin("Visitor").command("CallRequests.cancel", {"id": asked})
        # Longer than what a stop of the server would leave it.
        await server.bus.settle()
        done, _ = await asyncio.wait(server.warmcall.webhooks._dispatch._ending, timeout=0.1)
        assert not done
        let_go.set()
        await eventually(lambda: receiver.events(asked) == ["created", "cancelled"])
    first, second = receiver.received
    Webhook(OLD_SECRET).verify(first.body, first.headers)
    Webhook(SECRET).verify(second.body, second.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD_SECRET).verify(second.body, second.headers)


async def test_what_is_applied_on_one_server_is_delivered_by_another(
    receiver: Receiver, open_store: Callable[[], Awaitable[PostgresStore]]
) -> None:
    servers = []
    for name in ("a", "b"):
        loaded = settings.parse(SITE)
        servers.append(await app.start(loaded, await open_store(), public_url=f"http://{name}.example.com"))
    first, second = servers
    try:
        await first.bus.command("Configuration.apply", {"document": document(SITE + hook(receiver.url))})
        await eventually(lambda: bool(second.webhooks.couriers))
    finally:
        await first.stop()
    try:
        issued = await second.bus.command("CallRequests.create", {"site": "shop", "group": "sales"})
        await eventually(lambda: receiver.events(issued.id) == ["created"])
    finally:
        await second.stop()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"secrets": ["env:NO_SUCH_SECRET"]}, "site[0].webhook[0].secrets[0]"),
        ({"secrets": ["kept:12345678"]}, "site[0].webhook[0].secrets[0]"),
        ({"url": "http://10.0.0.1/", "timeout_s": 100}, "site[0].webhook[0].timeout_s"),
    ],
)
async def test_a_webhook_that_the_server_cannot_use_is_refused(change: dict[str, Any], field: str) -> None:
    sent = document(SITE + hook("https://crm.example.com/"))
    sent["site"][0]["webhook"][0].update(change)
    async with running(SITE) as server:
        headers = {"X-API-Key": await server.new_key("admin")}
        refused = await server.http.put("/v1/admin/config", json={"configuration": sent}, headers=headers)
        assert problem(refused, 422, "invalid_field")["errors"][0]["field"] == field
        assert not server.warmcall.webhooks.couriers


async def test_a_server_that_lacks_a_secret_takes_over_all_the_rest(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    text = SITE.replace('"1001"', '"1002"') + hook(receiver.url) + hook(receiver.url, "other", ("env:NO_SUCH_SECRET",))
    async with running(SITE) as server:
        with caplog.at_level(logging.ERROR):
            await server.store.configurations.keep(document(text), 0, 0)
            await eventually(lambda: bool(server.warmcall.webhooks.couriers))
        assert list(server.warmcall.webhooks.couriers) == ["shop/crm"]
        asked = await ask(server)
        await eventually(lambda: receiver.events(asked) == ["created"])
    assert "NO_SUCH_SECRET" in str([vars(record) for record in caplog.records])


async def test_a_server_without_sites_of_its_own_delivers_to_the_webhooks_that_the_store_keeps(
    receiver: Receiver, tmp_path: Path
) -> None:
    file = tmp_path / "warmcall.toml"
    file.write_text(SITE + hook(receiver.url))
    await warmcall("apply", file, "--data", tmp_path / "data")
    own = settings.parse('[webhooks]\nallow_networks = ["127.0.0.0/8"]', needs_sites=False)
    store = await SqliteStore.open(tmp_path / "data")
    server = await app.start(await configuring.begin(own, store), store, public_url="http://a.example.com")
    try:
        issued = await server.bus.command("CallRequests.create", {"site": "shop", "group": "sales"})
        await eventually(lambda: receiver.events(issued.id) == ["created"])
    finally:
        await server.stop()
