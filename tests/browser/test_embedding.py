"""Every way to put the script into a page, in every kind of page: the whole way works, and nothing leaks."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Frame, Locator, expect

from tests.browser.chromium import ORIGIN, STATIC, Answer, HostPage
from tests.browser.panel import ISSUED, NUMBER_SHOWN, SITE, Panel

POLICY = (
    "default-src 'none'; script-src 'self'{0}; connect-src 'self'{0}; style-src 'self'; "
    "require-trusted-types-for 'script'"
)
ELSEWHERE = "http://localhost:8765"
CONFIGURATION = "window._genesys = {widgets: {clicktocall: {site: 'demo', group: 'sales'}}};"
JAPANESE = "widget/languages/packs/ja.json"
VIEWPORT = '<meta name="viewport" content="width=device-width">'


@dataclass(frozen=True)
class Surroundings:
    """The page that the script finds itself in."""

    name: str
    policy: str = ""
    server: str = ORIGIN
    head: str = ""
    charset: str = "; charset=utf-8"
    framed: bool = False
    size: tuple[int, int] = (1280, 800)
    scale: float = 1


@dataclass(frozen=True)
class Way:
    """How the script gets into the page: the page's HTML, and scripts that the page has as files."""

    name: str
    html: str
    files: dict[str, str] = field(default_factory=dict)


_INJECT = """addEventListener('load', () => {
  const policy = window.trustedTypes?.createPolicy('page', {createScriptURL: (url) => url});
  const script = document.createElement('script');
  const url = document.documentElement.dataset.script;
  script.src = policy ? policy.createScriptURL(url) : url;
  Object.assign(script.dataset, {site: 'demo', group: 'sales'});
  document.head.append(script);
});"""
TAG = f'<script src="SCRIPT" {SITE}></script>'
WAYS = [
    Way("async tag", f'<script async src="SCRIPT" {SITE}></script>'),
    Way("blocking tag", TAG),
    Way("injected at run time", '<script src="PAGE/inject.js"></script>', {"/inject.js": _INJECT}),
    Way(
        "configured before",
        '<script src="PAGE/set.js"></script><script async src="SCRIPT"></script>',
        {"/set.js": CONFIGURATION},
    ),
    Way(
        "configured after",
        '<script src="SCRIPT"></script><script src="PAGE/set.js"></script>',
        {"/set.js": CONFIGURATION},
    ),
    Way("two tags by mistake", TAG + TAG.replace("<script", "<script async")),
]
PLAIN = Surroundings("plain page")
SURROUNDINGS = [
    PLAIN,
    Surroundings("strict policy", policy=POLICY.format("")),
    Surroundings("strict policy, script from elsewhere", policy=POLICY.format(" " + ELSEWHERE), server=ELSEWHERE),
    Surroundings("no charset", charset=""),
    Surroundings("base tag", head='<base href="http://base.example/shop/">'),
    Surroundings("sandboxed frame", framed=True),
    Surroundings("320 pixels", size=(320, 568)),
    Surroundings("400 percent", size=(320, 200), scale=4),
]
# Firefox takes the first row and the first column of the table, Chromium all of it.
TABLE = [
    pytest.param(
        around,
        way,
        id=f"{around.name}-{way.name}",
        marks=[pytest.mark.once("time")] if around is not PLAIN and way is not WAYS[0] else [],
    )
    for around in SURROUNDINGS
    for way in WAYS
]

_WATCH = """() => {
  window.violations = [];
  document.addEventListener('securitypolicyviolation', ({violatedDirective, blockedURI}) =>
    violations.push(violatedDirective + ' ' + blockedURI));
}"""
_STORED = """() => {
  try {
    return [document.cookie, localStorage.length, sessionStorage.length];
  } catch {
    return ['', 0, 0];
  }
}"""


def serve_the_call_server(host: HostPage) -> None:
    """Let pages of any origin ask, as the server does for the origins it knows."""
    allowed = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Allow-Methods": "*",
    }
    for path in STATIC.rglob("*.js"):
        name = f"/{path.relative_to(STATIC)}"
        host.serve(name, path.read_bytes(), content_type="text/javascript", headers=allowed)
    panel = Panel(host)
    panel.answer(lambda request: Answer(json.dumps(ISSUED), 201, headers=allowed))
    live = "retry: 600000\nevent: snapshot\ndata: " + json.dumps({"state": "waiting"}) + "\n\n"
    host.serve("/v1/call-requests/r1/events", live, content_type="text/event-stream", headers=allowed)
    host.serve("/v1/sites/demo/call-requests", "", method="OPTIONS", status=204, headers=allowed)


def embed(host: HostPage, around: Surroundings, way: Way) -> Frame:
    """Load the page and return the frame that has the script."""
    serve_the_call_server(host)
    for name, script in way.files.items():
        host.serve(name, script, content_type="text/javascript")
    script = around.server + "/warmcall.js"
    body = way.html.replace("SCRIPT", script).replace("PAGE", ORIGIN)
    html = (
        f'<!doctype html><html lang="en" data-script="{script}"><head>{VIEWPORT}{around.head}<title>Shop</title></head>'
        f"<body><button data-warmcall-open>Call us</button>{body}"
    )
    headers = {"Content-Security-Policy": around.policy} if around.policy else {}
    host.serve("/inner", html, content_type="text/html" + around.charset, headers=headers)
    host.page.add_init_script(f"({_WATCH})()")
    if around.framed:
        frame = '<iframe sandbox="allow-scripts" src="/inner" style="width:900px;height:700px" title="shop"></iframe>'
        host.open(frame)
        return host.page.frames[-1]
    host.page.goto(ORIGIN + "/inner")
    return host.page.main_frame


def until(frame: Frame, condition: Callable[[], object]) -> None:
    for _ in range(200):
        if condition():
            return
        frame.page.wait_for_timeout(25)
    raise AssertionError("still not so")


def command(frame: Frame, name: str, options: dict[str, object]) -> None:
    frame.evaluate(
        "([name, options]) => new Promise((done, fail) => CXBus.command(name, options).done(done).fail(fail))"
        ".then(() => 0)",
        [name, options],
    )


@pytest.mark.parametrize(("around", "way"), TABLE)
def test_the_whole_way_works_wherever_the_script_is(host: HostPage, around: Surroundings, way: Way) -> None:
    host.page.set_viewport_size({"width": around.size[0], "height": around.size[1]})
    frame = embed(host, around, way)
    find: Callable[[str], Locator] = frame.locator
    until(frame, lambda: frame.evaluate("!!window.CXBus?.data?.('App.ready')"))
    expect(find("warmcall-launcher")).to_have_count(1)

    find("body > button").click()
    find("#cx_clicktocall_form_phonenumber").fill("+12025550143")
    assert frame.evaluate(_STORED) == ["", 0, 0]
    find(".cx-register-submit-button").click()
    expect(find("a.cx-phone-number")).to_have_text(NUMBER_SHOWN)
    expect(find(".status")).to_have_text("Waiting for your call")
    expect(find("svg.qr")).to_be_visible()
    command(frame, "App.setLanguage", {"lang": "ja"})
    with open(JAPANESE, encoding="utf-8") as pack:
        expect(find(".cx-title")).to_have_text(json.load(pack)["Title"])
    expect(find("a.cx-phone-number")).to_be_visible()
    command(frame, "ClickToCall.close", {})
    expect(find("warmcall-panel")).to_have_count(0)

    assert frame.evaluate("violations") == []
    assert {urlsplit(request.url).netloc for request in host.requests} <= {
        urlsplit(url).netloc for url in (ORIGIN, around.server)
    }
    if way.name != "two tags by mistake":
        assert len(host.requests_to("/warmcall.js")) == 1
