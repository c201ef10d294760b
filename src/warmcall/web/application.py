"""The ASGI application: checks shared by all routes, a look-up for the hot ones, Starlette for the rest."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from time import perf_counter
from typing import Any

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Receive, Scope, Send

from warmcall.errors import WarmcallError
from warmcall.web.api.admin import AdminViews
from warmcall.web.api.assets import AssetViews
from warmcall.web.api.create import Create
from warmcall.web.api.health import Health
from warmcall.web.api.match import MatchCall, ReportCall
from warmcall.web.api.metrics import NO_METRICS, OTHER, MetricsSource, MetricsView
from warmcall.web.api.route import RouteCall
from warmcall.web.api.views import Views
from warmcall.web.api.webhooks import WebhookViews
from warmcall.web.compat.endpoints import compat_endpoints
from warmcall.web.compat.operations import COMPAT_OPERATIONS
from warmcall.web.docs import Docs
from warmcall.web.errors import InternalError, MethodNotAllowedError, NotFoundError, ShuttingDownError
from warmcall.web.exchange import SAFETY, ClientGoneError, Exchange
from warmcall.web.live.route import LiveEvents
from warmcall.web.mounts import Mount, Mounted
from warmcall.web.operation import Operation
from warmcall.web.operations import OPERATIONS
from warmcall.web.origins import Origins
from warmcall.web.problems import MEDIA_TYPE, problem_of
from warmcall.web.services import Services

log = logging.getLogger("warmcall.web")

Handler = Callable[[Exchange], Awaitable[None]]
# What follows in these addresses is a secret, or a person's number.
_PRIVATE = ("/v1/context/", "/v1/admin/people/")
_PROBLEM = ((b"content-type", MEDIA_TYPE), *SAFETY)


class Application:
    """Warmcall over HTTP. Mounts into any ASGI framework.

    Args:
        services: What the routes work with.
        own_origin: Origin of the server's own pages.
        mounts: Routes of other parts of the server.
        extensions: Routes of the owner's extensions.
        metrics: What is counted here and shown at `/metrics`; `None` counts nothing.
    """

    def __init__(
        self,
        services: Services,
        own_origin: str,
        mounts: Iterable[Mount] = (),
        extensions: Iterable[BaseRoute] = (),
        metrics: MetricsSource = NO_METRICS,
    ) -> None:
        self._tally = metrics.tally
        self._names: dict[Any, str] = {}
        self._public_url = services.public_url
        self._origins = Origins(services.directory, own_origin)
        self._hot: dict[tuple[str, ...], tuple[Handler, str]] = {}
        self._rest: tuple[Handler, str] = (self.framework, OTHER)
        self.routes: list[Route] = []
        endpoints = {**_endpoints(services, metrics), **compat_endpoints(services, own_origin)}
        for operation in (*OPERATIONS, *COMPAT_OPERATIONS):
            self._add(operation, endpoints[operation.name])
        for mount in mounts:
            self._mount(mount, Mounted(mount, services.public_url, services.addresses))
        self._router = Router([*self.routes, *extensions], redirect_slashes=False, default=_nothing_here)
        self.stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong becomes a problem."""
        if scope["type"] != "http":
            await _refuse(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        began_s = perf_counter()
        try:
            await self._route(exchange)
        except Exception as error:
            await self._fail(exchange, error)
        spent_s = perf_counter() - began_s
        if exchange.started:
            self._tally.answered(exchange.route, exchange.status, spent_s)
        if log.isEnabledFor(logging.DEBUG):
            self._observe(exchange, spent_s)

    def _observe(self, exchange: Exchange, spent_s: float) -> None:
        path = next((f"{start}..." for start in _PRIVATE if exchange.path.startswith(start)), exchange.path)
        told = {"request": exchange.request_id, "method": exchange.method, "path": path, "status": exchange.status}
        log.debug("answered", extra={**told, "spent_ms": round(spent_s * 1000, 2)})

    async def _fail(self, exchange: Exchange, error: Exception) -> None:
        if isinstance(error, ClientGoneError):
            return
        if isinstance(error, WarmcallError):
            await self._explain(exchange, error)
        elif isinstance(error, HTTPException):
            await self._explain(exchange, self._framework_error(exchange, error))
        else:
            await self._explain(exchange, InternalError(), error)

    def _route(self, exchange: Exchange) -> Awaitable[None]:
        """Check what concerns every request, and choose who answers it."""
        if self.stopping and exchange.path != "/healthz":
            raise ShuttingDownError
        self._origins.admit(exchange)
        if exchange.method == "OPTIONS" and self._origins.is_preflight(exchange):
            return exchange.answer(204, b"", self._origins.preflight)
        handler, exchange.route = self._hot.get(_hot_key(exchange.method, exchange.parts), self._rest)
        return handler(exchange)

    async def framework(self, exchange: Exchange) -> None:
        """Answer through Starlette's router, which knows every route, the hot ones too."""
        scope = {**exchange.scope, "path": exchange.path, "root_path": "", "app": self, "warmcall.exchange": exchange}
        try:
            await self._router(scope, exchange.receive, exchange.send)
        finally:
            exchange.route = self._names.get(scope.get("endpoint"), OTHER)

    def _add(self, operation: Operation, endpoint: Any) -> None:
        self._names[endpoint] = operation.name
        if operation.hot:
            self._hot[_hot_key(operation.method, operation.path.split("/"))] = endpoint, operation.name
            endpoint = _Hot(endpoint)
        self.routes.append(Route(operation.path, endpoint, methods=[operation.method], name=operation.name))

    def _mount(self, mount: Mount, endpoint: Handler) -> None:
        self._names[endpoint] = mount.path
        for method in mount.methods:
            self._hot[_hot_key(method, mount.path.split("/"))] = endpoint, mount.path
        self.routes.append(Route(mount.path, _Hot(endpoint), methods=list(mount.methods)))

    async def _explain(self, exchange: Exchange, error: WarmcallError, fault: BaseException | None = None) -> None:
        problem = problem_of(error, exchange.request_id, exchange.extra, self._public_url)
        self._tally.problems[exchange.route, problem.code] += 1
        told = {"request": exchange.request_id, "status": problem.status}
        if isinstance(error, InternalError) or fault is not None or problem.code == InternalError.code:
            log.error("internal_error", extra=told, exc_info=fault or error)
        else:
            log.info(problem.code, extra=told)
        if not exchange.started:
            await exchange.answer(problem.status, problem.body, [*_PROBLEM, *problem.headers])

    def _framework_error(self, exchange: Exchange, error: HTTPException) -> WarmcallError:
        if error.status_code != 405:
            return NotFoundError() if error.status_code == 404 else InternalError()
        # The router tells the methods of the first route of this path; there may be one route for each method.
        scope = {"type": "http", "path": exchange.path, "method": exchange.method}
        found = (route.methods or set() for route in self.routes if route.matches(scope)[0] is not Match.NONE)
        own = (error.headers or {}).get("Allow", "").replace(" ", "").split(",")
        return MethodNotAllowedError(exchange.method, sorted(set().union(*found)) or own)


class _Hot:
    """A hot route as Starlette sees it."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._handler(scope["warmcall.exchange"])


def _endpoints(services: Services, metrics: MetricsSource) -> dict[str, Any]:
    views, files = Views(services), AssetViews(services.assets)
    admin = AdminViews(services)
    health, docs = Health(services.store), Docs(services.public_url)
    webhooks = WebhookViews(services)
    return {
        "createCallRequest": Create(services),
        "findGroup": views.find_group,
        "issueChallenge": views.issue_challenge,
        "showCallRequest": views.show_request,
        "cancelCallRequest": views.cancel_request,
        "followCallRequest": LiveEvents(services),
        "matchCall": MatchCall(services),
        "reportCall": ReportCall(services),
        "showContext": views.show_context,
        "addNote": views.add_note,
        "routeCall": RouteCall(services),
        "listActs": admin.list_acts,
        "exportPerson": admin.export_person,
        "erasePerson": admin.erase_person,
        "showConfiguration": admin.show_configuration,
        "applyConfiguration": admin.apply_configuration,
        "listWebhooks": webhooks.list_hooks,
        "testWebhook": webhooks.test_hook,
        "replayDeadDeliveries": webhooks.replay_dead,
        "listDeliveries": webhooks.list_deliveries,
        "replayDelivery": webhooks.replay_one,
        "loadScript": files.script,
        "loadTypes": files.types,
        "loadChunk": files.chunk,
        "readMetrics": MetricsView(services, metrics.write, metrics.allowed).show,
        "isAlive": health.alive,
        "isReady": health.ready,
        "readOpenAPI": docs.openapi,
        "readDocs": docs.page,
    }


def _hot_key(method: str, parts: list[str]) -> tuple[str, ...]:
    """What a hot route is found by: the method and the fixed parts of its path."""
    if len(parts) == 5 and parts[1] == "v1":
        return method, parts[1], parts[2], parts[4]
    return method, *parts[1:]


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    raise NotFoundError


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """There are no WebSockets here, and starting and stopping is the composition's business."""
    if scope["type"] != "websocket":
        raise RuntimeError(f"{scope['type']} is not for this application: start and stop the Warmcall object instead.")
    await receive()
    await send({"type": "websocket.close", "code": 1008})
