"""`POST /v1/sites/{site}/call-requests`: a visitor asks for a number."""

from typing import Any

import msgspec

from warmcall.calls.errors import UnknownError
from warmcall.web.bodies import CreateBody, JSONBody
from warmcall.web.exchange import Exchange
from warmcall.web.services import Services

_encode = msgspec.json.Encoder().encode


class Create:
    """Grants a number and perhaps a code."""

    def __init__(self, services: Services) -> None:
        self._body = JSONBody(CreateBody)
        self._command = services.plugin.command
        self._client_address = services.addresses.client
        self._directory = services.directory

    async def __call__(self, exchange: Exchange) -> None:
        """Answer 201 with the number, or a problem that names the group's fallback number."""
        site = exchange.parts[3]
        data: dict[str, Any] = {}
        try:
            data = await self._body.read(exchange)
            data["site"] = site
            data["address"] = self._client_address(exchange)
            key = exchange.headers.get(b"idempotency-key")
            if key:
                data["idempotencyKey"] = key.decode("latin-1")
            issued = await self._command("CallRequests.create", data)
        except Exception:
            exchange.extra = self._way_on(site, data.get("group"))
            raise
        await exchange.json(201, _encode(issued))

    def _way_on(self, site: str, group: Any) -> dict[str, str]:
        """What a page can show although there is no access number."""
        try:
            number = self._directory.group(site, str(group)).fallback_number
        except UnknownError:
            return {}
        return {} if number is None else {"fallbackNumber": number}
