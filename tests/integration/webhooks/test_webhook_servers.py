"""Deliveries of several servers on one database, of a server that is killed, and the commands beside it."""

import asyncio
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.contract.store.samples import NOW_MS, a_request, change
from tests.integration.api.conftest import eventually
from tests.integration.api.test_serve import Process, run
from tests.integration.webhooks import receiver as behaviours
from tests.integration.webhooks.conftest import SITE, hook
from tests.integration.webhooks.receiver import Receiver
from warmcall import settings
from warmcall.bus.bus import Bus
from warmcall.calls.model import State
from warmcall.calls.tokens import Tokens
from warmcall.store.postgres import PostgresStore
from warmcall.testing import FakeClock
from warmcall.webhooks.plugin import WebhooksPlugin


async def test_servers_on_one_database_share_the_work_and_keep_the_order(
    receiver: Receiver, open_store: Callable[[], Awaitable[PostgresStore]]
) -> None:
    hooks = settings.parse(SITE.replace('"shop"', '"demo"') + hook(receiver.url)).webhooks
    stores = [await open_store() for _ in range(3)]
    plugins = [
        WebhooksPlugin(Bus(), store, hooks, Tokens(b"x" * 32), FakeClock(NOW_MS), "https://call.test")
        for store in stores
    ]
    for plugin in plugins:
        await plugin.start()
    requests = [a_request() for _ in range(30)]
    for index, request in enumerate(requests):
        await stores[index % 3].add(request)
        await change(stores[(index + 1) % 3], request.id, State.CANCELLED)
    await eventually(lambda: len(receiver.received) >= 60)
    for plugin in plugins:
        await plugin.stop()
    for request in requests:
        assert receiver.events(request.id) == ["created", "cancelled"]
    assert max(Counter(r.headers["webhook-id"] for r in receiver.received).values()) == 1


def ask(process: Process) -> str:
    answer = httpx.post(f"{process.url}/v1/sites/shop/call-requests", json={"group": "sales"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_server_that_is_killed_delivers_the_rest_after_its_next_start(
    receiver: Receiver, tmp_path: Path
) -> None:
    receiver.behaviour = behaviours.silence
    config, data = tmp_path / "warmcall.toml", tmp_path / "data"
    config.write_text(SITE + hook(receiver.url, concurrency=2))
    first = await asyncio.to_thread(Process, config, data)
    asked = [await asyncio.to_thread(ask, first) for _ in range(5)]
    await eventually(lambda: len(receiver.received) == 2)
    await asyncio.to_thread(first.stop, signal.SIGKILL)
    receiver.behaviour = behaviours.status(200)
    second = await asyncio.to_thread(Process, config, data)
    await eventually(lambda: {r.json["data"]["id"] for r in receiver.received} == set(asked))
    assert await asyncio.to_thread(second.stop) == 0


async def test_dead_letters_are_listed_and_replayed_beside_the_running_server(
    receiver: Receiver, tmp_path: Path
) -> None:
    receiver.behaviour = behaviours.status(410)
    config, data = tmp_path / "warmcall.toml", tmp_path / "data"
    config.write_text(SITE + hook(receiver.url))
    process = await asyncio.to_thread(Process, config, data)
    try:
        await asyncio.to_thread(ask, process)
        await eventually(lambda: len(receiver.received) == 1)
        tested = await asyncio.to_thread(run, "webhooks", "test", "shop/crm", "--config", str(config))
        assert (tested.returncode, tested.stdout) == (1, "shop/crm did not take it: answered 410\n")
        receiver.behaviour = behaviours.status(200)
        listed = await asyncio.to_thread(run, "webhooks", "list", "--dead", "--data", str(data))
        assert re.search(r"^\d+ .* shop/crm  created  dead  attempts=1  answered 410$", listed.stdout, re.MULTILINE)
        replayed = await asyncio.to_thread(run, "webhooks", "replay", "--hook", "shop/crm", "--data", str(data))
        assert replayed.stdout == "1 replayed\n"
        await eventually(lambda: len(receiver.received) == 3)
    finally:
        assert await asyncio.to_thread(process.stop) == 0
    left = await asyncio.to_thread(run, "webhooks", "list", "--dead", "--json", "--data", str(data))
    assert left.stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replay", "--data", "x"), "Say what to replay"),
        (("test", "shop/other", "--config", "CONFIG"), "there are: shop/crm."),
    ],
)
def test_a_slip_on_the_command_line_is_told_in_one_sentence(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    config = tmp_path / "warmcall.toml"
    config.write_text(SITE + hook("https://crm.example.com/"))
    refused = run("webhooks", *(str(config) if word == "CONFIG" else word for word in arguments))
    assert refused.returncode == 2
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_new_secret_is_one_that_the_configuration_takes() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "warmcall.cli", "webhooks", "new-secret"], capture_output=True, text=True, check=True
    )
    assert settings.parse(SITE + hook("https://crm.example.com/", secrets=(made.stdout.strip(),))).webhooks
