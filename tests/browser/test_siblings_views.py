"""The page's other plugins as visitors meet them: keyboard, looks, strict policies, and how they get on together."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import STRICT_CSP, Answer, HostPage

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
WIDGETS: dict[str, Any] = {
    "sidebar": {"channels": [{"name": "ClickToCall"}, {"name": "ChannelSelector"}, {"name": "CallUs"}]},
    "channelselector": {
        "channels": [
            {"name": "ClickToCall", "ewt": {"display": True, "queue": "sales"}},
            {"name": "WebChat", "subtitle": "Usually fast"},
        ]
    },
    "callus": {"contacts": [{"displayName": "Sales", "number": "+1 800 555 0100"}], "hours": ["Mon-Fri 8-20"]},
    "stats": {"ewt": {"dataURL": "/ewt", "apikey": "key", "apiVersion": "v3"}},
}
HTML = '<meta name="viewport" content="width=device-width"><main><h1>Shop</h1><button id="own">Own</button></main>'
COMMAND = """([name, options]) => new Promise((resolve) =>
  CXBus.command(name, options).done((v) => resolve(['done', null])).fail((reason) => resolve(['fail', reason])))"""
TOAST = {"title": "Need help?", "body": "Until eight.", "icon": "chat", "buttons": {"type": "binary", "primary": "Yes"}}


class Visit:
    """A page with its configuration in a file of its own, under the strictest policy."""

    def __init__(self, browser: Browser, size: dict[str, int], scheme: Literal["light", "dark"], lang: str) -> None:
        self.context = browser.new_context(
            viewport={"width": size["width"], "height": size["height"]}, color_scheme=scheme, reduced_motion="reduce"
        )
        self.host = HostPage(self.context.new_page())
        self.page: Page = self.host.page
        script = f"window._genesys = {{widgets: {json.dumps({**WIDGETS, 'main': {'lang': lang}})}}}"
        self.host.serve("/config.js", script, content_type="text/javascript")
        self.host.serve("/ewt", json.dumps({"data": [{"virtualQueue": "sales", "estimatedWaitTime": 150}]}))
        self.host.open_with_widget(before=HTML + '<script src="/config.js"></script>', csp=STRICT_CSP)
        self.page.locator("warmcall-sidebar").wait_for(state="attached")

    def command(self, name: str, options: dict[str, Any] | None = None) -> list[Any]:
        told: list[Any] = self.page.evaluate(COMMAND, [name, options or {}])
        return told

    def do(self, name: str, options: dict[str, Any] | None = None) -> None:
        assert self.command(name, options) == ["done", None]

    def focused(self) -> str:
        found: str = self.page.evaluate(
            """() => {
              let element = document.activeElement;
              while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
              return element.id || element.textContent || element.localName;
            }"""
        )
        return found


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    visits: list[Visit] = []

    def visit(size: dict[str, int] = DESKTOP, scheme: Literal["light", "dark"] = "light", lang: str = "en") -> Visit:
        visits.append(Visit(browser, size, scheme, lang))
        return visits[-1]

    yield visit
    for made in visits:
        made.context.close()
        assert made.host.errors == []


def show_all_docked(visit: Visit) -> None:
    visit.do("Toaster.open", TOAST)
    visit.do("Console.open")


def show_channels(visit: Visit) -> None:
    visit.do("ChannelSelector.open")
    visit.page.locator("warmcall-channels li").first.locator(".wait:not(:empty)").wait_for()


def show_numbers(visit: Visit) -> None:
    visit.do("CallUs.open")


def show_sidebar(visit: Visit) -> None:
    visit.command("SideBar.open")
    visit.do("SideBar.expand")


@pytest.mark.parametrize("show", [show_all_docked, show_channels, show_numbers, show_sidebar])
def test_axe_finds_nothing(visit: Callable[..., Visit], show: Callable[[Visit], None]) -> None:
    for size, scheme, lang in ((DESKTOP, "light", "en"), (PHONE, "dark", "ar")):
        made = visit(size, scheme, lang)
        show(made)
        results: dict[str, Any] = Axe().run(made.page).response
        found = results["violations"] + results["incomplete"]
        assert [(rule["id"], node["html"][:120]) for rule in found for node in rule["nodes"]] == [], (size, scheme)


def test_an_overlay_is_left_by_escape_and_gives_the_focus_back(visit: Callable[..., Visit]) -> None:
    made = visit()
    made.page.locator("#own").focus()
    made.do("ChannelSelector.open")
    assert "Call us" in made.focused()
    for _ in range(8):
        made.page.keyboard.press("Tab")
        assert made.focused() != "own"
    made.page.keyboard.press("Escape")
    made.page.locator("warmcall-overlay").wait_for(state="detached")
    assert made.focused() == "own"
    assert made.command("ChannelSelector.close") == ["fail", "Already closed"]


def test_a_click_beside_an_overlay_closes_it_unless_it_is_immutable(visit: Callable[..., Visit]) -> None:
    made = visit()
    made.page.evaluate(
        """() => {
          window.heard = [];
          for (const event of ['close', 'closeAttempt'])
            CXBus.subscribe(`Overlay.${event}.CXBus`, () => heard.push(event));
        }"""
    )
    made.do("Overlay.open", {"html": "<p>Mine</p>", "immutable": True})
    made.page.mouse.click(5, 5)
    made.page.keyboard.press("Escape")
    made.do("Overlay.mutable")
    made.page.mouse.click(5, 5)
    made.page.locator("warmcall-overlay").wait_for(state="detached")
    assert made.page.evaluate("heard") == ["closeAttempt", "closeAttempt", "close"]


def test_what_a_page_hands_in_lives_in_the_page(visit: Callable[..., Visit]) -> None:
    made = visit()
    clicked = made.page.evaluate(
        """async () => {
          const clicked = [];
          document.addEventListener('click', ({target}) => clicked.push(target.id));
          const {html} = await CXBus.command('Overlay.open', {html: '<div><button id="mine">Mine</button></div>'});
          html.find('#mine').on('click', () => clicked.push('handler'));
          document.querySelector('#mine').click();
          return clicked;
        }"""
    )
    assert clicked == ["handler", "mine"]


def test_a_modal_overlay_keeps_the_page_out_of_reach_but_not_its_own_content(visit: Callable[..., Visit]) -> None:
    made = visit()
    made.do("Overlay.open", {"html": '<p>x</p><input id="field" aria-label="Field">'})
    made.page.locator("#field").fill("typed")
    made.page.evaluate("own.focus()")
    assert made.focused() != "own"


def test_a_toast_answers_by_its_buttons(visit: Callable[..., Visit]) -> None:
    made = visit()
    made.page.evaluate(
        """(toast) => CXBus.command('Toaster.open', toast).then(({html}) =>
          html.find('.cx-btn-primary').click(() => CXBus.command('Toaster.close')))""",
        TOAST,
    )
    made.page.get_by_role("button", name="Yes").click()
    made.page.locator("warmcall-windows").wait_for(state="detached")


def test_a_toast_is_dismissed_by_its_close_button(visit: Callable[..., Visit]) -> None:
    made = visit()
    made.do("Toaster.open", TOAST)
    made.page.get_by_role("button", name="Close").click()
    made.page.locator("warmcall-windows").wait_for(state="detached")
    assert made.command("Toaster.close") == ["fail", "Toaster view is already closed"]


def test_views_stand_side_by_side_and_beside_the_panel(visit: Callable[..., Visit]) -> None:
    made = visit()
    for name in ("one", "two"):
        made.do("WindowManager.registerDockView", {"html": f"<p>{name}</p>", "id": name})
    frames = made.page.locator("warmcall-windows .dock")
    right = (
        "(all) => all.map((e) => e.getBoundingClientRect()).map(({left, right, width}) => [innerWidth - right, width])"
    )
    [[first, width], [second, _]] = frames.evaluate_all(right)
    assert first == pytest.approx(55, abs=0.1)
    assert second == pytest.approx(55 + width + 24, abs=1)
    made.do("ClickToCall.open")
    panel = made.page.locator("warmcall-panel dialog").bounding_box()
    assert panel
    wanted = 1280 - panel["x"] + 24
    made.page.wait_for_function(
        "wanted => Math.abs(innerWidth - document.querySelector('warmcall-windows').shadowRoot"
        ".querySelector('.dock').getBoundingClientRect().right - wanted) < 1",
        arg=wanted,
    )


def test_the_sidebar_opens_by_hover_and_by_keyboard(visit: Callable[..., Visit]) -> None:
    made = visit()
    bar = made.page.locator("warmcall-sidebar nav")
    bar.hover()
    made.page.locator("nav.expanded").wait_for()
    made.page.mouse.move(10, 10)
    made.page.locator("nav.expanded").wait_for(state="detached")
    bar.get_by_role("button", name="Phone numbers").focus()
    made.page.locator("nav.expanded").wait_for()
    made.page.keyboard.press("Enter")
    made.page.get_by_role("link", name="+1 800 555 0100").wait_for()


def test_a_button_of_the_sidebar_stays_the_same_when_language_and_size_change(visit: Callable[..., Visit]) -> None:
    made = visit()
    made.page.evaluate(
        """async () => {
          const button = {name: 'Help', title: 'Get help', class: 'mine', position: 1};
          const {html} = await CXBus.command('SideBar.addButton', {button});
          html.on('click', () => window.pressed = true);
          html[0].focus();
          return 0;
        }"""
    )
    made.page.set_viewport_size({"width": 1100, "height": 700})
    made.do("App.setLanguage", {"lang": "de"})
    bar = made.page.locator("warmcall-sidebar")
    expect(bar.locator("li .name")).to_have_text(["Anrufen", "Help", "Kontakt", "Telefonnummern"])
    assert made.focused() == "Help"
    expect(bar).to_have_class(re.compile("cx-expanded"))
    made.page.keyboard.press("Enter")
    assert made.page.evaluate("window.pressed") is True


def test_a_channel_that_takes_too_long_is_not_offered(visit: Callable[..., Visit]) -> None:
    made = visit()
    made.host.serve("/ewt", lambda request: Answer('{"data": [{"virtualQueue": "sales", "estimatedWaitTime": 900}]}'))
    made.do("ChannelSelector.open")
    made.page.locator("warmcall-channels li").first.wait_for(state="hidden")
    [asked] = made.host.requests_to("/ewt")
    assert asked.url.endswith("?virtual-queues=sales&mode=mode2")
    assert asked.headers["x-api-key"] == "key"


@pytest.mark.parametrize(
    ("version", "expected", "header"),
    [
        ("v1", "/ewt?name=a&aqt=urs2", "apikey"),
        ("v2", "/ewt/ewt2?vq=a,b%20c", "apikey"),
        ("v3", "/ewt?virtual-queues=a,b%20c&mode=mode2", "x-api-key"),
    ],
)
def test_each_version_of_a_statistics_server_is_asked_in_its_way(
    host: HostPage, version: str, expected: str, header: str
) -> None:
    stats = {"ewt": {"dataURL": "/ewt", "apikey": "key", "apiVersion": version}}
    host.fallback = lambda request: Answer('{"a": {"ewt": 12.5}, "b c": {"ewt": 3}}')
    page = host.open_with_widget(
        before=f"<script>window._genesys = {{widgets: {{stats: {json.dumps(stats)}}}}}</script>"
    )
    queues = "a" if version == "v1" else "a,b c"
    told = page.evaluate("(vqName) => CXBus.command('StatsService.getStats', {vqName}).then((v) => v)", queues)
    assert told == ({"ewt": 12.5} if version == "v1" else {"a": {"ewt": 12.5}, "b c": {"ewt": 3}})
    [request] = [one for one in host.requests if "/ewt" in one.url]
    assert request.url.endswith(expected)
    assert request.headers[header] == "key"


def test_the_console_runs_a_command_and_watches_an_event(visit: Callable[..., Visit]) -> None:
    made = visit()
    made.do("Console.open")
    console = made.page.locator("warmcall-console")
    console.get_by_label("Plugin").select_option("App")
    console.get_by_label("Event").select_option("theme")
    console.get_by_role("button", name="Watch").click()
    console.get_by_label("Command", exact=True).select_option("setTheme")
    console.get_by_label("Options as JSON").fill('{"theme": "dark"}')
    console.get_by_role("button", name="Run").click()
    console.get_by_text('App.setTheme "dark"').wait_for()
    console.get_by_text('App.theme {"theme":"cx-theme-dark"}').first.wait_for()
    assert "cx-theme-dark" in (console.get_attribute("class") or "").split()


def test_nothing_is_loaded_before_it_is_needed(host: HostPage) -> None:
    page = host.open_with_widget()
    page.evaluate("CXBus.command('App.getTheme').then(() => 0)")
    assert not [one.url for one in host.requests if "siblings" in one.url or "jquery" in one.url]


def test_a_map_of_plugins_wins_over_our_own_and_a_path_does_not(host: HostPage) -> None:
    host.serve(
        "/theirs.js",
        "const mine = CXBus.registerPlugin('Toaster'); mine.ready();"
        "mine.registerCommand('who', ({deferred}) => deferred.resolve('theirs'))",
        content_type="text/javascript",
    )
    page = host.open_with_widget()
    page.evaluate("CXBus.configure({pluginsPath: '/nowhere/', pluginMap: {toaster: '/theirs.js'}})")
    assert page.evaluate("CXBus.command('Toaster.who').then((who) => who)") == "theirs"
    assert page.evaluate("CXBus.command('Watchman.uptime').then((seconds) => seconds >= 0)")
    assert not [one.url for one in host.requests if "nowhere" in one.url]


def test_a_hostile_page_cannot_hide_a_view(host: HostPage) -> None:
    hostile = (
        "<style>body * { all: unset !important; display: none !important } body { transform: rotate(3deg) }</style>"
    )
    page = host.open_with_widget(before=hostile)
    page.evaluate("CXBus.command('CallUs.open').then(() => 0)")
    assert page.locator("warmcall-callus h2").bounding_box()


def test_nothing_stays_when_the_widget_is_taken_out(host: HostPage) -> None:
    page = host.open_with_widget()
    for name, options in (("CallUs.open", {}), ("Toaster.open", TOAST)):
        assert page.evaluate(COMMAND, [name, options]) == ["done", None]
    assert page.evaluate("document.adoptedStyleSheets.length") == 1
    page.evaluate("Warmcall.unmount()")
    assert page.evaluate("[document.adoptedStyleSheets.length, document.body.children.length]") == [0, 1]


def test_an_extension_that_names_three_arguments_gets_common(host: HostPage) -> None:
    extension = "($, CXBus, Common) => { window.made = Common.Generate.Icon('chat').is('svg') }"
    page = host.open_with_widget(
        before=f"<script>window._genesys = {{widgets: {{extensions: {{mine: {extension}}}}}}}</script>"
    )
    assert page.evaluate("made") is True


def test_common_has_what_pages_use(host: HostPage) -> None:
    page = host.open_with_widget(before="<div id=box><span data-message='Title'></span></div>")
    mine = {"namespace": "mine", "i18n": {"Title": "Call us now"}}
    page.evaluate("(mine) => CXBus.command('App.registerI18n', mine).then(() => 0)", mine)
    page.evaluate("CXBus.loadPlugin('Common').then(() => 0)")
    found = page.evaluate(
        """() => {
          const c = _genesys.widgets.common;
          const buttons = {type: 'binary', primary: 'Y'};
          const made = c.Generate.Container({type: 'overlay', title: 'T', controls: 'all', body: '<p>B</p>', buttons});
          const classes = '.cx-titlebar .cx-title, .cx-body p, .cx-button-close, .cx-button-minimize, ' +
            '.cx-btn-primary, .cx-btn-default';
          const options = [{text: 'One', value: 1}];
          const inputs = [{name: 'n', label: 'L'}, {type: 'select', name: 's', options}];
          const query = {a: ['@i18n:mine.Title']};
          c.populateLanguageStrings('#box', 'mine');
          c.setCookie('x', 'a b');
          const cookie = c.getCookie('x');
          c.deleteCookie('x');
          return {
            classes: classes.split(', ').map((selector) => made.find(selector).length),
            path: [c.checkPath({a: {b: 1}}, 'a.b'), c.checkPath({}, 'a.b'), c.createPath({}, 'a.b', 2)],
            link: c.linkify('see https://a.example/x.'),
            text: [c.sanitizeHTML('<b>'), c.bytesToSize(1536)],
            cookie: [cookie, c.getCookie('x') ?? null, document.cookie],
            i18n: [document.querySelector('#box').textContent, c.convertI18nQueriesInJSON(query).a[0]],
            form: c.Generate.Form({inputs}).find('.cx-input').length,
            count: c.Generate.Countdown({time: 65}).text(),
          };
        }"""
    )
    assert found == {
        "classes": [1, 1, 1, 1, 1, 1],
        "path": [1, False, 2],
        "link": 'see <a href="https://a.example/x" target="_blank" rel="noopener">https://a.example/x</a>.',
        "text": ["&#60;b&#62;", "1.5 KB"],
        "cookie": ["a b", None, ""],
        "i18n": ["Call us now", "Call us now"],
        "form": 2,
        "count": "01:05",
    }


def test_a_container_is_covered_while_it_loads_and_by_an_alert(visit: Callable[..., Visit]) -> None:
    made = visit()
    made.page.evaluate(
        """async () => {
          await CXBus.loadPlugin('Common');
          window.common = _genesys.widgets.common;
          const buttons = {type: 'binary', primary: 'Send', secondary: 'Cancel'};
          window.box = common.Generate.Container({title: 'Offer', controls: 'all', body: '<p>Yours</p>', buttons});
          await CXBus.command('Overlay.open', {html: box});
          return 0;
        }"""
    )
    # What closes it is not what the visitor came for.
    assert made.focused() == "Cancel"
    # Both at once: it may be moving in.
    covers = "(over) => ['x', 'y', 'width', 'height'].every((side) => place(over)[side] == place(box[0])[side])"
    made.page.evaluate("void (window.place = (element) => element.getBoundingClientRect())")
    made.page.evaluate("common.showLoading(box)")
    assert made.page.locator(".cx-loading-screen").evaluate(covers)
    spinner = made.page.get_by_role("img", name="One moment")
    assert spinner.is_visible()
    made.page.evaluate("common.hideLoading(box)")
    made.page.evaluate("void common.showAlert(box, {text: 'That did not work.'})")
    alert = made.page.get_by_role("alertdialog")
    assert alert.evaluate(covers)
    for _ in range(3):
        assert made.focused() == "OK"
        made.page.keyboard.press("Tab")
    made.page.keyboard.press("Enter")
    assert made.focused() == "Cancel"
