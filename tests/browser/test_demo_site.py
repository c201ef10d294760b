"""The demo as a person sees it: shop, phone and agent's screen, all real, in one process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

WITHIN_MS = 20_000

pytestmark = pytest.mark.chromium_only("the demo, not the page, is what is looked at")


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """Yield the address of a running demo."""
    command = [sys.executable, "-m", "warmcall.cli", "demo", "--no-open", "--port", "0", "--sip-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"}) as process:
        try:
            assert process.stdout
            address = next(
                found[1]
                for line in process.stdout
                if (found := re.search(r"(http://127\.0\.0\.1:\d+)/demo/$", line.strip()))
            )
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context() as context:
        context.set_default_timeout(WITHIN_MS)
        yield context


def visit(context: BrowserContext, address: str, errors: list[str]) -> Page:
    def note(line: ConsoleMessage) -> None:
        if line.type == "error":
            errors.append(line.text)

    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", note)
    page.goto(address)
    return page


def ask_for_a_number(shop: Page, first: str, last: str) -> None:
    shop.locator("#ask").click()
    shop.get_by_label("First name").fill(first)
    shop.get_by_label("Last name").fill(last)
    shop.get_by_label("Phone number").fill("+12025550143")
    shop.get_by_role("button", name="Get my number").click()


def test_a_call_from_the_shop_reaches_the_agent_with_its_context(context: BrowserContext, demo: str) -> None:
    errors: list[str] = []
    agent = visit(context, f"{demo}/demo/agent", errors)
    expect(agent.locator("#link-text")).to_have_text("Live", timeout=WITHIN_MS)
    shop = visit(context, f"{demo}/demo/", errors)
    shop.locator("label", has_text="Ember wool").click()

    ask_for_a_number(shop, "Grace", "Hopper")
    expect(shop.locator("#helper-digits")).to_have_text(re.compile(r"^\+1202555010\d$"), timeout=WITHIN_MS)
    expect(shop.locator("#helper-code")).to_have_text(re.compile(r"^\d{6}$"))
    expect(agent.locator("#waiting")).to_contain_text("Grace Hopper", timeout=WITHIN_MS)
    shop.get_by_role("button", name="Dial it for me").click()

    expect(agent.locator("#name")).to_have_text("Grace Hopper", timeout=WITHIN_MS)
    expect(agent.locator("#facts")).to_contain_text("Code matched")
    expect(agent.locator("#data")).to_contain_text("Ember wool")
    expect(agent.locator("#page-title")).to_contain_text("Fjell lounge chair")
    expect(agent.locator("#state")).to_have_text("On the line", timeout=WITHIN_MS)
    expect(shop.locator("#helper-steps li").last).to_have_text("Hung up.", timeout=WITHIN_MS)
    expect(agent.locator("#state")).to_have_text("Call ended", timeout=WITHIN_MS)
    assert errors == []


def test_what_a_visitor_writes_is_shown_as_text_only(context: BrowserContext, demo: str) -> None:
    errors: list[str] = []
    agent = visit(context, f"{demo}/demo/agent", errors)
    shop = visit(context, f"{demo}/demo/", errors)

    ask_for_a_number(shop, "<img src=x onerror=alert(1)>", "Tables")

    expect(agent.locator("#waiting")).to_contain_text("<img src=x onerror=alert(1)> Tables", timeout=WITHIN_MS)
    assert agent.locator("#waiting img").count() == 0
    assert errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/demo/", "/demo/agent"])
def test_the_pages_are_accessible(context: BrowserContext, demo: str, path: str, scheme: str) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.goto(demo + path)

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()


def test_nothing_is_wider_than_a_phone(context: BrowserContext, demo: str) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/demo/", "/demo/agent"):
        page.goto(demo + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_pages_of_others_cannot_use_the_phone(context: BrowserContext, demo: str) -> None:
    answer = context.request.post(
        f"{demo}/demo/dial", data={"number": "+12025550100"}, headers={"Origin": "http://evil.example"}
    )

    assert answer.status == 403
