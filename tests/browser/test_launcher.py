import pytest

from tests.browser.chromium import HostPage
from tests.browser.panel import SITE, Panel

LAUNCHER = "warmcall-launcher button"


@pytest.fixture
def panel(host: HostPage) -> Panel:
    return Panel(host)


def test_the_button_opens_the_panel_and_steps_aside(panel: Panel) -> None:
    panel.load()
    assert panel.find(LAUNCHER).inner_text() == "Call us"
    panel.find(LAUNCHER).click()
    panel.find("#cx_clicktocall_form_phonenumber").wait_for()
    assert panel.find(LAUNCHER).is_hidden()


def test_the_button_comes_back_with_the_focus(panel: Panel) -> None:
    panel.load()
    panel.find(LAUNCHER).click()
    panel.until(lambda: panel.focused() == "cx_clicktocall_form_firstname")
    panel.page.keyboard.press("Escape")
    panel.until(lambda: "launcher" in (panel.focused() or ""))
    assert panel.find(LAUNCHER).is_visible()


def test_the_button_takes_label_and_corner_from_the_configuration(panel: Panel) -> None:
    panel.load(options={"launcher": {"label": "Talk to Jo", "position": "bottom-left"}})
    assert panel.find(LAUNCHER).inner_text() == "Talk to Jo"
    box = panel.find(LAUNCHER).bounding_box()
    assert box
    assert box["x"] == 20
    panel.open()
    window = panel.find("dialog").bounding_box()
    assert window
    assert window["x"] == 20


@pytest.mark.parametrize(
    ("attributes", "options"), [(SITE + ' data-launcher="off"', None), (SITE, {"launcher": False})]
)
def test_the_button_can_be_switched_off(panel: Panel, attributes: str, options: dict[str, object] | None) -> None:
    panel.load(attributes=attributes, options=options)
    assert panel.page.locator("warmcall-launcher").count() == 0


def test_a_link_opens_the_panel_instead_of_dialling(panel: Panel) -> None:
    panel.load('<a id="call" href="tel:+18005550199" data-warmcall-open><b>Call us</b></a>')
    panel.find("#call b").click()
    panel.find("#cx_clicktocall_form_phonenumber").wait_for()


def test_an_opener_that_is_added_later_works(panel: Panel) -> None:
    panel.load()
    panel.page.evaluate(
        "document.body.insertAdjacentHTML('afterbegin', '<button data-warmcall-open id=late>Call</button>')"
    )
    panel.find("#late").click()
    panel.find("#cx_clicktocall_form_phonenumber").wait_for()


@pytest.mark.chromium_only("Firefox opens a window, which the driver does not close")
@pytest.mark.parametrize("modifier", ["ctrlKey", "metaKey", "shiftKey", "altKey"])
def test_a_modified_click_is_the_browsers(panel: Panel, modifier: str) -> None:
    panel.load('<a id="call" href="#dialled" data-warmcall-open>Call us</a>')
    prevented = panel.page.evaluate(
        """(modifier) => !document.querySelector('#call').dispatchEvent(
          new MouseEvent('click', {bubbles: true, cancelable: true, composed: true, [modifier]: true}))""",
        modifier,
    )
    assert prevented is False
    assert panel.names() == []


def test_a_click_that_the_page_has_handled_is_left_alone(panel: Panel) -> None:
    panel.load('<button id="call" data-warmcall-open onclick="event.preventDefault()">Call us</button>')
    panel.find("#call").click()
    assert panel.names() == []


def test_attributes_prefill_and_add_user_data(panel: Panel) -> None:
    panel.load(
        """<button id="call" data-warmcall-open data-warmcall-form='{"firstname": "Ada", "phonenumber": "12025550143"}'
           data-warmcall-user-data='{"product": "chair"}'>Call us</button>"""
    )
    panel.find("#call").click()
    panel.submit()
    panel.find(".cx-display-step").wait_for()
    body = panel.body()
    assert body["fields"]["firstname"] == "Ada"
    assert body["userData"] == {"product": "chair"}


def test_attributes_that_are_no_json_are_reported_and_left_out(panel: Panel) -> None:
    panel.load('<button id="call" data-warmcall-open data-warmcall-form="{broken">Call us</button>')
    panel.find("#call").click()
    panel.find("#cx_clicktocall_form_phonenumber").wait_for()
    (error,) = panel.host.take_errors()
    assert "must be JSON" in error


def test_an_opener_brings_a_minimized_panel_back(panel: Panel) -> None:
    panel.load('<button id="call" data-warmcall-open>Call us</button>')
    panel.find("#call").click()
    panel.until(lambda: panel.names() == ["opened"])
    panel.command("minimize")
    panel.find("#call").click()
    panel.until(lambda: panel.names() == ["opened", "minimized", "unminimized"])


def test_the_pointer_on_its_way_warms_and_shows_nothing(panel: Panel) -> None:
    panel.load('<button id="call" data-warmcall-open>Call us</button>')
    panel.page.evaluate(
        """() => {
          window.attached = [];
          const note = (all) =>
            all.forEach(({addedNodes}) => addedNodes.forEach((node) => attached.push(node.localName)));
          new MutationObserver(note).observe(document.body, {childList: true});
        }"""
    )
    panel.find("#call").hover()
    panel.until(lambda: any("/call.js" in request.url for request in panel.host.requests))
    panel.until(lambda: panel.page.evaluate("attached") == ["warmcall-panel"])
    assert panel.page.locator("warmcall-panel").count() == 0
    assert panel.names() == []
