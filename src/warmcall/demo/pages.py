"""The demo's web pages: a shop that wants to be called, and the screen of the agent who answers."""

from collections.abc import Awaitable, Callable, MutableMapping
from importlib.resources import files
from mimetypes import guess_type
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from warmcall.demo.board import Board
from warmcall.demo.dialler import Dialler

# As strict as a policy can be: what the demo shows must work on any site.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-cache",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_PAGES = {"": "shop.html", "agent": "agent.html"}

Message = MutableMapping[str, Any]
ASGIApp = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


def demo_pages(board: Board, dialler: Dialler | None, hosts: list[str]) -> Starlette:
    """Make the application behind `/demo`.

    Args:
        board: What the agent's screen shows.
        dialler: The page's phone; `None` if there is no line to call.
        hosts: Names under which the pages may be asked for, so that no foreign name can point here; `*`: any.
    """

    async def dial(request: Request) -> Response:
        if dialler is None:
            return PlainTextResponse("The phone line is not running on this server.", 503)
        return await dialler.answer(request)

    async def events(_: Request) -> Response:
        if board.is_full:
            return PlainTextResponse("Too many agent screens are open.", 503)
        return StreamingResponse(board.watch(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return Starlette(
        routes=[
            Route("/demo", lambda _: RedirectResponse("/demo/", 308)),
            Route("/demo/dial", dial, methods=["POST"]),
            Route("/demo/agent/events", events),
            Route("/demo/{name:path}", _file),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)],
    )


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    file = _FILES.get(_PAGES.get(name, name))
    if file is None:
        return PlainTextResponse("There is no such page in the demo. The shop is at /demo/.", 404)
    content, media_type = file
    return Response(content, media_type=media_type, headers=_HEADERS)


def _read() -> dict[str, tuple[bytes, str]]:
    folder = files(__package__).joinpath("static")
    return {
        entry.name: (entry.read_bytes(), guess_type(entry.name)[0] or "application/octet-stream")
        for entry in folder.iterdir()
    }


_FILES = _read()


class Beside:
    """Serves paths under a prefix with one application, everything else, start and stop with another.

    Args:
        prefix: Such as `/demo`.
        guest: Serves what lies under the prefix.
        host: Serves the rest.
    """

    def __init__(self, prefix: str, guest: ASGIApp, host: ASGIApp) -> None:
        self._prefix = prefix
        self._guest = guest
        self._host = host

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Hand a request on."""
        path = scope.get("path", "")
        ours = scope["type"] == "http" and (path == self._prefix or path.startswith(f"{self._prefix}/"))
        await (self._guest if ours else self._host)(scope, receive, send)
