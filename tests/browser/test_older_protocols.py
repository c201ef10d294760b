"""Our page, set up for an older server by `dataURL`, and an older IVR: both against Warmcall."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

WARMCALL = [sys.executable, "-m", "warmcall.cli"]
CONFIG = """
[[site]]
id = "shop"
origins = ["{origin}"]
compat = true
compat_key = "page-key"

[[site.group]]
name = "sales"
compat_names = ["sales-callback"]
numbers = ["+18005550100"]
destination = "sip:sales@pbx.example.com"
countries = ["US"]
"""
PAGE = """<!doctype html><html lang="en"><title>Shop</title><body>
<script>window._genesys = {{widgets: {{clicktocall: {options}}}}}</script>
<script src="{server}/warmcall.js"></script>
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("older")


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[str]:
    """The owner's own web server. A real one: browsers ask before a page from elsewhere may reach this machine."""
    (folder / "www").mkdir()
    web = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder / "www")))
    thread = Thread(target=web.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{web.server_port}"
    web.shutdown()
    thread.join()
    web.server_close()


@pytest.fixture(scope="module")
def server(folder: Path, shop: str) -> Iterator[str]:
    config = folder / "warmcall.toml"
    config.write_text(CONFIG.format(origin=shop))
    url = f"http://127.0.0.1:{free_port()}"
    arguments = ["--config", str(config), "--data", str(folder / "data"), "--port", url.rpartition(":")[2]]
    process = subprocess.Popen([*WARMCALL, "serve", *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    # Its first line says that it is ready.
    assert url in process.stdout.readline()
    options = {
        "dataURL": f"{url}/genesys/1/service/callback/sales-callback",
        "apikey": "page-key",
        "userData": {"plan": "gold"},
    }
    (folder / "www" / "index.html").write_text(PAGE.format(server=url, options=json.dumps(options)))
    yield url
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=15)


@pytest.fixture
def ivr(server: str, folder: Path) -> Iterator[httpx.Client]:
    words = [*WARMCALL, "keys", "new", "--scope", "telephony", "--data", str(folder / "data")]
    made = subprocess.run(words, capture_output=True, text=True, check=True)
    with httpx.Client(base_url=server, headers={"apikey": made.stdout.strip()}) as client:
        yield client


@pytest.fixture
def page(browser: Browser, server: str, shop: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(shop)
    page.evaluate("new Promise(resolve => CXBus.subscribe('App.ready', resolve)).then(() => 0)")
    page.evaluate("CXBus.subscribe('ClickToCallService.numberReceived', (e) => (window.received = e.data)), 0")
    yield page
    page.close()


def ask(page: Page, phone: str) -> None:
    page.evaluate("CXBus.command('ClickToCall.open').done(() => 0), 0")
    page.locator("#cx_clicktocall_form_firstname").fill("Ada")
    page.locator("#cx_clicktocall_form_phonenumber").fill(phone)
    page.locator(".cx-register-submit-button").click()


def test_a_page_of_an_older_server_gets_a_number_and_an_older_ivr_the_visitor(page: Page, ivr: httpx.Client) -> None:
    ask(page, "+12025550143")
    expect(page.locator(".cx-display-step")).to_be_visible()
    received = page.evaluate("received")
    assert received["sPhoneNumber"] == "+18005550100"
    assert re.fullmatch(r"\d{6}", received["sAccessCode"])
    assert 590 < received["iExpireTime"] <= 600
    call = {"_access_number": "+18005550100", "_access_code": received["sAccessCode"], "_return_user_data": "true"}
    matched = ivr.post("/genesys/1/service/match-interaction", data=call).json()
    assert (matched["firstname"], matched["plan"]) == ("Ada", "gold")


def test_a_number_that_is_refused_is_marked_in_the_form(page: Page) -> None:
    ask(page, "+442079460018")
    expect(page.locator("#cx_clicktocall_form_phonenumber_note")).to_contain_text("not served here; allowed: US")
