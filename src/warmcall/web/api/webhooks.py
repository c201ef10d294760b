"""What an operator may ask of webhooks, and do about them."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from warmcall.calls.audit import MOST_AT_ONCE, actor_of
from warmcall.calls.errors import DeliveryUnknownError
from warmcall.web.answers import DeliveriesAnswer, HooksAnswer
from warmcall.web.api.queries import number_of
from warmcall.web.api.views import exchange_of
from warmcall.web.services import Services

ADMIN = ("admin",)
READ = ("admin", "read")
_GREATEST_ID = 2**63 - 1
_LONGEST_ID = 18


class WebhookViews:
    """Starlette endpoints.

    Args:
        services: What they work with.
    """

    def __init__(self, services: Services) -> None:
        self._command = services.plugin.command
        self._keys = services.keys

    async def list_hooks(self, request: Request) -> Response:
        """The webhooks, and what waits for each."""
        await self._actor(request, READ)
        return _json(HooksAnswer(await self._command("Webhooks.list")))

    async def list_deliveries(self, request: Request) -> Response:
        """Deliveries, newest first."""
        await self._actor(request, READ)
        asked: dict[str, Any] = {name: request.query_params.get(name) for name in ("state", "hook")}
        asked["limit"] = number_of(request, "limit", 100, MOST_AT_ONCE)
        asked["before"] = number_of(request, "before", None, _GREATEST_ID)
        return _json(DeliveriesAnswer(await self._command("Webhooks.deliveries", asked)))

    async def test_hook(self, request: Request) -> Response:
        """Send a test message."""
        actor, hook = await self._actor(request, ADMIN), _hook(request)
        answer = await self._command("Webhooks.test", {"hook": hook})
        await self._record(actor, "webhooks.test", f"webhook {hook}", {"ok": answer.ok})
        return _json(answer)

    async def replay_dead(self, request: Request) -> Response:
        """Try the dead deliveries of a webhook again."""
        hook = _hook(request)
        return await self._replay(request, {"hook": hook}, f"webhook {hook}")

    async def replay_one(self, request: Request) -> Response:
        """Try one delivery again."""
        text = request.path_params["id"]
        known = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID
        return await self._replay(request, {"id": int(text) if known else text}, f"delivery {text}")

    async def _replay(self, request: Request, which: dict[str, Any], subject: str) -> Response:
        actor = await self._actor(request, ADMIN)
        if isinstance(which.get("id"), str):
            raise DeliveryUnknownError(which["id"])
        answer = await self._command("Webhooks.replay", which)
        await self._record(actor, "webhooks.replay", subject, {"replayed": answer.replayed})
        return _json(answer)

    async def _actor(self, request: Request, scopes: tuple[str, ...]) -> str:
        return actor_of(await self._keys.require(exchange_of(request).headers, scopes))

    async def _record(self, actor: str, action: str, subject: str, details: dict[str, Any]) -> None:
        told = {"actor": actor, "action": action, "subject": subject, "details": details}
        await self._command("Audit.record", told)


def _hook(request: Request) -> str:
    return f"{request.path_params['site']}/{request.path_params['name']}"


def _json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
