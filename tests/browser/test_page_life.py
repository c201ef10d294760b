"""The widget on a page that lives long: mounted, taken out, kept through changes of route, loaded twice."""

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import STRICT_CSP, HostPage
from tests.browser.panel import Panel

pytestmark = pytest.mark.chromium_only("counts what is held")
OPTIONS = {"site": "demo", "group": "sales", "launcher": True}
WATCH = """<script>
  window.held = {listeners: 0, timers: new Set(), observers: new Set(), streams: new Set()};
  const add = EventTarget.prototype.addEventListener;
  // Only what would outlive the panel: listeners of the page itself and of its media queries.
  const ours = () => new Error().stack.includes('/warmcall');
  const counts = (target) => (target === window || target === document || target instanceof MediaQueryList) && ours();
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (counts(this)) {
      held.listeners++;
      options?.signal?.addEventListener('abort', () => held.listeners--);
    }
    return add.call(this, type, listener, options);
  };
  const remove = EventTarget.prototype.removeEventListener;
  EventTarget.prototype.removeEventListener = function (...given) {
    if (counts(this)) held.listeners--;
    return remove.apply(this, given);
  };
  const {setTimeout: set, clearTimeout: clear, setInterval: every, clearInterval: stop} = window;
  window.setTimeout = (run, ms, ...more) => {
    const id = set((...given) => { held.timers.delete(id); run(...given) }, ms, ...more);
    held.timers.add(id);
    return id;
  };
  window.clearTimeout = (id) => { held.timers.delete(id); clear(id) };
  window.setInterval = (...given) => { const id = every(...given); held.timers.add(id); return id };
  window.clearInterval = (id) => { held.timers.delete(id); stop(id) };
  window.MutationObserver = class extends MutationObserver {
    observe(...given) { if (ours()) held.observers.add(this); super.observe(...given) }
    disconnect() { held.observers.delete(this); super.disconnect() }
  };
  window.EventSource = class extends EventSource {
    constructor(url) { super(url); held.streams.add(this) }
    close() { held.streams.delete(this); super.close() }
  };
  window.globals = Object.keys(window);
</script>"""
HELD = """() => ({
  listeners: held.listeners, timers: held.timers.size, observers: held.observers.size, streams: held.streams.size,
  nodes: document.querySelectorAll('warmcall-panel, warmcall-launcher, style, link').length,
  sheets: document.adoptedStyleSheets.length,
  globals: Object.keys(window).filter((name) => !globals.includes(name)).sort(),
})"""
NOTHING = {"listeners": 0, "timers": 0, "observers": 0, "streams": 0, "nodes": 0, "sheets": 0, "globals": ["Warmcall"]}


@pytest.fixture
def panel(host: HostPage) -> Panel:
    return Panel(host)


def ready(page: Page) -> None:
    page.evaluate("new Promise((resolve) => CXBus.subscribe('ClickToCall.ready', resolve)).then(() => 0)")


def count(page: Page, selector: str) -> int:
    return page.locator(selector).count()


def test_what_is_mounted_can_be_taken_out_without_a_trace_and_mounted_again(panel: Panel) -> None:
    page = panel.load(WATCH)
    for _ in range(2):
        ready(page)
        page.evaluate("CXBus.subscribe('ClickToCallService.callStatus', () => (window.globals.push('live')))")
        panel.get_number()
        page.wait_for_function("held.streams.size == 1")
        page.evaluate("sessionStorage.clear(); Warmcall.unmount()")
        page.wait_for_function("held.timers.size == 0")
        assert {**page.evaluate(HELD), "globals": NOTHING["globals"]} == NOTHING
        assert page.evaluate("[typeof CXBus, typeof _genesys, Warmcall.mounted]") == ["undefined", "undefined", False]
        page.evaluate("Warmcall.mount()")
        assert page.evaluate("Warmcall.mounted")
    ready(page)
    assert count(page, "warmcall-launcher") == 1


def test_what_the_page_owned_before_is_as_it_was(panel: Panel) -> None:
    own = "window.CXBus = 'own'; window._genesys = {other: 1, widgets: {main: {theme: 'light'}, own: {x: 1}}}"
    page = panel.load(f"<script>{own}; window.main = _genesys.widgets.main</script>")
    ready(page)
    page.evaluate("Warmcall.unmount()")
    assert page.evaluate("[CXBus, JSON.stringify(_genesys), _genesys.widgets.main === main]") == [
        "own",
        '{"other":1,"widgets":{"main":{"theme":"light"},"own":{"x":1}}}',
        True,
    ]


def test_mounting_twice_is_one_widget_and_other_options_are_a_new_one(host: HostPage) -> None:
    page = host.open("<body><script src='/warmcall.js' data-mount='off'></script>")
    assert page.evaluate("[typeof CXBus, Warmcall.mounted]") == ["undefined", False]
    page.evaluate("_genesys = {widgets: {clicktocall: {group: 'page', launcher: false}, extensions: {own() {}}}}")
    mount = "(options) => { Warmcall.mount({clicktocall: options}); return CXBus === (window.first ??= CXBus) }"
    assert [page.evaluate(mount, options) for options in (OPTIONS, OPTIONS, {**OPTIONS, "group": "other"})] == [
        True,
        True,
        False,
    ]
    ready(page)
    assert page.evaluate("_genesys.widgets.clicktocall.group") == "other"
    assert count(page, "warmcall-launcher") == 1
    page.evaluate("Warmcall.mount({extensions: {more() { window.more = true }}})")
    ready(page)
    assert page.evaluate("[more, Object.keys(_genesys.widgets.extensions)]") == [True, ["own", "more"]]
    page.evaluate("Warmcall.unmount()")
    assert page.evaluate("Object.keys(_genesys.widgets.extensions)") == ["own"]
    assert page.evaluate("_genesys.widgets.clicktocall") == {"group": "page", "launcher": False}


@pytest.mark.parametrize("clear", ["delete _genesys.widgets", "_genesys.widgets = {}", "delete window._genesys"])
def test_a_script_that_comes_again_after_its_configuration_was_cleared_starts_anew(panel: Panel, clear: str) -> None:
    page = panel.load()
    ready(page)
    page.evaluate(
        f"""() => new Promise((resolve) => {{
          window.first = CXBus;
          {clear};
          window._genesys = {{widgets: {{clicktocall: {{site: 'demo', group: 'other', launcher: true}}}}}};
          const script = document.createElement('script');
          script.src = '/warmcall.js';
          script.onload = resolve;
          document.head.append(script);
        }}).then(() => 0)"""
    )
    ready(page)
    assert page.evaluate("[CXBus === first, _genesys.widgets.clicktocall.group]") == [False, "other"]
    assert count(page, "warmcall-launcher") == 1
    panel.open()
    assert count(page, "warmcall-panel") == 1


CHANGES = {
    "history": "history.pushState({}, '', '/next')",
    "the body's content": "document.body.innerHTML = '<main>next</main>'",
    "the body": "document.body = document.createElement('body')",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("mobile", [False, True])
def test_a_change_of_route_keeps_panel_and_launcher(panel: Panel, change: str, mobile: bool) -> None:
    page = panel.load(
        f"<script>window._genesys = {{widgets: {{main: {{mobileMode: {str(mobile).lower()}}}}}}}</script>"
    )
    panel.open()
    panel.fill()
    page.evaluate(change)
    panel.until(lambda: count(page, "warmcall-panel") == 1 and count(page, "warmcall-launcher") == 1)
    assert panel.find("#cx_clicktocall_form_phonenumber").input_value() == "+12025550143"
    panel.until(lambda: panel.focused() == "cx_clicktocall_form_phonenumber")
    assert page.evaluate(
        "document.querySelector('warmcall-panel').shadowRoot.querySelector('dialog:modal') != null"
    ) is (mobile)
    panel.submit()
    panel.find(".cx-display-step").wait_for()
    assert panel.names() == ["opened", "started", "submitted", "completed"]


def test_a_page_that_throws_it_out_each_time_does_not_hang(panel: Panel) -> None:
    page = panel.load()
    panel.open()
    page.evaluate(
        """() => {
          new MutationObserver(() => document.querySelector('warmcall-panel')?.remove())
            .observe(document.body, {childList: true});
          document.querySelector('warmcall-panel').remove();
        }"""
    )
    assert page.evaluate("new Promise((resolve) => setTimeout(resolve, 20, 'alive'))") == "alive"


def test_it_lives_and_goes_under_the_strictest_policy(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(csp=STRICT_CSP)
    panel.get_number()
    host.page.evaluate("Warmcall.unmount(); Warmcall.mount()")
    panel.page.evaluate("CXBus.subscribe('ClickToCall.ready', () => (window.again = true)); 0")
    panel.until(lambda: host.page.evaluate("window.again"))
    assert host.errors == []
