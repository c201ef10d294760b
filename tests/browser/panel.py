"""The visitor's panel in a test: a page that has it, a server that answers it, and what it published."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, Request

from tests.browser.chromium import Answer, HostPage

SITE = 'data-site="demo" data-group="sales"'
CREATE = "/v1/sites/demo/call-requests"
EVENTS = "/v1/call-requests/r1/events"
GROUP = "/v1/sites/demo/groups/sales"
OPEN_GROUP = {
    "site": "demo",
    "group": "sales",
    "open": True,
    "changesAt": None,
    "accessCode": True,
    "lifetimeS": 600,
    "countries": [],
    "fallbackNumber": None,
    "challenge": None,
    "consent": None,
}
ISSUED = {
    "id": "r1",
    "token": "visitor-token",
    "accessNumber": "+18005550100",
    "accessCode": "482913",
    "telUrl": "tel:+18005550100,,482913%23",
    "expiresAt": "2030-01-01T00:00:00Z",
    "expiresInS": 600,
}
NUMBER_SHOWN = "+1\u00a0800\u00a0555\u00a00100"
EVENT_NAMES = [
    "ready",
    "opened",
    "closed",
    "started",
    "cancelled",
    "submitted",
    "completed",
    "expired",
    "minimized",
    "unminimized",
]
# A stream that a test has sent is at its end, and the browser connects again: soon, or not in this test.
SOON, NEVER = 50, 600_000

_RECORD = """(names) => {
  window.seen = [];
  const record = (plugin, name, label) =>
    CXBus.subscribe(plugin + '.' + name, ({data}) => seen.push([label, structuredClone(data)]));
  for (const name of names) record('ClickToCall', name, name);
  for (const name of ['numberReceived', 'restored', 'callStatus'])
    record('ClickToCallService', name, 'service:' + name);
}"""
_KEEP_WHAT_IS_SENT = """(({fetch}) => {
  window.__pw_sent = [];
  window.fetch = (url, options) => {
    if (options?.method == 'POST') __pw_sent.push(options.body);
    return fetch(url, options);
  };
})(window)"""
_COMMAND = """([name, options]) => {
  const told = (window.told ??= []), index = told.push(['pending']) - 1;
  CXBus.command(name, options)
    .done((value) => (told[index] = ['resolved', value === undefined ? null : value]))
    .fail((reason) => (told[index] = ['rejected', reason]));
  return index;
}"""


def message(kind: str, data: dict[str, object] | None = None, *, retry_ms: int = NEVER) -> str:
    """Return one live event as the server writes it."""
    return f"retry: {retry_ms}\nid: 1\nevent: {kind}\ndata: {json.dumps(data or {})}\n\n"


def refusal(status: int, code: str, **more: object) -> Answer:
    """Return problem details of the server."""
    problem = {"type": f"urn:{code}", "title": code, "status": status, "detail": f"Detail of {code}", "code": code}
    return Answer(json.dumps({**problem, **more}), status, "application/problem+json")


class Panel:
    """A page with the panel, against a server that issues one number."""

    def __init__(self, host: HostPage) -> None:
        self.host = host
        self.page = host.page
        # Firefox does not tell the driver what a request carries.
        self.page.add_init_script(_KEEP_WHAT_IS_SENT)
        self.issue()
        self.group()
        self.live(message("snapshot", {"state": "waiting"}))
        host.serve("/v1/call-requests/r1", "", method="DELETE", status=204)

    def issue(self, **changes: object) -> None:
        """Have the server issue this number from now on."""
        self.answer(lambda request: Answer(json.dumps({**ISSUED, **changes}), 201))

    def group(self, **changes: object) -> None:
        """Have the server say this of the group, and of one called `other`, from now on."""
        for path in (GROUP, GROUP.replace("sales", "other")):
            self.host.serve(path, json.dumps({**OPEN_GROUP, **changes}))

    def answer(self, handler: Callable[[Request], Answer]) -> None:
        """Answer requests for a number this way from now on."""
        self.host.serve(CREATE, handler, method="POST")

    def live(self, *streams: str) -> None:
        """Answer connections for live events with these, one after another; the last one stays."""
        rest = list(streams)
        self.host.serve(
            EVENTS, lambda request: Answer(rest.pop(0) if len(rest) > 1 else rest[0], 200, "text/event-stream")
        )

    def load(
        self, html: str = "", *, attributes: str = SITE, options: dict[str, Any] | None = None, csp: str | None = None
    ) -> Page:
        """Load the page, with these options of `clicktocall` besides the attributes of the tag."""
        if options is not None:
            html += f"<script>window._genesys = {{widgets: {{clicktocall: {json.dumps(options)}}}}}</script>"
        page = self.host.open_with_widget(before=html, attributes=attributes, csp=csp)
        page.evaluate(_RECORD, EVENT_NAMES[1:])
        return page

    def command(self, name: str, options: dict[str, Any] | None = None) -> list[Any]:
        """Give a command and return how it settled: `["resolved", value]` or `["rejected", reason]`."""
        return self.settled(self.start(name, options))

    def start(self, name: str, options: dict[str, Any] | None = None) -> int:
        """Give a command and return a handle for `settled` and `told`."""
        handle: int = self.page.evaluate(_COMMAND, [f"ClickToCall.{name}" if "." not in name else name, options or {}])
        return handle

    def told(self, handle: int) -> list[Any]:
        """Return how a command stands: `["pending"]` as long as it has not settled."""
        told: list[Any] = self.page.evaluate("(index) => told[index]", handle)
        return told

    def settled(self, handle: int) -> list[Any]:
        """Wait until a command has settled, and return how."""
        self.until(lambda: self.told(handle) != ["pending"])
        return self.told(handle)

    def open(self, **options: object) -> None:
        """Open the panel; fails unless that succeeds."""
        assert self.command("open", dict(options)) == ["resolved", None]

    def fill(self, phone: str = "+12025550143", first: str = "Ada") -> None:
        """Type into the form."""
        self.find("#cx_clicktocall_form_firstname").fill(first)
        self.find("#cx_clicktocall_form_phonenumber").fill(phone)

    def submit(self) -> None:
        """Press the button of the form."""
        self.find(".cx-register-submit-button").click()

    def get_number(self) -> None:
        """Open, fill, submit, and wait for the number."""
        self.open()
        self.fill()
        self.submit()
        self.find(".cx-display-step").wait_for(state="attached")

    def find(self, selector: str) -> Locator:
        """Find an element, through shadow roots."""
        return self.page.locator(selector)

    def seen(self) -> list[list[Any]]:
        """Return what was published since the page was loaded, as [name, data]."""
        seen: list[list[Any]] = self.page.evaluate("seen")
        return seen

    def names(self) -> list[str]:
        """Return the names of ClickToCall's events since the page was loaded."""
        return [name for name, _ in self.seen() if ":" not in name]

    def last(self, name: str) -> Any:
        """Return the data of the last event of this name."""
        return [data for seen, data in self.seen() if seen == name][-1]

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds; polls, because strict policies forbid what the driver's own wait needs.

        Raises:
            AssertionError: if it does not hold within five seconds.
        """
        for _ in range(200):
            if condition():
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(f"still not so; published: {self.names()}")

    def focused(self) -> str | None:
        """Return the id, else the class, of the element that has the focus, through shadow roots."""
        found: str | None = self.page.evaluate(
            """() => {
              let element = document.activeElement;
              while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
              return element.id || element.className;
            }"""
        )
        return found

    def body(self, index: int = 0) -> Any:
        """Return what a request for a number carried; the first one, unless told."""
        return self.created()[index].post_data_json or json.loads(self.page.evaluate("__pw_sent")[index])

    def created(self) -> list[Request]:
        """Return the requests for a number so far."""
        return self.host.requests_to(CREATE)
