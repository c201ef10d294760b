"""What App takes, does, says and keeps: many checks on few pages."""

import json
from typing import Any

import pytest

from tests.browser.chromium import HostPage
from tests.browser.panel import SITE

pytestmark = pytest.mark.chromium_only("names and values, the same everywhere")
SETTLED = """async ([name, options]) => {
  // Functions and elements travel as text.
  const live = eval('(' + options + ')');
  const told = await new Promise((resolve) => CXBus.command(name, live)
    .done((value) => resolve(['resolved', value === undefined ? null : value]))
    .fail((reason) => resolve(['rejected', reason])));
  return JSON.parse(JSON.stringify(told, (key, value) => value instanceof Element ? value.className : value));
}"""


def with_widgets(widgets: str) -> str:
    return f"<script>window._genesys = {{widgets: {widgets}}}</script>"


def settled(host: HostPage, name: str, options: str = "{}") -> Any:
    return host.page.evaluate(SETTLED, ["App." + name, options])


def test_the_rarer_commands_settle_as_the_contract_says(host: HostPage) -> None:
    # Nothing is loaded by itself while it is in the list of what to load at start.
    main = "{themes: {own: 'own dark'}, header: {apikey: 'a', X: 1}, pluginLoadDelay: 60000}"
    page = host.open_with_widget(before=with_widgets(f"{{main: {main}}}"))
    page.evaluate("window.jQuery = Object.assign((element) => element, {own: true})")
    args = "(...given) => (window.given = given)"
    for name, options, expected in [
        ("reTheme", "{}", ["rejected", "No HTML provided by CXBus"]),
        (
            "reTheme",
            "{html: Object.assign(document.createElement('b'), {className: 'x own dark cx-theme-light'})}",
            ["resolved", "x cx-theme-dark"],
        ),
        ("themeDemo", "{delay: 1}", ["resolved", None]),
        ("setLanguage", "{}", ["rejected", "No language code provided"]),
        ("registerAutoLoad", "{name: 'Zed'}", ["resolved", None]),
        ("deregisterAutoLoad", "{name: 'Zed'}", ["resolved", None]),
        ("registerExtension", f"{{name: 'five', extension: {args}}}", ["resolved", None]),
        ("registerExtension", "{name: 'bad', extension() { throw new Error('mine') }}", ["rejected", None]),
        ("registerPlugin", f"{{plugin: {args}}}", ["resolved", None]),
        ("registerPlugin", "{}", ["rejected", "The option 'plugin' must be a function."]),
        ("updateAJAXHeader", "{}", ["rejected", "No request header found."]),
        ("removeAJAXHeader", "{}", ["resolved", None]),
        ("about", "{}", ["resolved", None]),
        ("info", "{}", ["resolved", None]),
        ("credits", "{}", ["resolved", None]),
        ("debug", "{}", ["resolved", None]),
    ]:
        told = settled(host, name, options)
        if name == "registerExtension" and "five" in options:
            assert page.evaluate("[given.length, given[0].own, given[1] === CXBus, Object.keys(given[3])]") == [
                5,
                True,
                True,
                ["get", "set", "remove"],
            ]
            told[1] = None
        if "bad" in options:
            told[1] = None
            assert ["extension bad" in line for line in host.take_errors()] == [True]
        assert told == expected, name
    assert page.evaluate("CXBus.data('App.theme')") == "cx-theme-dark", "the demo ends where it began"
    assert page.evaluate("[document.cookie, sessionStorage.length]") == ["", 0]


def test_headers_and_their_event(host: HostPage) -> None:
    page = host.open_with_widget(before=with_widgets("{main: {header: {apikey: 'a', Authorization: 'b', X: 1}}}"))
    page.evaluate("window.heard = []; CXBus.subscribe('App.requestHeaderUpdated', ({data}) => heard.push(data)); 0")
    state, event = settled(host, "updateAJAXHeader", "{header: {apikey: 'c', Y: 2}}")
    assert (state, event["command"]) == ("resolved", "App.updateAJAXHeader")
    assert page.evaluate("CXBus.data('App.requestHeader')") == {"apikey": "c"}
    settled(host, "removeAJAXHeader")
    assert page.evaluate("heard") == [{"apikey": "a", "Authorization": "b"}, {"apikey": "c"}, {}]


def test_data_and_events_tell_of_the_page(host: HostPage) -> None:
    widgets = """{main: {mockData: true, transitions: false, deploymentID: 'd', cookieOptions: {path: '/x'},
      timeFormat: '24', zoomBreakpoint: '500px', customStylesheetID: '#mine', preload: ['Zed'], pluginLoadDelay: 1}}"""
    host.serve("/zed.min.js", "CXBus.registerPlugin('Zed').ready()", content_type="text/javascript")
    page = host.open_with_widget(before='<style id="mine"></style><i></i>' + with_widgets(widgets))
    page.evaluate(
        """window.heard = [];
        for (const name of ['zoom', 'focus', 'blur', 'timeFormat'])
          CXBus.subscribe('App.' + name, ({data}) => heard.push([name, data]));
        dispatchEvent(new Event('blur')); dispatchEvent(new Event('focus')); 0"""
    )
    page.set_viewport_size({"width": 400, "height": 700})
    page.wait_for_function("heard.length == 4")
    assert page.evaluate("heard") == [
        ["timeFormat", {"timeFormat": 24}],
        ["blur", {}],
        ["focus", {}],
        ["zoom", {"layout": "mobile"}],
    ]
    names = (
        "ready theme mobileMode language transitions mockData pageHidden pageFocus timeFormat deploymentID "
        "cookieOptions zoom requestHeader"
    )
    assert page.evaluate("(names) => names.map((name) => CXBus.data('App.' + name))", names.split()) == [
        *[True, "cx-theme-dark", False, "en", False, True, False, True, "24", "d", {"path": "/x"}, "mobile", {}]
    ]
    assert page.evaluate("typeof CXBus.data('App.ID') + Object.keys(CXBus.data('App.localization'))") == "stringen"
    assert page.evaluate("document.body.lastElementChild.id") in ("mine", "")
    assert page.evaluate("document.querySelector('i').nextElementSibling.id") != "mine"
    assert page.evaluate("CXBus.command('Zed.LOAD').then(() => 1)") == 1


def test_plugins_on_the_list_are_loaded_on_the_next_page_once_a_number_was_asked_for(host: HostPage) -> None:
    host.serve("/zed.min.js", "window.zed = 1; CXBus.registerPlugin('Zed').ready()", content_type="text/javascript")
    page = host.open_with_widget()
    page.evaluate('sessionStorage.warmcall = \'{"number": "+1", "expires": 9e15}\'')
    settled(host, "registerAutoLoad", "{name: 'Zed'}")
    page.reload()
    page.wait_for_function("window.zed")


def test_attributes_of_the_tag_stand_for_options_in_their_type(host: HostPage) -> None:
    attributes = (
        SITE + ' data-mobile-mode="true" data-mobile-mode-breakpoint="700" data-data-url="/x" data-launcher="off" '
        "data-user-data='{\"cart\": 3}' data-aria-number-expiration-intervals='[50]' data-enable-countdown=\"false\" "
        'data-time-format="24" data-preload="oops" data-cfasync="false" data-apikey="42"'
    )
    warned: list[str] = []
    host.page.on("console", lambda line: warned.append(line.text))
    page = host.open_with_widget(attributes=attributes)
    assert page.evaluate("_genesys.widgets.clicktocall") == {
        "site": "demo",
        "group": "sales",
        "dataURL": "/x",
        "launcher": False,
        "userData": {"cart": 3},
        "ariaNumberExpirationIntervals": [50],
        "enableCountdown": False,
        "apikey": "42",
    }
    main = page.evaluate("_genesys.widgets.main")
    assert (main["mobileMode"], main["mobileModeBreakpoint"], main["timeFormat"]) == (True, 700, "24")
    told = [line for line in warned if "option " in line]
    assert len(told) == 1, told
    assert "main.preload is ignored: it must be array" in told[0]


def test_the_old_name_of_everything_is_preferred(host: HostPage) -> None:
    page = host.open_with_widget(
        before="""<script>
          _genesys = {cxwidget: {clicktocall: {site: 'old'}}, widgets: {clicktocall: {site: 'new'}}};
        </script>"""
    )
    assert page.evaluate("_genesys.widgets.clicktocall.site") == "old"


def test_a_window_that_wants_no_widget_gets_a_bus_and_nothing_else(host: HostPage) -> None:
    host.page.add_init_script("window.name = 'disableWebme'")
    page = host.open(f'<body><script src="/warmcall.js" {SITE}></script>')
    assert page.evaluate("[typeof CXBus, typeof _genesys, document.querySelector('warmcall-launcher')]") == [
        "object",
        "undefined",
        None,
    ]


def test_old_names_given_in_parts_before_the_script(host: HostPage) -> None:
    parts = "_genesys = {}; _genesys.widgets = {}; _genesys.widgets.app = {lang: 'en'};"
    parts += "_genesys.widgets.global = {theme: 'light'}"
    page = host.open_with_widget(before=f"<script>{parts}</script>")
    assert json.loads(page.evaluate("JSON.stringify(_genesys.widgets.main)")) == {"lang": "en", "theme": "light"}
