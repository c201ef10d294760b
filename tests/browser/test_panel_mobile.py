"""The panel on phones: upright and on the side, with notches, with a keyboard on the screen."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import HostPage
from tests.browser.panel import Panel

pytestmark = pytest.mark.chromium_only("emulates a phone")
UPRIGHT, SIDEWAYS = (390, 844), (844, 390)
VIEWPORT = '<meta name="viewport" content="width=device-width, viewport-fit=cover">'


@pytest.fixture
def phone(browser: Browser) -> Iterator[Callable[..., Panel]]:
    """Yield what gives a page with the panel on a touched phone of this size."""
    contexts = []

    def visit(size: tuple[int, int] = UPRIGHT) -> Panel:
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, is_mobile=True, has_touch=True)
        contexts.append(context)
        panel = Panel(HostPage(context.new_page()))
        panel.load(VIEWPORT + "<script>window._genesys = {widgets: {main: {mobileMode: true}}}</script>")
        return panel

    yield visit
    for context in contexts:
        context.close()


def cover_edges(page: Page, **insets: int) -> None:
    page.context.new_cdp_session(page).send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})


def box(panel: Panel, selector: str) -> dict[str, float]:
    found: dict[str, float] = panel.find(selector).first.evaluate("(e) => e.getBoundingClientRect().toJSON()")
    return found


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS], ids=["upright", "sideways"])
def test_it_fills_the_screen_and_the_button_to_call_is_in_sight(
    phone: Callable[..., Panel], size: tuple[int, int]
) -> None:
    panel = phone(size)
    panel.open()
    expect(panel.find(".cx-register-submit-button")).to_be_in_viewport(ratio=1)
    panel.fill()
    panel.submit()
    expect(panel.find("a.touch")).to_be_in_viewport(ratio=1)
    window = box(panel, "dialog")
    assert (window["left"], window["right"], window["bottom"]) == (0, *size)
    assert window["top"] < 20


def test_turning_the_phone_keeps_what_was_typed(phone: Callable[..., Panel]) -> None:
    panel = phone()
    panel.open()
    panel.fill()
    panel.page.set_viewport_size({"width": SIDEWAYS[0], "height": SIDEWAYS[1]})
    expect(panel.find("#cx_clicktocall_form_phonenumber")).to_have_value("+12025550143")
    expect(panel.find(".cx-register-submit-button")).to_be_in_viewport(ratio=1)
    assert box(panel, "dialog")["right"] == SIDEWAYS[0]


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS], ids=["upright", "sideways"])
def test_nothing_lies_under_a_notch_or_the_home_bar(phone: Callable[..., Panel], size: tuple[int, int]) -> None:
    panel = phone(size)
    cover_edges(panel.page, top=40, left=44, right=48, bottom=34)
    panel.get_number()
    panel.find(".cx-display-cancel-button").scroll_into_view_if_needed()
    width, height = size
    assert box(panel, "dialog")["top"] >= 40
    for selector in (".cx-titlebar > svg", ".cx-button-close", "a.cx-phone-number", "a.touch", ".card"):
        seen = box(panel, selector)
        assert seen["left"] >= 44, selector
        assert seen["right"] <= width - 48, selector
    assert box(panel, ".cx-display-cancel-button")["bottom"] <= height - 34


def test_the_keyboard_on_the_screen_does_not_hide_the_field_in_use(phone: Callable[..., Panel]) -> None:
    panel = phone((390, 600))
    panel.open()
    panel.find("#cx_clicktocall_form_phonenumber").focus()
    keyboard = 330
    # Browsers lay the keyboard over the page and shrink only what is visible of it; there is none to be had here.
    panel.page.evaluate(
        """(keyboard) => {
          Object.defineProperty(visualViewport, 'height', {configurable: true, value: innerHeight - keyboard});
          visualViewport.dispatchEvent(new Event('resize'));
        }""",
        keyboard,
    )
    panel.until(lambda: box(panel, "dialog")["bottom"] == 600 - keyboard)
    panel.until(lambda: box(panel, "#cx_clicktocall_form_phonenumber")["bottom"] <= 600 - keyboard)
    assert box(panel, "#cx_clicktocall_form_phonenumber")["top"] >= box(panel, ".cx-titlebar")["bottom"]
    panel.page.evaluate(
        "delete visualViewport.height; visualViewport.dispatchEvent(new Event('resize'))",
    )
    panel.until(lambda: box(panel, "dialog")["bottom"] == 600)


def test_a_page_that_is_zoomed_is_not_taken_for_one_with_a_keyboard(phone: Callable[..., Panel]) -> None:
    panel = phone()
    panel.open()
    panel.page.evaluate(
        """() => {
          for (const [name, value] of [['height', innerHeight / 2], ['scale', 2]])
            Object.defineProperty(visualViewport, name, {value});
          visualViewport.dispatchEvent(new Event('resize'));
        }"""
    )
    assert box(panel, "dialog")["bottom"] == UPRIGHT[1]
