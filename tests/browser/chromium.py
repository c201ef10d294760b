"""Chromium for tests: the browser, and a host page whose whole network is in the test's hands."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, sync_playwright

STATIC = Path(__file__).parents[2] / "src/warmcall/web/static"
ORIGIN = "http://127.0.0.1:8765"
STRICT_CSP = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a running Chromium.

    Keep it no longer than one test module: while it runs, Playwright's event loop counts as running in this
    thread, so that asynchronous tests cannot.

    Raises:
        RuntimeError: if there is no Chromium on this machine.
    """
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("no Chromium: run `apt-get install chromium` or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Answer:
    """What the host page's network answers to a request."""

    body: str | bytes = ""
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Answer]


class HostPage:
    """A page of some website, on an origin of its own; nothing it asks for leaves the test.

    `/warmcall.js` is the shipped script, and what it loads lies beside it. What nobody has served answers 404.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[Request] = []
        self.errors: list[str] = []
        """Uncaught page errors, console errors and policy violations; a test that wants some empties it."""
        self.expected: list[str] = []
        """Parts of errors that a test provokes and that may come at any time; they are not collected."""
        self.fallback: Handler = _always(Answer(status=404, content_type="text/plain"))
        """Answers what nobody has served."""
        self._handlers: dict[tuple[str, str], Handler] = {}
        self.serve("/favicon.ico", "", content_type="image/x-icon")
        for path in STATIC.rglob("*.js"):
            self.serve(f"/{path.relative_to(STATIC)}", path.read_text(), content_type="text/javascript")
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("console", self._listen)
        page.context.route("**/*", self._answer)

    def serve(
        self,
        path: str,
        body: str | bytes | Handler,
        *,
        method: str = "GET",
        status: int = 200,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Answer requests for a path (without its query): with this body, or as the handler says."""
        answer = body if callable(body) else _always(Answer(body, status, content_type, headers or {}))
        self._handlers[method, path] = answer

    def open(self, html: str, *, path: str = "/", csp: str | None = None) -> Page:
        """Load a page with this HTML, and its policy if there is one, and return when it is loaded."""
        headers = {"Content-Security-Policy": csp} if csp else {}
        document = f'<!doctype html><html lang="en"><title>Host page</title>{html}'
        self.serve(path, document, content_type="text/html; charset=utf-8", headers=headers)
        self.page.goto(ORIGIN + path)
        return self.page

    def open_with_widget(self, *, before: str = "", attributes: str = "", csp: str | None = None) -> Page:
        """Load a page with the script at its end, after `before`, and return when App is ready."""
        page = self.open(f'<body>{before}<script src="/warmcall.js" {attributes}></script>', csp=csp)
        page.evaluate("new Promise(resolve => CXBus.subscribe('App.ready', resolve)).then(() => 0)")
        return page

    def requests_to(self, path: str) -> list[Request]:
        """Return the requests made to a path, oldest first."""
        return [request for request in self.requests if urlsplit(request.url).path == path]

    def take_errors(self) -> list[str]:
        """Return the errors so far and forget them."""
        taken, self.errors[:] = self.errors[:], []
        return taken

    def _listen(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self._note(line.text)

    def _note(self, error: str) -> None:
        if not any(part in error for part in self.expected):
            self.errors.append(error)

    def _answer(self, route: Route, request: Request) -> None:
        self.requests.append(request)
        answer = self._handlers.get((request.method, urlsplit(request.url).path), self.fallback)(request)
        route.fulfill(status=answer.status, body=answer.body, content_type=answer.content_type, headers=answer.headers)


def _always(answer: Answer) -> Handler:
    return lambda request: answer
