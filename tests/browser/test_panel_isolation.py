from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import STRICT_CSP, HostPage
from tests.browser.panel import SITE, Panel

HOSTILE = """<style>
  html, body { opacity: .5; }
  body { transform: rotate(3deg); font: italic 40px serif; direction: rtl }
  body { letter-spacing: 9px; text-transform: uppercase }
  body * { all: unset !important; display: none !important; opacity: .1 !important; zoom: 2; color: lime !important }
  dialog, button, input, warmcall-panel { display: none !important; background: lime !important }
</style>"""
STYLE_OF = """(element) => {
  const {display, color, fontSize, letterSpacing, textTransform, direction, opacity, width} = getComputedStyle(element);
  return {display, color, fontSize, letterSpacing, textTransform, direction, opacity, width};
}"""
LOOKED_AT = ["dialog", "h2", ".cx-input", ".cx-register-submit-button"]


def styles(host: HostPage, html: str) -> list[object]:
    panel = Panel(host)
    host.page.emulate_media(reduced_motion="reduce")
    panel.load(html)
    panel.open()
    return [panel.find(selector).first.evaluate(STYLE_OF) for selector in LOOKED_AT]


def test_a_hostile_style_sheet_changes_nothing(host: HostPage) -> None:
    assert styles(host, HOSTILE) == styles(host, "")


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
    panel.page.add_init_script("sessionStorage.warmcall = '{\"open\":true'")
    panel.load()
    panel.open()
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


def test_it_touches_no_global_but_its_own(host: HostPage) -> None:
    page = host.open("<body>")
    before = set(page.evaluate("Object.getOwnPropertyNames(window)"))
    page = host.open_with_widget(attributes=SITE)
    assert set(page.evaluate("Object.getOwnPropertyNames(window)")) - before == {"CXBus", "_genesys", "Warmcall"}


def test_a_page_themes_by_its_own_properties(host: HostPage) -> None:
    panel = Panel(host)
    panel.load("<style>warmcall-panel { --warmcall-accent: rgb(1, 2, 3) }</style>")
    panel.open()
    colour = panel.find(".cx-register-submit-button").evaluate("(button) => getComputedStyle(button).backgroundColor")
    assert colour == "rgb(1, 2, 3)"


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
