"""The routes behind Starlette: everything that is not asked for often enough to be looked up before it."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from warmcall.calls.answers import request_view
from warmcall.calls.errors import RequestUnknownError
from warmcall.calls.notes import NoteBody
from warmcall.web.bodies import JSONBody
from warmcall.web.exchange import Exchange
from warmcall.web.services import Services
from warmcall.web.visitors import check_visitor

CONTEXT_SCOPES = ("telephony", "read")
NOTE_SCOPES = ("telephony",)


class Views:
    """Starlette endpoints.

    Args:
        services: What they work with.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._note = JSONBody(NoteBody)

    async def find_group(self, request: Request) -> Response:
        """What a panel needs to know of a group."""
        named = {"site": request.path_params["site"], "group": request.path_params["group"]}
        return _json(await self._services.plugin.command("Groups.find", named))

    async def issue_challenge(self, request: Request) -> Response:
        """What to solve before asking for a number."""
        named = {"site": request.path_params["site"], "group": request.path_params["group"]}
        return _json(await self._services.plugin.command("Challenge.issue", named))

    async def show_request(self, request: Request) -> Response:
        """Where a call request is, for its visitor."""
        request_id = check_visitor(exchange_of(request), self._services.tokens)
        found = await self._services.store.find(request_id)
        if found is None:
            raise RequestUnknownError
        return _json(request_view(found))

    async def cancel_request(self, request: Request) -> Response:
        """Cancel a waiting call request, for its visitor."""
        request_id = check_visitor(exchange_of(request), self._services.tokens)
        await self._services.plugin.command("CallRequests.cancel", {"id": request_id})
        return Response(status_code=204)

    async def show_context(self, request: Request) -> Response:
        """Who is calling and why, for the agent's screen."""
        await self._services.keys.require(exchange_of(request).headers, CONTEXT_SCOPES)
        token = request.path_params["token"]
        return _json(await self._services.plugin.command("CallRequests.context", {"token": token}))

    async def add_note(self, request: Request) -> Response:
        """What the agent or the CRM has to say about a call."""
        exchange = exchange_of(request)
        await self._services.keys.require(exchange.headers, NOTE_SCOPES)
        data = {**await self._note.read(exchange), "token": request.path_params["token"]}
        return _json(await self._services.plugin.command("CallRequests.note", data), 201)


def exchange_of(request: Request) -> Exchange:
    """The exchange a Starlette request belongs to."""
    exchange: Exchange = request.scope["warmcall.exchange"]
    return exchange


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
