"""`POST /v1/route`: an owner's own IVR asks what to do with a call."""

import msgspec

from warmcall.calls.routing import RouteBody
from warmcall.web.bodies import JSONBody
from warmcall.web.exchange import Exchange
from warmcall.web.services import Services

SCOPES = ("telephony",)

_encode = msgspec.json.Encoder().encode


class RouteCall:
    """Says what to do next with a call."""

    def __init__(self, services: Services) -> None:
        self._body = JSONBody(RouteBody)
        self._command = services.plugin.command
        self._keys = services.keys

    async def __call__(self, exchange: Exchange) -> None:
        """Answer 200 with the decision."""
        await self._keys.require(exchange.headers, SCOPES)
        data = await self._body.read(exchange)
        await exchange.json(200, _encode(await self._command("Telephony.route", data)))
