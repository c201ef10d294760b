"""Sites and groups of several servers on one PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from warmcall import app, configuring, settings
from warmcall.bus.errors import CommandRejectedError
from warmcall.calls.errors import WouldStrandError
from warmcall.store.postgres import PostgresStore

CONFIG = """
[[site]]
id = "shop"

[[site.group]]
name = "sales"
numbers = ["+12025550100"]
destination = "1001"
"""
OTHER = CONFIG.replace("+12025550100", "+12025550109")


async def test_what_is_applied_on_one_server_holds_on_all(open_store: Callable[[], Awaitable[PostgresStore]]) -> None:
    first_store, second_store = await open_store(), await open_store()
    with_sites = await configuring.begin(settings.parse(CONFIG), first_store)
    without = await configuring.begin(settings.parse("", needs_sites=False), second_store)
    first = await app.start(with_sites, first_store, public_url="http://a.example.com")
    second = await app.start(without, second_store, public_url="http://b.example.com")
    try:
        await second.bus.command("CallRequests.create", {"site": "shop", "group": "sales"})
        data = {"document": configuring.document_of(settings.parse(OTHER).sites)}
        with pytest.raises(CommandRejectedError) as refused:
            await second.bus.command("Configuration.apply", data)
        assert isinstance(refused.value.__cause__, WouldStrandError)
        changed = asyncio.Event()
        first.bus.subscribe("Configuration.changed", lambda e: changed.set())
        await second.bus.command("Configuration.apply", {**data, "force": True})
        await asyncio.wait_for(changed.wait(), 15)
        assert with_sites.directory.group("shop", "sales").numbers == ("+12025550109",)
    finally:
        await second.stop()
        await first.stop()
