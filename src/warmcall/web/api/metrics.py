"""`GET /metrics`: for Prometheus, and for nobody else."""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from warmcall.web.api.views import exchange_of
from warmcall.web.exchange import Exchange
from warmcall.web.services import Services
from warmcall.web.tally import Tally

SCOPES = ("read", "admin")
_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FORWARDED = (b"x-forwarded-for", b"forwarded", b"x-real-ip")


OTHER = "other"
"""What counts as a route for whatever has no name of its own."""


class MetricsSource(NamedTuple):
    """Where metrics come from.

    Attributes:
        tally: What the application counts.
        write: Writes all metrics.
        allowed: Addresses or networks that may read them without a key.
    """

    tally: Tally
    write: Callable[[], Awaitable[bytes]]
    allowed: Sequence[str] = ()


async def _nothing() -> bytes:
    return b""


NO_METRICS = MetricsSource(Tally(), _nothing)


class MetricsView:
    """A Starlette endpoint.

    Args:
        services: Checks keys and finds addresses.
        write: Writes the metrics.
        allowed: Addresses or networks that need no key.
    """

    def __init__(self, services: Services, write: Callable[[], Awaitable[bytes]], allowed: Sequence[str]) -> None:
        self._keys = services.keys
        self._addresses = services.addresses
        self._write = write
        self._allowed = [ip_network(text, strict=False) for text in allowed]

    async def show(self, request: Request) -> Response:
        """All metrics of this process."""
        exchange = exchange_of(request)
        if not self._is_allowed(exchange):
            await self._keys.require(exchange.headers, SCOPES)
        return Response(await self._write(), media_type=_MEDIA_TYPE)

    def _is_allowed(self, exchange: Exchange) -> bool:
        address = self._addresses.client(exchange)
        if not self._allowed or address is None:
            return False
        peer = exchange.scope.get("client")
        if peer and address == peer[0] and any(name in exchange.headers for name in _FORWARDED):
            # A proxy that is not among `trusted_proxies` passed it on: the address is the proxy's, not the asker's.
            return False
        try:
            asker = ip_address(address)
        except ValueError:
            return False
        return any(asker in network for network in self._allowed if network.version == asker.version)
