import io
from collections.abc import Iterator

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.chromium import STATIC, STRICT_CSP, HostPage
from tests.browser.panel import ISSUED, SITE, Panel

LIMIT_BYTES = 4096
PHONE = {"width": 390, "height": 844}
VIEWPORT = '<meta name="viewport" content="width=device-width">'
QR = "svg.qr"
CALL_NOW = "a.touch"


@pytest.fixture
def panel(host: HostPage) -> Panel:
    return Panel(host)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Panel]:
    """Yield a panel on a telephone that is touched."""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]  # a dict
    host = HostPage(context.new_page())
    yield Panel(host)
    context.close()
    assert host.errors == []


def scanned(panel: Panel) -> list[str]:
    """What a reader makes of the code on screen."""
    picture = Image.open(io.BytesIO(panel.find(QR).screenshot()))
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@pytest.mark.chromium_only("the driver takes pictures in Firefox by a style that the policy forbids")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_can_scan_number_and_code(panel: Panel, theme: str) -> None:
    panel.load(attributes=f'{SITE} data-theme="{theme}"', csp=STRICT_CSP)
    panel.get_number()
    expect(panel.find(QR)).to_be_visible()
    assert scanned(panel) == [ISSUED["telUrl"]]


def test_without_automatic_dialling_the_number_alone_is_scanned(panel: Panel) -> None:
    panel.load(options={"autoDialAccessCode": False})
    panel.get_number()
    expect(panel.find(QR)).to_be_visible()
    assert scanned(panel) == ["tel:+18005550100"]


def test_the_code_to_scan_has_a_name(panel: Panel) -> None:
    panel.load()
    panel.get_number()
    expect(panel.page.get_by_role("img", name="QR code that calls this number")).to_be_visible()


def test_it_is_loaded_when_a_number_is_shown(panel: Panel) -> None:
    panel.load()
    panel.open()
    panel.fill()
    asked = [request.url for request in panel.host.requests if "/qr.js" in request.url]
    assert asked == []
    panel.submit()
    panel.until(lambda: any("/qr.js" in request.url for request in panel.host.requests))


def test_without_it_the_number_stands_alone(panel: Panel) -> None:
    [path] = STATIC.glob("warmcall/*/qr.js")
    panel.host.serve(f"/{path.relative_to(STATIC)}", "", status=500)
    panel.load()
    panel.get_number()
    expect(panel.find(".scan")).to_have_count(0)
    expect(panel.find("a.cx-phone-number")).to_be_visible()
    assert panel.host.take_errors() != []


def test_it_takes_at_most_four_kilobytes() -> None:
    [path] = STATIC.glob("warmcall/*/qr.js.br")
    assert path.stat().st_size <= LIMIT_BYTES


def test_with_a_mouse_there_is_no_second_button_to_call(panel: Panel) -> None:
    panel.load()
    panel.get_number()
    expect(panel.find(CALL_NOW)).to_be_hidden()


@pytest.mark.chromium_only("emulates a phone")
def test_a_phone_has_the_button_where_the_thumb_is(phone: Panel) -> None:
    phone.load(VIEWPORT)
    phone.get_number()
    button = phone.find(CALL_NOW)
    expect(button).to_have_text("Call now")
    assert button.get_attribute("href") == ISSUED["telUrl"]
    box = button.bounding_box()
    assert box is not None
    assert box["y"] > PHONE["height"] * 2 / 3
    assert (box["height"] >= 56, box["width"] > PHONE["width"] * 0.8) == (True, True)
    assert phone.find(QR).count() == 0
    assert [request.url for request in phone.host.requests if "/qr.js" in request.url] == []


@pytest.mark.chromium_only("emulates a phone")
def test_on_a_small_phone_the_button_is_there_without_scrolling(phone: Panel) -> None:
    phone.page.set_viewport_size({"width": 320, "height": 568})
    phone.load(VIEWPORT)
    phone.get_number()
    expect(phone.find(CALL_NOW)).to_be_in_viewport(ratio=1)
