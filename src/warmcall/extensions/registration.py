"""Letting extensions register on a server's bus."""

import logging
from collections.abc import Iterable
from functools import partial
from inspect import isawaitable

from starlette.routing import BaseRoute

from warmcall.bus.bus import Bus
from warmcall.extensions.guard import Befores, ExtensionGuard, Watch
from warmcall.extensions.loading import Extension, Loaded, under_names
from warmcall.settings import Settings
from warmcall.web.extensions import ExtensionRoutes
from warmcall.web.keys import ApiKeys

log = logging.getLogger("warmcall.extensions")


async def extend(
    bus: Bus, extensions: Iterable[Extension | Loaded], settings: Settings, keys: ApiKeys, watch: Watch | None
) -> list[BaseRoute]:
    """Call each extension once, and keep watch over what it registers.

    Args:
        bus: What they get.
        extensions: In this order.
        settings: With their tables.
        keys: Checks the API keys of their routes.
        watch: Told of what they do.

    Returns:
        Their routes.
    """
    befores, mounts = Befores(bus), []
    named = under_names(extensions)
    for extension in named:
        guard = ExtensionGuard(extension.name, befores, watch, settings.server.extension_budget_s)
        routes = ExtensionRoutes(extension.name, keys, partial(_ran, guard))
        with bus.guarded(guard):
            left = extension.call(bus, settings.extensions.get(extension.name, {}), routes)
            if isawaitable(left):
                await left
        if (mount := routes.mount()) is not None:
            mounts.append(mount)
    for name in settings.extensions.keys() - {extension.name for extension in named}:
        log.warning("settings for an extension that is not loaded", extra={"extension": name})
    return list(mounts)


def _ran(guard: ExtensionGuard, what: str, outcome: str, spent_s: float) -> None:
    guard.ran(what, outcome, spent_s)
