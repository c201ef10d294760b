"""The plugin App without a screen: gives each plugin its part of the configuration once, then says it is ready."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from warmcall.bus.bus import Bus
from warmcall.client.clicktocall import ClickToCall
from warmcall.client.service import ClickToCallService

_CONFIGURED_BY_NAMESPACE = {"clicktocall": ("ClickToCallService", "ClickToCall")}


@dataclass(frozen=True, slots=True)
class Client:
    """What a page would have.

    Attributes:
        bus: Where commands are given and events heard.
        panel: What a visitor would see, and what their hands would do.
    """

    bus: Bus
    panel: ClickToCall


@asynccontextmanager
async def connected(
    http: httpx.AsyncClient, configuration: Mapping[str, Any], bus: Bus | None = None
) -> AsyncIterator[Client]:
    """Have App, ClickToCall and ClickToCallService on a bus as long as the block lasts.

    Args:
        http: A client whose base URL is the Warmcall server.
        configuration: As a page writes it: `{"clicktocall": {"site": …, "group": …}}`.
        bus: Where to register; a new one if `None`.
    """
    bus = bus or Bus()
    service, panel = ClickToCallService(bus, http), ClickToCall(bus)
    try:
        await _start_app(bus, configuration)
        yield Client(bus, panel)
    finally:
        await panel.aclose()
        await service.aclose()
        await bus.aclose()


async def _start_app(bus: Bus, configuration: Mapping[str, Any]) -> None:
    app = bus.plugin("App")
    app.register_events(["ready"])
    for namespace, plugins in _CONFIGURED_BY_NAMESPACE.items():
        for plugin in plugins if configuration.get(namespace) else ():
            await app.command(f"{plugin}.configure", dict(configuration[namespace]))
    app.ready()
    app.republish("ready", dict(configuration))
