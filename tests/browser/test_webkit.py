"""The life of the panel in WebKitGTK, the nearest to Safari there is here: the demo's shop, with the real server."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import WebKitGTK, WebKitGTKOptions
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from selenium.webdriver.webkitgtk.service import Service

WITHIN_S = 15

pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")  # selenium's own


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """Yield the address of the shop of a running demo."""
    command = [sys.executable, "-m", "warmcall.cli", "demo", "--no-open", "--port", "0", "--sip-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"}) as process:
        try:
            assert process.stdout
            yield next(
                found[1]
                for line in process.stdout
                if (found := re.search(r"(http://127\.0\.0\.1:\d+/demo/)$", line.strip()))
            )
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


@pytest.fixture(scope="module")
def display() -> Iterator[None]:
    """Have a screen, which WebKitGTK does not do without."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as told, pytest.MonkeyPatch.context() as patch:
            patch.setenv("DISPLAY", f":{told.readline().strip()}")
            yield
        server.terminate()


@pytest.fixture
def webkit(display: None) -> Iterator[WebKitGTK]:
    driver = shutil.which("WebKitWebDriver")
    browsers = list(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    if not driver or not browsers:
        raise RuntimeError("no WebKitGTK: run `apt-get install webkit2gtk-driver xvfb`")
    options = WebKitGTKOptions()
    options.binary_location = str(browsers[0])
    options.add_argument("--automation")
    running = WebKitGTK(options=options, service=Service(driver))
    running.set_window_size(1200, 850)
    yield running
    running.quit()


class Visitor:
    """A visitor of the shop."""

    def __init__(self, webkit: WebKitGTK) -> None:
        self.webkit = webkit
        self.wait = WebDriverWait(webkit, WITHIN_S, poll_frequency=0.1)

    def until(self, condition: Callable[[], object]) -> None:
        self.wait.until(lambda _: condition())

    def find(self, selector: str) -> WebElement:
        """Find an element of the panel."""
        found: WebElement = self.wait.until(
            lambda webkit: webkit.execute_script(
                "return document.querySelector('warmcall-panel')?.shadowRoot.querySelector(arguments[0])", selector
            )
        )
        return found

    def shows(self, selector: str) -> bool:
        return bool(
            self.webkit.execute_script(
                "return document.querySelector('warmcall-panel')?.shadowRoot.querySelector(arguments[0])"
                "?.checkVisibility()",
                selector,
            )
        )

    def has_focus(self, selector: str) -> bool:
        return bool(
            self.webkit.execute_script(
                "const root = document.querySelector('warmcall-panel')?.shadowRoot;"
                "return (root?.activeElement ?? document.activeElement).matches(arguments[0])",
                selector,
            )
        )

    def press(self, *keys: str) -> None:
        """Type into whatever has the focus."""
        active: WebElement = self.webkit.execute_script(
            "return document.querySelector('warmcall-panel')?.shadowRoot.activeElement ?? document.activeElement"
        )
        active.send_keys(*keys)


@pytest.mark.timeout(120)
def test_the_life_of_the_panel(webkit: WebKitGTK, shop: str) -> None:
    visitor = Visitor(webkit)
    webkit.get(shop)
    visitor.until(lambda: webkit.execute_script("return !!window.CXBus?.data?.('App.ready')"))

    webkit.find_element("css selector", "#ask").click()
    visitor.until(lambda: visitor.has_focus("#cx_clicktocall_form_firstname"))
    visitor.press("Ada", Keys.ENTER)
    visitor.until(lambda: visitor.has_focus("#cx_clicktocall_form_phonenumber[aria-invalid=true]"))
    visitor.press("+12025550147")
    visitor.press(Keys.ESCAPE)
    visitor.until(lambda: visitor.has_focus(".cx-clicktocall-close-confirm-cancel"))
    visitor.press(Keys.ESCAPE)
    visitor.until(lambda: visitor.has_focus("#cx_clicktocall_form_phonenumber"))
    visitor.press(Keys.ENTER)

    assert re.fullmatch(r"\+1\D202\D555\D01\d\d", visitor.find("a.cx-phone-number").text)
    visitor.until(lambda: visitor.has_focus("a.cx-phone-number"))
    assert re.fullmatch(r"\d{3}\D\d{3}", visitor.find(".cx-access-code").text)
    visitor.until(lambda: visitor.find(".status").text == "Waiting for your call")
    assert visitor.find("svg.qr").is_displayed()

    visitor.find(".cx-button-minimize").click()
    visitor.until(lambda: not visitor.shows(".cx-body"))
    visitor.find(".cx-button-maximize").click()
    visitor.until(lambda: visitor.shows("a.cx-phone-number"))
    webkit.refresh()
    visitor.until(lambda: visitor.shows("a.cx-phone-number"))
    visitor.find(".cx-button-close").click()
    visitor.until(lambda: not webkit.execute_script("return document.querySelector('warmcall-panel')"))
