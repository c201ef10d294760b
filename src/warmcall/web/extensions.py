"""Routes of the owner's extensions, below `/x/<name>/`."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from starlette.routing import BaseRoute, Mount, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from warmcall.web.errors import BodyTooLargeError
from warmcall.web.keys import SCOPES, ApiKeys

PREFIX = "/x"
BODY_LIMIT_BYTES = 1024 * 1024


class ExtensionRoutes:
    """Where one extension adds its routes.

    Args:
        name: The extension's.
        keys: Checks API keys.
        ran: Told of each request: what, outcome, seconds.
    """

    def __init__(self, name: str, keys: ApiKeys, ran: Callable[[str, str, float], None]) -> None:
        self.prefix = f"{PREFIX}/{name}"
        self._keys = keys
        self._ran = ran
        self._router = Router(redirect_slashes=False)

    def add(self, routes: Sequence[BaseRoute], scopes: Sequence[str] = ("admin",)) -> None:
        """Add routes of Starlette's.

        Args:
            routes: Such as `Route("/report", report)`, which is then at `/x/<name>/report`.
            scopes: An API key of one of these is asked for; none at all if empty.

        Raises:
            ValueError: if there is no such scope.
        """
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown:
            raise ValueError(f"There is no scope {unknown[0]!r}; expected some of {', '.join(SCOPES)}.")
        for route in routes:
            if scopes:
                open_to_all: Any = route
                open_to_all.app = _WithKey(open_to_all.app, self._keys, tuple(scopes))
            self._router.routes.append(route)

    def mount(self) -> Mount | None:
        """All of them as one route; `None` if there are none."""
        return Mount(self.prefix, app=self._serve) if self._router.routes else None

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began_s, outcome = perf_counter(), "failed"
        try:
            await self._router(scope, _Bounded(receive), send)
            outcome = "ok"
        finally:
            self._ran("route", outcome, perf_counter() - began_s)


class _WithKey:
    """Lets requests with a fitting API key pass."""

    def __init__(self, app: ASGIApp, keys: ApiKeys, scopes: tuple[str, ...]) -> None:
        self._app = app
        self._keys = keys
        self._scopes = scopes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._keys.require(scope["warmcall.exchange"].headers, self._scopes)
        await self._app(scope, receive, send)


class _Bounded:
    """Receives a body up to its bound."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._seen_bytes = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._seen_bytes += len(message.get("body", b""))
        if self._seen_bytes > BODY_LIMIT_BYTES:
            raise BodyTooLargeError(BODY_LIMIT_BYTES)
        return message
