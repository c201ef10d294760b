import io
from collections.abc import Callable
from typing import Literal

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser

from tests.browser.chromium import STRICT_CSP, HostPage
from tests.browser.panel import SITE, Panel

HOSTILE = """<style>
  body { opacity: .5; filter: blur(2px) sepia(1) }
  html { font-size: 9px; overflow: hidden }
  body { transform: rotate(3deg); font: italic 40px serif; direction: rtl }
  body { letter-spacing: 9px; text-transform: uppercase; word-spacing: 1em; line-height: 4; cursor: wait; color: lime }
  body * { all: unset !important; display: none !important; opacity: .1 !important; zoom: 2; transform: scale(2) }
  body *, html { --a: lime; --on: lime; --bg: lime; --fg: lime; --soft: lime; --line: lime; --card: lime; --r: 0 }
  dialog, button, input, p, svg, .cx-widget, warmcall-panel {
    display: none !important; background: lime !important; font-size: 99px !important; border: 9px solid !important;
  }
  ::placeholder, ::backdrop { color: lime !important; background: lime !important }
</style>"""
HOSTILE_ROOT = "<style>html { opacity: .5; filter: blur(2px) sepia(1) }</style>"
"""Firefox has these of the root reach the top layer, too: nothing on the page is out of their reach."""
COMPUTED = """(top) => [top, ...top.querySelectorAll('*:not(warmcall-panel, warmcall-launcher)')].map((element) => {
  const style = getComputedStyle(element);
  // Firefox lists custom properties in any order.
  const values = [...style].sort().map((name) => `${name}: ${style.getPropertyValue(name)}`);
  return element.tagName + '.' + element.className + '\\n' + values.join('\\n');
})"""
PAINTING_NOISE = 6
"""Levels of 255."""
INSIDE_PX = 8
"""How far the corners of the panel, which are round, reach in."""


def looks(host: HostPage, html: str, show: Callable[[Panel], None]) -> tuple[list[str], Image.Image]:
    """Every computed value of every element of the panel, and its picture."""
    panel = Panel(host)
    panel.load(html, attributes=f'{SITE} data-transitions="false"', options={"enableCountdown": False})
    show(panel)
    dialog = panel.find("warmcall-panel dialog")
    values: list[str] = dialog.evaluate(COMPUTED)
    picture = Image.open(io.BytesIO(dialog.screenshot(animations="disabled"))).convert("RGB")
    width, height = picture.size
    return values, picture.crop((INSIDE_PX, INSIDE_PX, width - INSIDE_PX, height - INSIDE_PX))


def strongly_differing(one: Image.Image, other: Image.Image) -> tuple[int, ...]:
    """Where pictures differ by more than edges of round corners do from one painting to the next; empty: nowhere."""
    differences = ImageChops.difference(one, other).convert("L")
    return differences.point(lambda level: 255 if level > PAINTING_NOISE else 0).getbbox() or ()


@pytest.mark.parametrize("show", [Panel.open, Panel.get_number], ids=["form", "number"])
def test_a_hostile_style_sheet_changes_no_computed_value_and_no_pixel(
    host: HostPage, show: Callable[[Panel], None], engine: str
) -> None:
    plain_values, plain_picture = looks(host, "", show)
    host.page.evaluate("sessionStorage.clear()")
    values, picture = looks(host, HOSTILE if engine == "firefox" else HOSTILE + HOSTILE_ROOT, show)
    assert values == plain_values
    assert not strongly_differing(picture, plain_picture)


def test_the_panel_changes_nothing_of_the_page(host: HostPage) -> None:
    panel = Panel(host)
    panel.load("<style>h1 { color: green }</style><h1>Shop</h1><dialog open>Own</dialog><button>Own</button>")
    look = f"[document.styleSheets.length, document.adoptedStyleSheets.length, ({COMPUTED})(document.body)]"
    before = panel.page.evaluate(look)
    panel.open()
    assert panel.page.evaluate(look) == before


def test_it_works_under_the_strictest_policy(host: HostPage) -> None:
    panel = Panel(host)
    panel.host.open_with_widget(attributes=SITE, csp=STRICT_CSP)
    assert panel.command("open") == ["resolved", None]
    panel.fill()
    panel.submit()
    panel.find(".status").wait_for()
    panel.find(".cx-button-close").click()
    panel.until(lambda: panel.page.locator("warmcall-panel").count() == 0)


def test_nothing_is_stored_before_the_visitor_asks(host: HostPage) -> None:
    panel = Panel(host)
    panel.load()
    panel.open()
    panel.fill()
    panel.command("minimize")
    stored = "[document.cookie, localStorage.length, sessionStorage.length]"
    assert panel.page.evaluate(stored) == ["", 0, 0]


def test_what_is_stored_says_nothing_about_the_visitor(host: HostPage) -> None:
    panel = Panel(host)
    panel.load()
    panel.get_number()
    assert panel.page.evaluate("[document.cookie, localStorage.length]") == ["", 0]
    assert panel.page.evaluate("Object.keys(sessionStorage)") == ["warmcall"]
    stored = panel.page.evaluate("sessionStorage.warmcall")
    assert "+18005550100" in stored
    assert not [word for word in ("Ada", "12025550143") if word in stored]


def test_an_expired_number_is_forgotten(host: HostPage) -> None:
    panel = Panel(host)
    panel.load()
    panel.issue(expiresInS=1)
    panel.get_number()
    panel.until(lambda: "expired" in panel.names())
    panel.until(lambda: panel.page.evaluate("sessionStorage.length") == 0)


def test_a_browser_that_forbids_storage_keeps_the_number_for_the_page(host: HostPage) -> None:
    panel = Panel(host)
    panel.page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    )
    panel.load()
    panel.get_number()
    panel.command("close")
    panel.open()
    assert panel.find("a.cx-phone-number").count() == 1


def test_a_number_in_storage_that_is_none_is_no_harm(host: HostPage) -> None:
    panel = Panel(host)
    panel.page.add_init_script("if (location.host) sessionStorage.warmcall = '{\"open\":true'")
    panel.load()
    panel.open()
    assert panel.find("#cx_clicktocall_form_phonenumber").is_visible()


def test_a_visitor_who_calls_while_a_number_of_before_is_looked_for_gets_the_form(host: HostPage) -> None:
    panel = Panel(host)
    panel.page.add_init_script("if (location.host) sessionStorage.warmcall = '{\"open\":true'")
    panel.load(
        """<script>
          window._genesys = {widgets: {
            clicktocall: {servicePlugin: 'Slow'},
            extensions: {slow($, bus) {
              const slow = bus.registerPlugin('Slow');
              slow.registerCommand('restore', ({deferred}) => (window.looking ??= []).push(deferred));
              slow.ready();
            }},
          }};
        </script>"""
    )
    panel.until(lambda: panel.page.evaluate("window.looking?.length == 1"))
    opening = panel.start("open")
    panel.page.evaluate("looking[0].resolve({bRestoreSuccess: false})")
    panel.until(lambda: panel.page.evaluate("looking.length == 2"))
    panel.page.evaluate("looking[1].resolve({bRestoreSuccess: false})")
    assert panel.settled(opening) == ["resolved", None]
    assert panel.find("#cx_clicktocall_form_phonenumber").is_visible()


def test_it_is_usable_over_a_modal_dialog_of_the_page(host: HostPage) -> None:
    panel = Panel(host)
    panel.load("<dialog id=own>Cookies?</dialog>")
    panel.page.evaluate("own.showModal()")
    panel.open()
    panel.fill(first="Ada")
    assert panel.find("#cx_clicktocall_form_firstname").input_value() == "Ada"
    panel.page.evaluate("own.close()")
    panel.until(lambda: panel.page.evaluate("document.querySelector('warmcall-panel').parentNode === document.body"))
    assert panel.find("#cx_clicktocall_form_firstname").is_visible()


def test_a_modal_dialog_that_the_page_opens_later_does_not_lock_it(host: HostPage) -> None:
    panel = Panel(host)
    panel.load("<dialog id=own>Cookies? <button>Yes</button></dialog>")
    panel.open()
    panel.fill()
    panel.page.evaluate("own.showModal()")
    panel.until(lambda: panel.page.evaluate("document.querySelector('warmcall-panel').parentNode === own"))
    panel.submit()
    panel.find(".cx-display-step").wait_for()
    panel.command("close")
    panel.page.locator("#own button").click()


def test_it_touches_no_global_but_its_own(host: HostPage) -> None:
    names = "Object.getOwnPropertyNames(window).filter((name) => !name.startsWith('__pw'))"  # the driver's
    before = set(host.open("<body>").evaluate(names))
    page = host.open_with_widget(attributes=SITE)
    assert set(page.evaluate(names)) - before == {"CXBus", "_genesys", "Warmcall"}


def test_a_page_themes_by_its_own_properties(host: HostPage) -> None:
    panel = Panel(host)
    panel.load("<style>warmcall-panel { --warmcall-accent: rgb(1, 2, 3) }</style>")
    panel.open()
    colour = panel.find(".cx-register-submit-button").evaluate("(button) => getComputedStyle(button).backgroundColor")
    assert colour == "rgb(1, 2, 3)"


@pytest.mark.chromium_only("the driver cannot set the visitor's preferences in Firefox")
@pytest.mark.parametrize(
    ("scheme", "theme", "expected"),
    [
        ("light", None, "cx-theme-light"),
        ("dark", None, "cx-theme-dark"),
        ("dark", "light", "cx-theme-light"),
        ("light", "dark", "cx-theme-dark"),
        ("dark", "auto", "cx-theme-dark"),
    ],
)
def test_the_theme_is_the_pages_choice_else_the_visitors(
    browser: Browser, scheme: Literal["light", "dark"], theme: str | None, expected: str
) -> None:
    with browser.new_context(color_scheme=scheme) as context:
        panel = Panel(HostPage(context.new_page()))
        panel.load(attributes=SITE + (f' data-theme="{theme}"' if theme else ""))
        panel.open()
        assert expected in (panel.find("dialog").get_attribute("class") or "").split()
        assert expected in (panel.page.locator("button.launcher").get_attribute("class") or "").split()


def test_a_theme_set_later_holds(host: HostPage) -> None:
    panel = Panel(host)
    panel.load()
    panel.command("App.setTheme", {"theme": "dark"})
    panel.open()
    assert "cx-theme-dark" in (panel.find("dialog").get_attribute("class") or "")
