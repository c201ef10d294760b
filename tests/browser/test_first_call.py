"""The whole way with real parts: Chromium, the server, the SIP line, `warmcall dial`, the agent's page."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

WARMCALL = [sys.executable, "-m", "warmcall.cli"]
START_S = 30

pytestmark = pytest.mark.chromium_only("the parts behind the page are what is looked at")


@dataclass
class Demo:
    """A running `warmcall demo`."""

    url: str
    line: str

    def dial(self, number: str, code: str) -> subprocess.CompletedProcess[str]:
        """Place a real call with the number withheld, so that the line has to ask for the code."""
        command = [*WARMCALL, "dial", number, "--code", code, "--line", self.line]
        return subprocess.run(command, capture_output=True, text=True, timeout=45, check=False)


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    port, sip_port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
    log = tmp_path_factory.mktemp("demo") / "log"
    arguments = [
        "demo",
        "--no-open",
        "--port",
        str(port),
        "--sip-port",
        str(sip_port),
        "--data",
        str(log.parent / "data"),
    ]
    with log.open("w") as output:
        process = subprocess.Popen([*WARMCALL, *arguments], stdout=output, stderr=output, env={**os.environ})
    running = Demo(f"http://127.0.0.1:{port}", f"127.0.0.1:{sip_port}")
    try:
        wait_until_ready(running, process, log)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(15)
    assert "Traceback" not in log.read_text()


def wait_until_ready(demo: Demo, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{demo.url}/readyz", timeout=1) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"the demo did not start:\n{log.read_text()}")


@pytest.fixture
def visitor(browser: Browser, demo: Demo) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{demo.url}/demo/")
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def agent(browser: Browser, demo: Demo) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{demo.url}/demo/agent")
    yield page
    context.close()


def ask_for_a_number(visitor: Page, phone: str) -> tuple[str, str]:
    """Fill in the form as a visitor does, and read number and code from the panel."""
    visitor.locator("[data-warmcall-open]").first.click()
    visitor.locator("input[name=firstname]").fill("Ada")
    visitor.locator("input[name=lastname]").fill("Lovelace")
    visitor.locator("input[name=phonenumber]").fill(phone)
    visitor.keyboard.press("Enter")
    number = visitor.locator("a.cx-phone-number").inner_text()
    code = visitor.locator(".cx-access-code").inner_text()
    return "+" + re.sub(r"\D", "", number), re.sub(r"\D", "", code)


@pytest.mark.timeout(180)
def test_a_visitor_asks_dials_with_a_wrong_and_then_the_right_code_and_is_connected(
    demo: Demo, visitor: Page, agent: Page
) -> None:
    number, code = ask_for_a_number(visitor, "+1 202 555 0143")
    assert re.fullmatch(r"\+1202555010\d", number)
    assert re.fullmatch(r"\d{6}", code)
    wrong = "271828" if code != "271828" else "314159"

    refused = demo.dial(number, wrong)
    assert refused.returncode == 1, refused.stdout + refused.stderr
    expect(visitor.locator("warmcall-panel")).to_contain_text("code was not right")

    caller = subprocess.Popen(
        [*WARMCALL, "dial", number, "--code", code, "--line", demo.line, "--hold", "8"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    expect(visitor.locator("warmcall-panel")).to_contain_text("Found you", timeout=20_000)
    expect(visitor.locator("warmcall-panel")).to_contain_text("connected", timeout=20_000)
    expect(agent.locator("#name")).to_have_text("Ada Lovelace")
    for known in (
        "+1 202 555 0143",
        "Larch & Loom",
        f"{demo.url}/demo/",
        "Product advice",
        "Fjell lounge chair",
        "$1,290",
    ):
        expect(agent.locator("body")).to_contain_text(known)
    printed, _ = caller.communicate(timeout=45)
    assert caller.returncode == 0, printed
    assert "Matched" in printed
    expect(visitor.locator("warmcall-panel")).to_contain_text("ended", timeout=20_000)


@pytest.mark.timeout(120)
def test_dial_it_for_me_places_the_same_call(visitor: Page, agent: Page) -> None:
    ask_for_a_number(visitor, "+1 202 555 0144")
    visitor.get_by_role("button", name="Dial it for me").click()
    expect(visitor.locator("#helper-steps")).to_contain_text("The agent answered", timeout=30_000)
    expect(visitor.locator("warmcall-panel")).to_contain_text("connected")
    expect(agent.locator("body")).to_contain_text("+1 202 555 0144")


def test_the_agent_sees_what_the_network_said_of_the_caller_and_what_was_noted(browser: Browser, demo: Demo) -> None:
    at = "2026-05-04T09:00:0{}Z"
    pop = "https://crm.example.com/?phone=%2B12025550143"
    card = {
        "id": "1", "group": "sales", "state": "ended", "accessNumber": "+12025550100", "callerNumber": "+12025550143",
        "createdAt": at.format(0), "matchedAt": at.format(1), "connectedAt": at.format(2), "endedAt": at.format(3),
        "expiresAt": at.format(9), "matchedBy": "caller", "remark": None,
        "call": {"callId": "twilio:CA1", "callerName": "LOVELACE, ADA <b>", "attestation": "A"},
        "notes": [{"at": at.format(4), "text": "Wants the oak table.", "disposition": "sold"}],
        "context": {
            "fields": {"firstname": "Ada"}, "userData": {}, "page": {"url": "", "title": "", "language": "en"},
            "screenPopUrl": pop,
        },
    }  # fmt: skip
    page = browser.new_page()
    body = f"event: board\ndata: {json.dumps([card])}\n\n"
    page.route("**/demo/agent/events", lambda route: route.fulfill(body=body, content_type="text/event-stream"))
    page.goto(f"{demo.url}/demo/agent")

    expect(page.locator("#facts")).to_contain_text("The network calls them LOVELACE, ADA <b>")
    expect(page.locator("#facts")).to_contain_text("Number vouched for (A)")
    expect(page.locator("#timeline li").last).to_contain_text("sold: Wants the oak table.")
    expect(page.locator("#screen-pop")).to_have_attribute("href", pop)
    page.close()


def test_the_demo_serves_its_documentation(demo: Demo) -> None:
    with urllib.request.urlopen(f"{demo.url}/openapi.json", timeout=5) as answer:
        assert "/v1/match" in json.load(answer)["paths"]
