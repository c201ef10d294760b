import json
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import Answer, HostPage
from tests.browser.panel import SITE, Panel, message, refusal

PAGE = (
    '<meta name="viewport" content="width=device-width"><main><h1>Shop</h1>'
    '<button data-warmcall-open id="opener">Call us</button></main>'
)
CONSENT = {"version": "2026-11", "text": "You may call me back.", "url": "https://www.example.com/privacy"}
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def show_form(panel: Panel) -> None:
    panel.open()


def show_error(panel: Panel) -> None:
    panel.open()
    panel.submit()


def show_question(panel: Panel) -> None:
    panel.open()
    panel.fill()
    panel.start("close")
    panel.find("[role=alertdialog]").wait_for()


def show_number(panel: Panel) -> None:
    panel.get_number()
    panel.find(".status").wait_for()


def show_code_refused(panel: Panel) -> None:
    panel.live(message("code_refused", {"triesLeft": 1}))
    show_number(panel)


def show_connected(panel: Panel) -> None:
    panel.live(message("connected"))
    panel.get_number()
    panel.find(".over").wait_for()


def show_ended(panel: Panel) -> None:
    panel.live(message("ended"))
    panel.get_number()
    panel.find(".over").wait_for()


def show_expired(panel: Panel) -> None:
    panel.issue(expiresInS=1)
    panel.get_number()
    panel.find(".cx-expire-msg").wait_for()


def show_refused(panel: Panel) -> None:
    panel.answer(lambda request: refusal(409, "outside_hours", fallbackNumber="+18005550199"))
    panel.open()
    panel.fill()
    panel.submit()
    panel.find(".cx-invalid-msg").wait_for()


def show_closed(panel: Panel) -> None:
    panel.group(open=False, changesAt="2030-01-07T14:00:00Z", fallbackNumber="+18005550199")
    panel.open()
    panel.find(".cx-invalid-msg").wait_for()


def show_consent(panel: Panel) -> None:
    panel.group(consent=CONSENT)
    panel.open()
    panel.find("#cx_clicktocall_form_consent").wait_for()
    panel.fill()
    panel.submit()


def show_consent_refused(panel: Panel) -> None:
    panel.answer(lambda request: refusal(428, "consent_required", consent=CONSENT))
    panel.open()
    panel.fill()
    panel.submit()
    panel.find("#cx_clicktocall_consent").wait_for()


def show_work(panel: Panel) -> None:
    # There is no such number, so the page goes on looking for it.
    work = {"kind": "pow", "salt": "s", "challenge": "00" * 32, "maxnumber": 1_000_000_000}
    panel.answer(lambda request: refusal(428, "challenge_required", challenge=work))
    panel.open()
    panel.fill()
    panel.submit()
    panel.until(lambda: any("/gate.js" in request.url for request in panel.host.requests))


def show_minimized(panel: Panel) -> None:
    panel.open()
    panel.command("minimize")


STATES: list[Callable[[Panel], None]] = [
    show_form,
    show_error,
    show_question,
    show_number,
    show_code_refused,
    show_connected,
    show_ended,
    show_expired,
    show_refused,
    show_closed,
    show_consent,
    show_consent_refused,
    show_work,
    show_minimized,
]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Panel]]:
    """Yield what opens the page on a screen of this kind; its animations are off, as axe would see half of one."""
    contexts = []

    def visit(size: dict[str, int], scheme: Literal["light", "dark"] = "light") -> Panel:
        context = browser.new_context(
            viewport={"width": size["width"], "height": size["height"]}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        panel = Panel(HostPage(context.new_page()))
        panel.load(PAGE, attributes=SITE)
        return panel

    yield visit
    for context in contexts:
        context.close()


def violations(page: Page) -> list[str]:
    """What axe finds wrong or cannot decide, as `rule: element`."""
    results: dict[str, Any] = Axe().run(page).response
    found = results["violations"] + results["incomplete"]
    return [f"{rule['id']}: {json.dumps(node['html'])[:200]}" for rule in found for node in rule["nodes"]]


def dress(panel: Panel, theme: str) -> None:
    """Put the open panel into a theme; a visitor's preference counts when it is opened."""
    panel.find("dialog").evaluate(
        "(dialog, theme) => dialog.classList.remove('cx-theme-light', 'cx-theme-dark') ?? dialog.classList.add(theme)",
        theme,
    )


@pytest.mark.once("axe reads the same elements and colours")
@pytest.mark.parametrize("show", STATES, ids=[state.__name__ for state in STATES])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(visit: Callable[..., Panel], show: Callable[[Panel], None], size: dict[str, int]) -> None:
    panel = visit(size)
    show(panel)
    assert violations(panel.page) == []
    dress(panel, "cx-theme-dark")
    assert violations(panel.page) == [], "dark"
    assert panel.command("App.setLanguage", {"lang": "ar"}) == ["resolved", None]
    panel.until(lambda: panel.find("dialog").get_attribute("dir") == "rtl")
    assert violations(panel.page) == [], "dark, from right to left"
    dress(panel, "cx-theme-light")
    assert violations(panel.page) == [], "light, from right to left"


def test_the_whole_way_goes_by_keyboard_alone(visit: Callable[..., Panel]) -> None:
    panel = visit(DESKTOP)
    keyboard = panel.page.keyboard

    def press(*keys: str, leads_to: str) -> None:
        for key in keys:
            keyboard.press(key)
        panel.until(lambda: leads_to in (panel.focused() or ""))

    press("Tab", "Enter", leads_to="cx_clicktocall_form_firstname")
    press("Shift+Tab", leads_to="cx-button-close")
    press("Shift+Tab", "Enter", leads_to="cx-button-m")
    assert panel.names()[-1] == "minimized"
    press("Enter", leads_to="cx-button-minimize")
    press("Tab", "Tab", leads_to="cx_clicktocall_form_firstname")
    keyboard.type("Ada")
    press("Enter", leads_to="cx_clicktocall_form_phonenumber")
    keyboard.type("+12025550143")
    press("Escape", leads_to="cx-clicktocall-close-confirm-cancel")
    press("Enter", leads_to="cx_clicktocall_form_phonenumber")
    press("Tab", "Space", leads_to="cx-phone-number")
    press("Escape", leads_to="opener")
    assert panel.page.locator("warmcall-panel").count() == 0
    press("Enter", leads_to="cx-phone-number")
    panel.find(".cx-display-cancel-button").focus()
    press("Enter", leads_to="opener")
    panel.until(lambda: panel.host.requests_to("/v1/call-requests/r1"))


def test_consent_is_given_by_keyboard_alone(visit: Callable[..., Panel]) -> None:
    panel = visit(DESKTOP)
    panel.group(consent=CONSENT)
    keyboard = panel.page.keyboard
    panel.page.locator("#opener").focus()
    keyboard.press("Enter")
    panel.find("#cx_clicktocall_form_consent").wait_for()
    panel.find("#cx_clicktocall_form_country").wait_for()
    for _ in range(3):
        keyboard.press("Tab")
    keyboard.type("2025550143")
    keyboard.press("Enter")
    panel.until(lambda: panel.focused() == "cx_clicktocall_form_consent")
    keyboard.press("Space")
    keyboard.press("Tab")
    panel.until(lambda: panel.page.evaluate(FOCUSED_LINK) == CONSENT["url"])
    keyboard.press("Tab")
    keyboard.press("Enter")
    panel.until(lambda: panel.focused() == "cx-phone-number")
    assert panel.body()["consent"] == "2026-11"


FOCUSED_LINK = "document.activeElement.shadowRoot.activeElement.href"
FORM_TREE = """
- dialog "Call us now":
  - heading "Call us now" [level=2]
  - paragraph: No need to repeat yourself.
  - button "Minimize"
  - button "Close"
  - text: First name
  - textbox "First name"
  - text: Last name
  - textbox "Last name"
  - text: Phone number
  - textbox "Phone number"
  - paragraph: Please enter your phone number.
  - button "Get my number"
"""
NUMBER_TREE = """
- dialog "Call us now":
  - heading "Call us now" [level=2]
  - button "Minimize"
  - button "Close"
  - paragraph: Call this number
  - link /800.555.0100/:
    - /url: tel:+18005550100,,482913%23
  - paragraph: Then enter this code
  - text: /482.913/
  - img "QR code that calls this number"
  - paragraph: Or scan this with your phone
  - timer: /Reserved for you for/
  - paragraph: Waiting for your call
  - button "I no longer need it"
  - status: /Your number is .1.800.555.0100. The code is 482.913. Reserved for you for/
"""
QUESTION_TREE = """
- alertdialog "Close and lose what you've entered?":
  - paragraph: Close and lose what you've entered?
  - button "Keep it open"
  - button "Close"
"""
REFUSAL_TREE = """
- alertdialog "We're closed right now.":
  - paragraph: We're closed right now.
  - link /Call us directly .*800.555.0199/:
    - /url: tel:+18005550199
  - button "Back"
"""


CONSENT_TREE = """
- checkbox "You may call me back."
- text: You may call me back.
- link "www.example.com/privacy":
  - /url: https://www.example.com/privacy
- paragraph: Please agree to this first.
- button "Get my number"
"""
CONSENT_REFUSED_TREE = """
- alertdialog "Please agree to this first.":
  - paragraph: Please agree to this first.
  - checkbox "You may call me back."
  - text: You may call me back.
  - link "www.example.com/privacy":
    - /url: https://www.example.com/privacy
  - button "Get my number"
  - button "Back"
"""
CLOSED_TREE = """
- alertdialog /We're closed right now. We open again. Monday, January 7/:
  - paragraph: /We're closed/
  - link /Call us directly .*800.555.0199/:
    - /url: tel:+18005550199
  - button "Close"
"""


@pytest.mark.parametrize(
    ("show", "tree"),
    [
        (show_error, FORM_TREE),
        (show_question, QUESTION_TREE),
        (show_number, NUMBER_TREE),
        (show_refused, REFUSAL_TREE),
        (show_consent, CONSENT_TREE),
        (show_consent_refused, CONSENT_REFUSED_TREE),
        (show_closed, CLOSED_TREE),
    ],
    ids=["form", "question", "number", "refusal", "consent", "consent refused", "closed"],
)
def test_the_accessibility_tree_reads_sensibly(
    visit: Callable[..., Panel], show: Callable[[Panel], None], tree: str
) -> None:
    panel = visit(DESKTOP)
    show(panel)
    expect(panel.page.locator("body")).to_match_aria_snapshot(tree)


def test_a_wrong_entry_is_told_as_the_fields_description(visit: Callable[..., Panel]) -> None:
    panel = visit(DESKTOP)
    show_error(panel)
    phone = panel.page.get_by_role("textbox", name="Phone number")
    expect(phone).to_have_accessible_description("Please enter your phone number.")
    assert [phone.get_attribute(name) for name in ("aria-invalid", "aria-required")] == ["true", "true"]


def test_each_change_of_the_call_is_said_once_and_politely(visit: Callable[..., Panel]) -> None:
    panel = visit(DESKTOP)
    panel.live(message("call_received") + message("matched") + message("connected"))
    panel.open()
    status = panel.find("[role=status]")
    status.evaluate(
        """(status) => {
          window.said = [];
          new MutationObserver(() => said.push(status.textContent)).observe(status, {childList: true});
        }"""
    )
    panel.fill()
    panel.submit()
    panel.find(".over").wait_for()
    said = panel.page.evaluate("said")
    assert "Your number is" in said[0]
    # A reader says what is there when it has finished; what comes sooner replaces what it would have said.
    assert said[-1] == "You're connected"
    assert panel.page.locator("warmcall-panel [aria-live], warmcall-panel [role=alert]").count() == 0


def test_escape_answers_the_question_with_no(visit: Callable[..., Panel]) -> None:
    panel = visit(DESKTOP)
    panel.open()
    panel.fill()
    panel.page.keyboard.press("Escape")
    panel.find("[role=alertdialog]").wait_for()
    assert panel.focused() == "primary cx-clicktocall-close-confirm-cancel"
    panel.page.keyboard.press("Escape")
    panel.find("[role=alertdialog]").wait_for(state="detached")
    assert panel.find("#cx_clicktocall_form_phonenumber").input_value() == "+12025550143"


def test_keys_typed_into_the_panel_stay_there(visit: Callable[..., Panel]) -> None:
    panel = visit(DESKTOP)
    panel.page.evaluate(
        """() => {
          window.heard = [];
          for (const type of ['keydown', 'keypress', 'keyup']) addEventListener(type, (e) => heard.push(e.key));
        }"""
    )
    panel.open()
    panel.page.keyboard.type("k")
    assert panel.find("#cx_clicktocall_form_firstname").input_value() == "k"
    assert panel.page.evaluate("heard") == []


def test_a_phone_keeps_the_focus_inside(visit: Callable[..., Panel]) -> None:
    panel = visit(PHONE)
    panel.open()
    assert panel.find("dialog").evaluate("(dialog) => dialog.matches(':modal')")
    reached = set()
    for _ in range(12):
        panel.page.keyboard.press("Tab")
        reached.add(panel.focused())
    assert "opener" not in reached
    assert "cx_clicktocall_form_phonenumber" in reached


def test_a_wide_screen_leaves_the_page_usable(visit: Callable[..., Panel]) -> None:
    panel = visit(DESKTOP)
    panel.open()
    assert not panel.find("dialog").evaluate("(dialog) => dialog.matches(':modal')")
    panel.page.locator("#opener").focus()
    assert panel.focused() == "opener"


def test_the_back_gesture_of_a_phone_closes(visit: Callable[..., Panel]) -> None:
    panel = visit(PHONE)
    panel.open()
    panel.find("dialog").evaluate("(dialog) => dialog.dispatchEvent(new Event('cancel', {cancelable: true}))")
    panel.until(lambda: panel.names()[-1] == "closed")


def test_minimizing_on_a_phone_gives_the_page_back(visit: Callable[..., Panel]) -> None:
    panel = visit(PHONE)
    panel.open()
    panel.find(".cx-button-minimize").click()
    assert not panel.find("dialog").evaluate("(dialog) => dialog.matches(':modal')")
    panel.page.locator("#opener").click()
    panel.until(lambda: panel.names()[-1] == "unminimized")
    assert panel.find("dialog").evaluate("(dialog) => dialog.matches(':modal')")


def test_a_narrow_phone_needs_no_sideways_scrolling(visit: Callable[..., Panel]) -> None:
    panel = visit({"width": 320, "height": 568})
    panel.get_number()
    widths = panel.find(".cx-body").evaluate("(body) => [body.scrollWidth, body.clientWidth]")
    assert widths[0] <= widths[1]


def test_what_can_be_touched_is_large_enough(visit: Callable[..., Panel]) -> None:
    panel = visit(PHONE)
    panel.open()
    sizes = panel.find("dialog button, dialog input").evaluate_all(
        "(all) => all.map((e) => e.getBoundingClientRect()).map(({width, height}) => Math.min(width, height))"
    )
    assert sizes
    assert min(sizes) >= 44


def test_an_alert_that_comes_by_itself_does_not_take_the_focus(visit: Callable[..., Panel]) -> None:
    panel = visit(DESKTOP)
    panel.issue(expiresInS=1)
    panel.page.evaluate("CXBus.subscribe('ClickToCall.completed', () => document.getElementById('opener').focus())")
    panel.get_number()
    panel.find(".cx-expire-msg").wait_for()
    assert panel.focused() == "opener"
    assert panel.find("[role=status]").text_content() == "This number has expired."


def test_a_busy_button_keeps_the_focus(visit: Callable[..., Panel]) -> None:
    panel = visit(DESKTOP)
    panel.answer(lambda request: Answer("{}", 201))
    panel.page.route("**/v1/**", lambda route: None)
    panel.open()
    panel.fill()
    panel.submit()
    button = panel.find(".cx-register-submit-button")
    assert button.get_attribute("aria-disabled") == "true"
    assert panel.focused() == "primary cx-register-submit-button"
    assert panel.find("dialog.cx-loading").count() == 1
