"""What a server may ask of a visitor besides the form: the panel works for it, or asks the visitor."""

import base64
import json
import secrets
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from tests.browser.chromium import STRICT_CSP, Answer, HostPage
from tests.browser.panel import ISSUED, NUMBER_SHOWN, Panel, refusal

CONSENT = {"version": "2026-11", "text": "You may call me back.", "url": "https://www.example.com/privacy"}


def work(number: int, most: int = 500) -> dict[str, Any]:
    salt = f"{secrets.token_hex(12)}?expires=4102444800&group=demo%2Fsales&"
    wanted = sha256(f"{salt}{number}".encode()).hexdigest()
    return {
        "kind": "pow",
        "algorithm": "SHA-256",
        "challenge": wanted,
        "maxnumber": most,
        "salt": salt,
        "signature": "s",
    }


class Server:
    """Answers one after the other, at last with a number."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = [*answers, Answer(json.dumps(ISSUED), 201)]

    def __call__(self, request: Request) -> Answer:
        return self._answers.pop(0)


@pytest.fixture(autouse=True)
def refusals_are_no_faults(host: HostPage) -> Iterator[None]:
    """The browser reports every answer above 399 on the console; a page script cannot keep it from that."""
    yield
    host.errors[:] = [error for error in host.errors if not error.startswith("Failed to load resource")]


def opened(host: HostPage, server: Server, html: str = "") -> Panel:
    panel = Panel(host)
    panel.answer(server)
    # What the test writes into the page is more than the strictest policy lets it.
    panel.load(html, csp=None if html else STRICT_CSP)
    panel.open()
    panel.fill()
    panel.submit()
    return panel


def test_the_panel_does_the_work_that_a_server_asks_for(host: HostPage) -> None:
    challenge = work(373)
    server = Server(refusal(428, "challenge_required", challenge=challenge))
    panel = opened(host, server)
    expect(panel.find(".cx-display-step")).to_contain_text(NUMBER_SHOWN)
    asked, solved = panel.body(0), panel.body(1)
    assert "challenge" not in asked
    solution = json.loads(base64.b64decode(solved.pop("challenge")))
    assert solution == {
        **{name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")},
        "number": 373,
    }
    assert solved == asked


@pytest.mark.chromium_only("the same requests everywhere")
def test_a_lost_answer_to_a_solution_is_asked_for_again_under_the_same_key(host: HostPage) -> None:
    lost = Answer("", 502, "text/plain")
    panel = opened(host, Server(refusal(428, "challenge_required", challenge=work(3)), lost))
    panel.find(".cx-request-try-again").click()
    panel.find(".cx-display-step").wait_for()
    asked = panel.created()
    assert ["challenge" in (request.post_data_json or {}) for request in asked] == [False, True, False]
    assert len({request.headers["idempotency-key"] for request in asked}) == 1


def test_work_that_is_not_accepted_is_not_done_for_ever(host: HostPage) -> None:
    server = Server(*(refusal(428, code, challenge=work(5)) for code in ("challenge_required", "challenge_failed")))
    panel = opened(host, server)
    expect(panel.find(".cx-invalid-msg")).to_contain_text("Something is not right on our side.")
    assert len(panel.created()) == 2


def test_the_page_may_bring_a_token_of_its_own_provider(host: HostPage) -> None:
    server = Server(refusal(428, "challenge_required", challenge={"kind": "captcha", "siteKey": "page"}))
    token = "async ({ siteKey }) => 'token for ' + siteKey"
    html = f"<script>window._genesys = {{widgets: {{clicktocall: {{challenge: {token}}}}}}}</script>"
    panel = opened(host, server, html=html)
    expect(panel.find(".cx-display-step")).to_contain_text(NUMBER_SHOWN)
    assert panel.body(1)["challenge"] == "token for page"


def test_without_a_token_the_visitor_sees_a_way_on(host: HostPage) -> None:
    challenge = {"kind": "captcha", "siteKey": "page"}
    panel = opened(host, Server(refusal(428, "challenge_required", challenge=challenge, fallbackNumber="+18005550199")))
    expect(panel.find("a.fallback")).to_have_attribute("href", "tel:+18005550199")


def test_the_visitor_agrees_to_the_owners_text_before_there_is_a_number(host: HostPage) -> None:
    server = Server(refusal(428, "consent_required", consent=CONSENT))
    panel = opened(host, server)
    box = panel.page.get_by_role("checkbox", name="You may call me back.")
    panel.until(lambda: panel.focused() == "cx_clicktocall_consent")
    assert panel.find("[role=alertdialog] a").get_attribute("href") == CONSENT["url"]
    panel.find("[role=alertdialog] button.primary").click()
    assert (box.get_attribute("aria-invalid"), panel.focused()) == ("true", "cx_clicktocall_consent")
    panel.page.keyboard.press("Space")
    panel.page.keyboard.press("Tab")
    panel.page.keyboard.press("Tab")
    panel.page.keyboard.press("Enter")
    expect(panel.find(".cx-display-step")).to_contain_text(NUMBER_SHOWN)
    asked, agreed = panel.body(0), panel.body(1)
    assert (asked.get("consent"), agreed["consent"]) == (None, "2026-11")
    assert (agreed["fields"], agreed["userData"]) == (asked["fields"], {})
