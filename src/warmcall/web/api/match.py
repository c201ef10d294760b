"""`POST /v1/match` and `POST /v1/call-reports`: a phone system tells of an inbound call."""

import msgspec

from warmcall.calls.draft import InboundCall
from warmcall.calls.progress import CallReport
from warmcall.web.bodies import JSONBody
from warmcall.web.exchange import Exchange
from warmcall.web.services import Services

SCOPES = ("telephony",)

_encode = msgspec.json.Encoder().encode


class MatchCall:
    """Says which call request an inbound call belongs to, and where to connect it."""

    def __init__(self, services: Services) -> None:
        self._body = JSONBody(InboundCall)
        self._command = services.plugin.command
        self._keys = services.keys

    async def __call__(self, exchange: Exchange) -> None:
        """Answer 200 with the outcome."""
        await self._keys.require(exchange.headers, SCOPES)
        data = await self._body.read(exchange)
        key = exchange.headers.get(b"idempotency-key")
        if key:
            data["idempotencyKey"] = key.decode("latin-1")
        await exchange.json(200, _encode(await self._command("CallRequests.match", data)))


class ReportCall:
    """Takes note that a call was connected or has ended."""

    def __init__(self, services: Services) -> None:
        self._body = JSONBody(CallReport)
        self._command = services.plugin.command
        self._keys = services.keys

    async def __call__(self, exchange: Exchange) -> None:
        """Answer 200 with the state of the call request."""
        await self._keys.require(exchange.headers, SCOPES)
        data = await self._body.read(exchange)
        await exchange.json(200, _encode(await self._command("CallRequests.report", data)))
