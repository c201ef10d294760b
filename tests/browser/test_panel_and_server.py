"""The panel against a real server, whose group asks for consent and for some work, or is closed."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.chromium_only("what the server says is the same everywhere")
CONFIG = """
[[site]]
id = "shop"
origins = ["{origin}"]
challenge = {{ kind = "pow", max_number = 1000 }}

[[site.group]]
name = "sales"
numbers = ["+18005550100"]
destination = "sip:sales@pbx.example.com"
countries = ["CA", "US"]
consent = {{ version = "2026-11", text = "You may call me back." }}

[[site.group]]
name = "night"
numbers = ["+18005550101"]
destination = "sip:night@pbx.example.com"
fallback_number = "+18005550199"

[site.group.hours]
timezone = "UTC"
weekly = {{ mon-sun = ["08:00-12:00"] }}
special = {{ "{today:%Y-%m-%d}/{tomorrow:%Y-%m-%d}" = [] }}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, today = f"http://127.0.0.1:{port}", datetime.now(UTC)
    config = folder / "warmcall.toml"
    config.write_text(CONFIG.format(origin=url, today=today, tomorrow=today + timedelta(days=1)))
    words = [sys.executable, "-m", "warmcall.cli", "serve", "--config", config, "--data", folder / "data"]
    process = subprocess.Popen([*map(str, words), "--port", str(port)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    # Its first line says that it is ready.
    assert url in process.stdout.readline()
    yield url
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=15)


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Callable[[str], Page]]:
    """Yield what opens the panel for a group of the server's."""
    page = browser.new_page()

    def visit(group: str) -> Page:
        tag = f'<script src="/warmcall.js" data-site="shop" data-group="{group}"></script>'
        page.route(f"{server}/shop", lambda route: route.fulfill(body=f"<!doctype html><body>{tag}"))
        page.goto(f"{server}/shop")
        page.locator("warmcall-launcher button").click()
        return page

    yield visit
    page.close()


def test_a_visitor_agrees_and_the_page_does_the_work(visit: Callable[[str], Page]) -> None:
    page = visit("sales")
    expect(page.locator("#cx_clicktocall_form_country option")).to_have_count(2)
    page.get_by_role("checkbox", name="You may call me back.").check()
    page.locator("#cx_clicktocall_form_phonenumber").fill("2025550143")
    page.locator(".cx-register-submit-button").click()
    expect(page.locator(".cx-access-code")).to_be_visible()


def test_a_closed_group_is_closed_before_anything_is_filled_in(visit: Callable[[str], Page]) -> None:
    page = visit("night")
    expect(page.get_by_role("alertdialog")).to_contain_text("We're closed right now. We open again:")
    expect(page.get_by_role("alertdialog").get_by_role("link")).to_have_attribute("href", "tel:+18005550199")
