"""What a page may ask of the panel besides the usual: wait time, a cookie, forms of its own, countries, layouts."""

import json
from typing import Any

import phonenumbers
import pytest
from playwright.sync_api import Browser

from tests.browser import calling_codes
from tests.browser.chromium import STRICT_CSP, HostPage
from tests.browser.panel import Panel

pytestmark = pytest.mark.chromium_only("names and values, the same everywhere")
PHONE = "#cx_clicktocall_form_phonenumber"
STATS = """(answers) => {
  const stats = CXBus.registerPlugin('StatsService');
  window.asked = [];
  stats.registerCommand('getStats', ({data, deferred}) => {
    asked.push(data);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    typeof answer == 'string' ? deferred.reject(answer) : deferred.resolve(answer);
  });
  stats.ready();
}"""


def with_form(host: HostPage, form: str, *, main: str = "{}", csp: str | None = None) -> Panel:
    """A page whose own form is written in JavaScript, from a file as a strict policy wants it."""
    panel = Panel(host)
    script = (
        f"_genesys = {{widgets: {{main: {main}, clicktocall: {{site: 'demo', group: 'sales', formJSON: {form}}}}}}}"
    )
    host.serve("/config.js", script, content_type="text/javascript")
    panel.load('<script src="/config.js"></script>', attributes="", csp=csp)
    panel.open()
    return panel


def test_the_wait_is_shown_when_it_is_long_and_as_long_as_somebody_knows_it(host: HostPage) -> None:
    panel = Panel(host)
    page = panel.load(options={"ewt": {"queue": "sales", "threshold": 60, "refreshInterval": 0.01}})
    page.evaluate(STATS, [{"ewt": 59}, {"ewt": 240}, {"ewt": "61"}, "EWT request failed due to unknown reason"])
    panel.open()
    shown = panel.find(".cx-wait-time-display")
    panel.until(lambda: shown.text_content() == "2 min")
    assert page.evaluate("asked[0]") == {"group": "EWT", "vqName": "sales"}
    panel.until(lambda: "cx-hidden" in (panel.find(".cx-wait-time-container").get_attribute("class") or ""))
    assert panel.find(".cx-wait-time-container").is_hidden()
    panel.command("close")
    page.wait_for_timeout(30)
    asked = page.evaluate("asked.length")
    page.wait_for_timeout(60)
    assert page.evaluate("asked.length") == asked


def test_a_wait_that_nobody_knows_is_left_out(host: HostPage) -> None:
    host.expected.append("404")
    panel = Panel(host)
    panel.load(options={"ewt": {"queue": "sales"}})
    host.page.evaluate("CXBus.configure({pluginMap: {StatsService: false}})")
    panel.get_number()
    assert panel.find(".cx-wait-time-container").count() == 0


def test_a_cookie_carries_the_number_to_subdomains_and_is_gone_with_it(browser: Browser) -> None:
    context = browser.new_context()
    host = HostPage(context.new_page())
    widgets = json.dumps(
        {"main": {"deploymentID": "d1"}, "clicktocall": {"storage": "cookie", "site": "demo", "group": "sales"}}
    )
    tag = f"<script>_genesys = {{widgets: {widgets}}}</script><script src=/warmcall.js></script>"
    host.serve("/", f"<!doctype html><body>{tag}", content_type="text/html")
    panel = Panel(host)
    host.page.goto("http://shop.example.test/")
    assert context.cookies() == []
    host.page.evaluate("window.seen = []; window.told = []")
    panel.get_number()
    [cookie] = context.cookies()
    assert (cookie["name"], cookie["domain"], cookie["path"], cookie["sameSite"]) == (
        "d1.warmcall",
        ".example.test",
        "/",
        "Strict",
    )
    assert host.page.evaluate("sessionStorage.length") == 0
    assert "Ada" not in cookie["value"]
    host.page.goto("http://help.example.test/")
    panel.find(".cx-display-step").wait_for()
    panel.find(".cx-display-cancel-button").click()
    panel.until(lambda: context.cookies() == [])
    assert host.errors == []
    context.close()


KINDS = """{
  wrapper: '<table class="own" onclick="window.hacked=1"></table>',
  inputs: [
    {id: 'first', name: 'firstname', label: 'First', validate: (...given) => { window.given = given; return true }},
    {name: 'topic', type: 'select', label: {text: '@i18n:own.Topic', id: 'topic_label'}, options: [
      {text: 'Any', value: ''}, {text: '@i18n:own.Shop', group: true}, {text: 'Order', value: 'o', selected: true}]},
    {name: 'story', type: 'textarea', label: 'Story',
      wrapper: '<tr class="mine"><td>{label}</td><td><b>{input}</b></td></tr>'},
    {name: 'terms', type: 'checkbox', label: 'Terms'},
    {name: 'how', type: 'radio', value: 'mail', label: 'Mail'},
    {name: 'how', type: 'radio', value: 'call', label: 'Call', checked: true},
    {name: 'ref', type: 'hidden', value: () => 'r7'},
    {name: 'email', type: 'email', title: '@i18n:own.Missing', style: 'color: rgb(1, 2, 3)',
      placeholder: '@i18n:clicktocall.FirstName'},
    {custom: '<tr><td colspan="2"><input class="cx-input" name="extra" value="x" onfocus="window.hacked=1">' +
      '<script>1</' + 'script></td></tr>'},
  ],
}"""


def test_every_kind_of_input_is_built_read_and_sent_under_the_strictest_policy(host: HostPage) -> None:
    i18n = "{i18n: {en: {own: {Topic: 'What about', Shop: 'The shop'}}}}"
    panel = with_form(host, KINDS, main=i18n, csp=STRICT_CSP)
    form = panel.find("form")
    assert form.locator("table.own > tr").count() == 9
    assert form.locator("tr.mine b textarea[name=story]").count() == 1
    assert panel.find("#topic_label").inner_text() == "What about"
    assert form.locator("optgroup").get_attribute("label") == "The shop"
    email = form.locator("[name=email]")
    assert [email.get_attribute(name) for name in ("type", "title", "placeholder", "autocomplete", "aria-label")] == [
        "email",
        "@i18n:own.Missing",
        "First name",
        "email",
        "email",
    ]
    assert email.evaluate("(element) => getComputedStyle(element).color") == "rgb(1, 2, 3)"
    assert form.locator("script, [onfocus], [onclick]").count() == 0
    form.locator("#first").fill("Ada")
    form.locator("#first").press("Tab")
    given = """() => [given.length, given[0].type, given[1].is('tr'), given[2].val(), given[3].text(),
      typeof given[4], given[5] === CXBus, given[6] === _genesys.widgets.common]"""
    assert panel.page.evaluate(given) == [7, "blur", True, "Ada", "First", "function", True, True]
    panel.submit()
    panel.find(".cx-display-step").wait_for()
    assert panel.last("submitted")["form"] == {
        "firstname": "Ada",
        "topic": "o",
        "story": "",
        "terms": False,
        "how": "call",
        "ref": "r7",
        "email": "",
        "extra": "x",
    }


def test_what_a_form_is_filled_with_reaches_every_kind(host: HostPage) -> None:
    panel = Panel(host)
    panel.load()
    inputs: list[dict[str, Any]] = [
        {"name": "a"},
        {"name": "b", "type": "checkbox"},
        {"name": "c", "type": "radio", "value": "1"},
        {"name": "c", "type": "radio", "value": "2"},
        {"name": "d", "value": "own"},
        {"custom": '<p><input class="cx-input" name="e"></p>'},
    ]
    panel.open(formJSON={"inputs": inputs}, form={"a": 0, "b": True, "c": 2, "d": None, "e": "x"})
    assert panel.find(".cx-input").evaluate_all("(all) => all.map((f) => [f.value, f.checked])") == [
        ["", False],
        ["on", True],
        ["1", False],
        ["2", True],
        ["", False],
        ["x", False],
    ]


@pytest.mark.parametrize(
    ("form", "faults"),
    [
        ("{}", ["inputs: expected a list"]),
        (
            "{inputs: [1, {name: 2}, {options: 'x'}, {wrapper: '<p></p>'}, {options: [3]}, {validate: 1, label: []}]}",
            [
                "inputs[0]: expected an object",
                "inputs[1].name: expected a string",
                "inputs[2].options: expected a list",
                "inputs[3].wrapper: expected {input} in it",
                "inputs[4].options[0]: expected an object",
                "inputs[5].label: expected a string or an object",
                "inputs[5].validate: expected a function",
            ],
        ),
    ],
)
def test_what_cannot_be_understood_is_named_and_the_usual_form_shown(
    host: HostPage, form: str, faults: list[str]
) -> None:
    told: list[str] = []
    host.page.on("console", lambda line: told.append(line.text))
    panel = with_form(host, form)
    assert panel.find(PHONE).is_visible()
    assert [line.removeprefix("Warmcall: ") for line in told if "expected" in line] == faults


def test_the_country_beside_the_number_makes_it_international(host: HostPage) -> None:
    panel = Panel(host)
    panel.load()
    panel.open(form={"phonenumber": "+447700900123"})
    select = panel.find("#cx_clicktocall_form_country")
    select.wait_for()
    assert select.get_attribute("aria-label") == "Country code"
    assert select.input_value() == "GB"
    for region, typed, sent in [
        ("GB", "07700 900123", "+447700900123"),
        ("IT", "0236618300", "+390236618300"),
        ("US", "(202) 555-0143", "+12025550143"),
        ("US", "12025550143", "+12025550143"),
        ("RU", "89123456789", "+79123456789"),
        ("HU", "06201234567", "+36201234567"),
        ("DE", "0049 1512 3456789", "+4915123456789"),
    ]:
        select.select_option(region)
        panel.find(PHONE).fill(typed)
        panel.page.evaluate("seen.length = 0")
        handle = panel.page.evaluate_handle("0")
        handle.dispose()
        panel.submit()
        panel.find(".cx-display-step").wait_for()
        assert panel.last("submitted")["form"]["phonenumber"] == sent, region
        panel.find(".cx-display-cancel-button").click()
        panel.find("dialog").wait_for(state="detached")
        panel.open()
        select.wait_for()


@pytest.mark.parametrize(
    ("options", "regions"),
    [({"countrySelect": False}, None), ({"dataURL": "/old"}, None), ({"countrySelect": ["CA", "MX"]}, ["CA", "MX"])],
)
def test_which_countries_are_offered_is_the_pages(
    host: HostPage, options: dict[str, Any], regions: list[str] | None
) -> None:
    panel = Panel(host)
    panel.load(options=options)
    panel.open()
    if regions:
        panel.find("#cx_clicktocall_form_country").wait_for()
        offered = panel.find("#cx_clicktocall_form_country option")
        assert offered.evaluate_all("(all) => all.map((option) => option.value)") == regions
    else:
        panel.page.wait_for_timeout(50)
        assert panel.find("#cx_clicktocall_form_country").count() == 0


def test_the_calling_codes_are_those_of_the_world() -> None:
    assert calling_codes.PATH.read_text() == calling_codes.source()
    assert "DE" in phonenumbers.SUPPORTED_REGIONS


def test_the_window_follows_the_width_and_turns_of_the_page(host: HostPage) -> None:
    panel = Panel(host)
    page = panel.load()
    panel.open()
    classes = page.evaluate_handle(
        "document.querySelector('warmcall-panel').shadowRoot.querySelector('dialog').classList"
    )

    def has(*names: str) -> bool:
        found: bool = classes.evaluate("(list, names) => names.every((name) => list.contains(name))", list(names))
        return found

    assert has("cx-desktop")
    panel.command("App.setTheme", {"theme": "dark"})
    panel.until(lambda: has("cx-theme-dark") and not has("cx-theme-light"))
    page.set_viewport_size({"width": 400, "height": 800})
    panel.until(lambda: has("cx-mobile", "cx-portrait"))
    assert panel.find("dialog").get_attribute("aria-modal") == "true"
    page.set_viewport_size({"width": 660, "height": 400})
    panel.until(lambda: has("cx-mobile", "cx-landscape"))
    page.set_viewport_size({"width": 1200, "height": 800})
    panel.until(lambda: has("cx-desktop") and not has("cx-landscape"))
    assert panel.focused() == "cx_clicktocall_form_firstname"
    panel_host = panel.find("warmcall-panel")
    assert panel_host.get_attribute("class") == "cx-dock cx-dock-view cx-docked-ClickToCall"
    assert panel_host.get_attribute("cx-dock-id") == "ClickToCall"
    panel.command("minimize")
    assert panel.find(".cx-button-maximize").count() == 1
    panel.command("minimize")
    panel.find(".cx-register-cancel-button").click()
    panel.until(lambda: panel.names()[-1] == "closed")
