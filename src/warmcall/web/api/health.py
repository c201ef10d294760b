"""`GET /healthz` and `GET /readyz`: what a supervisor and a load balancer ask."""

from starlette.requests import Request
from starlette.responses import Response

from warmcall.calls.port import Store

_OK = b'{"status":"ok"}'


class Health:
    """Starlette endpoints."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def alive(self, request: Request) -> Response:
        """The process answers."""
        return Response(_OK, media_type="application/json")

    async def ready(self, request: Request) -> Response:
        """The store answers too."""
        await self._store.ping()
        return Response(_OK, media_type="application/json")
