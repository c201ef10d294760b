"""`/v1/admin/…`: what operators do over HTTP. Each act is written down under the key it was done with."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from warmcall.calls.audit import MOST_AT_ONCE, actor_of
from warmcall.web.api.queries import number_of
from warmcall.web.api.views import exchange_of
from warmcall.web.bodies import ConfigurationBody, JSONBody
from warmcall.web.services import Services

ADMIN = ("admin",)
CONFIGURATION_BYTES = 1024 * 1024


class AdminViews:
    """Starlette endpoints. A new one names its scopes through `_actor`, and records what it changed.

    Args:
        services: What they work with.
    """

    def __init__(self, services: Services) -> None:
        self._command = services.plugin.command
        self._keys = services.keys
        self._configuration = JSONBody(ConfigurationBody, CONFIGURATION_BYTES)

    async def list_acts(self, request: Request) -> Response:
        """Who did what, newest first."""
        await self._actor(request)
        asked = {
            "limit": number_of(request, "limit", 100, MOST_AT_ONCE),
            "before": number_of(request, "before", None, 2**63 - 1),
        }
        return _json({"acts": await self._command("Audit.list", asked)})

    async def export_person(self, request: Request) -> Response:
        """Everything that is kept of the person with a number."""
        asked = {"actor": await self._actor(request), "number": request.path_params["number"]}
        return _json(await self._command("People.export", asked))

    async def erase_person(self, request: Request) -> Response:
        """Delete everything that is kept of the person with a number."""
        asked = {"actor": await self._actor(request), "number": request.path_params["number"]}
        return _json(await self._command("People.erase", asked))

    async def show_configuration(self, request: Request) -> Response:
        """The sites, groups and webhooks that hold."""
        await self._actor(request)
        return _json(await self._command("Configuration.show"))

    async def apply_configuration(self, request: Request) -> Response:
        """Put others in their place."""
        actor = await self._actor(request)
        asked = await self._configuration.read(exchange_of(request))
        data = {
            "document": asked["configuration"],
            "force": asked["force"],
            "dryRun": asked["dryRun"],
            "actor": actor[:200],
        }
        return _json(await self._command("Configuration.apply", data))

    async def _actor(self, request: Request, scopes: tuple[str, ...] = ADMIN) -> str:
        """Let a request with a fitting key pass; returns who it is, for the audit log."""
        return actor_of(await self._keys.require(exchange_of(request).headers, scopes))


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
