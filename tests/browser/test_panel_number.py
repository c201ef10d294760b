import re

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import HostPage
from tests.browser.panel import ISSUED, NUMBER_SHOWN, SOON, Panel, message

STATUS = ".status"


@pytest.fixture
def panel(host: HostPage) -> Panel:
    panel = Panel(host)
    panel.load()
    return panel


def test_the_number_stands_grouped_and_dials_with_the_code(panel: Panel) -> None:
    panel.get_number()
    link = panel.find("a.cx-phone-number")
    assert link.text_content() == NUMBER_SHOWN
    assert link.get_attribute("href") == ISSUED["telUrl"]
    assert panel.find(".cx-access-code").text_content() == "482\u00a0913"


def test_without_automatic_dialling_the_link_has_the_number_alone(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"autoDialAccessCode": False})
    panel.get_number()
    assert panel.find("a.cx-phone-number").get_attribute("href") == "tel:+18005550100"


def test_without_a_code_there_is_no_card_for_it(panel: Panel) -> None:
    panel.issue(accessCode=None)
    panel.get_number()
    assert panel.find(".cx-access-code").count() == 0


def test_the_code_can_be_left_out_by_configuration(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"provideAccessCode": False})
    panel.get_number()
    assert panel.find(".cx-access-code").count() == 0


def test_a_link_of_the_server_leads_only_to_the_telephone(panel: Panel) -> None:
    panel.issue(telUrl="javascript:alert(1)")
    panel.get_number()
    assert panel.find("a.cx-phone-number").get_attribute("href") == "tel:+18005550100"


def test_the_number_gets_the_focus_and_is_announced(panel: Panel) -> None:
    panel.get_number()
    panel.until(lambda: panel.focused() == "cx-phone-number")
    said = panel.find("[role=status]").text_content() or ""
    assert f"Your number is {NUMBER_SHOWN}. The code is 482\u00a0913. Reserved for you for 10:00" in said


@pytest.mark.chromium_only("the driver cannot permit the clipboard in Firefox")
def test_copying_says_so(panel: Panel) -> None:
    panel.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel.get_number()
    panel.page.get_by_role("button", name="Copy: +18005550100").click()
    expect(panel.find("[role=status]")).to_have_text("Copied")
    assert panel.page.evaluate("navigator.clipboard.readText()") == "+18005550100"


@pytest.mark.chromium_only("sets the clock")
def test_the_countdown_counts_and_is_no_live_region(host: HostPage) -> None:
    panel = Panel(host)
    host.page.clock.install()
    panel.load()
    panel.get_number()
    timer = panel.find("[role=timer]")
    expect(timer).to_have_text("Reserved for you for 10:00")
    panel.page.clock.fast_forward(65_000)
    # The clock goes on by itself, and on a busy machine some of its seconds are over.
    expect(timer).to_have_text(re.compile("Reserved for you for 08:[45]"))
    assert timer.get_attribute("aria-live") is None


@pytest.mark.chromium_only("sets the clock")
def test_the_rest_is_announced_at_the_configured_shares(host: HostPage) -> None:
    panel = Panel(host)
    host.page.clock.install()
    panel.load(options={"ariaNumberExpirationIntervals": [50]})
    panel.get_number()
    said = panel.find("[role=status]")
    expect(said).not_to_contain_text("Reserved")
    panel.page.clock.fast_forward(299_000)
    expect(said).not_to_contain_text("Reserved")
    panel.page.clock.fast_forward(2_000)
    expect(said).to_contain_text("Reserved for you for 04:59")


def test_the_last_seconds_warn(panel: Panel) -> None:
    panel.issue(expiresInS=9)
    panel.get_number()
    assert panel.find(".cx-countdown.cx-warning").count() == 1


def test_an_expired_number_offers_a_new_one_with_the_same_data(panel: Panel) -> None:
    panel.issue(expiresInS=1)
    panel.get_number()
    panel.find(".cx-expire-msg").wait_for()
    panel.issue(expiresInS=600)
    panel.find(".cx-request-new-number").click()
    expect(panel.find(".cx-countdown-display")).to_have_text(re.compile("^(10:00|09:5)"))
    first, second = (panel.body(index)["fields"] for index in (0, 1))
    assert first == second
    assert panel.names() == ["opened", "started", "submitted", "completed", "expired", "submitted", "completed"]


def test_an_expired_number_brings_a_minimized_panel_back(panel: Panel) -> None:
    panel.issue(expiresInS=1)
    panel.get_number()
    panel.command("minimize")
    panel.find(".cx-expire-msg").wait_for()
    assert panel.names()[-2:] == ["unminimized", "expired"]


def test_a_minimized_panel_may_stay_so(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"unminimizeOnAlert": False})
    panel.issue(expiresInS=1)
    panel.get_number()
    panel.command("minimize")
    panel.until(lambda: "expired" in panel.names())
    assert "unminimized" not in panel.names()


def test_a_number_expires_behind_a_closed_panel_too(panel: Panel) -> None:
    panel.issue(expiresInS=2)
    panel.get_number()
    panel.command("close")
    panel.until(lambda: "expired" in panel.names())
    assert panel.page.locator("warmcall-panel").count() == 0


@pytest.mark.chromium_only("sets the clock")
def test_without_countdown_nothing_expires_by_itself(host: HostPage) -> None:
    panel = Panel(host)
    host.page.clock.install()
    panel.load(options={"enableCountdown": False})
    panel.get_number()
    panel.page.clock.fast_forward(601_000)
    assert panel.find(".cx-countdown").is_hidden()
    assert "expired" not in panel.names()


def test_closing_keeps_the_number_for_the_next_opening(panel: Panel) -> None:
    panel.get_number()
    assert panel.command("close") == ["resolved", None]
    assert panel.names()[-1] == "closed"
    panel.open()
    assert panel.find("a.cx-phone-number").text_content() == NUMBER_SHOWN
    assert len(panel.created()) == 1


def test_a_number_on_screen_comes_back_on_the_next_page_without_taking_the_focus(panel: Panel) -> None:
    panel.get_number()
    panel.load("<input id=page autofocus>")
    panel.find("a.cx-phone-number").wait_for()
    assert panel.focused() == "page"


def test_a_number_that_was_closed_does_not_come_back_by_itself(panel: Panel) -> None:
    panel.get_number()
    panel.command("close")
    panel.load()
    panel.page.evaluate("new Promise((resolve) => requestIdleCallback(() => setTimeout(resolve, 50))).then(() => 0)")
    assert panel.page.locator("warmcall-panel").count() == 0


def test_a_stored_number_that_expired_meanwhile_gives_the_form(panel: Panel) -> None:
    panel.get_number()
    panel.command("close")
    panel.page.evaluate(
        "sessionStorage.warmcall = JSON.stringify({...JSON.parse(sessionStorage.warmcall), expires: 1})"
    )
    panel.load()
    panel.open()
    assert panel.names() == ["expired", "opened"]
    assert panel.find("#cx_clicktocall_form_phonenumber").is_visible()
    assert panel.page.evaluate("sessionStorage.length") == 0


def test_a_number_that_expired_between_two_pages_says_so(panel: Panel) -> None:
    panel.get_number()
    panel.page.evaluate(
        "sessionStorage.warmcall = JSON.stringify({...JSON.parse(sessionStorage.warmcall), expires: 1})"
    )
    panel.load()
    panel.find(".cx-expire-msg").wait_for()
    panel.find(".cx-request-new-number").click()
    panel.find("#cx_clicktocall_form_phonenumber").wait_for()


def test_who_no_longer_needs_the_number_gives_it_back(panel: Panel) -> None:
    panel.get_number()
    panel.find(".cx-display-cancel-button").click()
    panel.until(lambda: panel.names()[-1] == "closed")
    deleted = [request for request in panel.host.requests if request.method == "DELETE"]
    assert [request.headers["authorization"] for request in deleted] == ["Bearer visitor-token"]
    assert panel.page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("snapshot", {"state": "waiting"}, "Waiting for your call"),
        ("call_received", {}, "Your call has arrived"),
        ("code_refused", {"triesLeft": 2}, "That code was not right. Tries left: 2"),
        ("matched", {}, "Found you. Connecting your call\u2026"),
    ],
)
def test_the_visitor_sees_where_the_call_is(panel: Panel, kind: str, data: dict[str, object], sentence: str) -> None:
    panel.live(message(kind, data))
    panel.get_number()
    expect(panel.find(STATUS)).to_have_text(sentence)


def test_a_call_is_followed_through_lost_connections_to_its_end(host: HostPage) -> None:
    panel = Panel(host)
    host.page.add_init_script(
        """const Original = EventSource;
        window.sources = [];
        window.EventSource = class extends Original { constructor(url) { super(url); sources.push(this); } };"""
    )
    panel.load()
    panel.live(
        message("snapshot", {"state": "waiting"}, retry_ms=SOON),
        message("call_received", retry_ms=SOON),
        message("matched", retry_ms=SOON),
        message("connected", retry_ms=SOON),
        message("ended", retry_ms=SOON),
    )
    panel.get_number()
    expect(panel.find(".lead")).to_have_text("Call ended")
    statuses = [data["status"] for name, data in panel.seen() if name == "service:callStatus"]
    assert statuses == ["waiting", "call_received", "matched", "connected", "ended"]
    assert panel.page.evaluate("sessionStorage.length") == 0
    assert panel.page.evaluate("sources.map((source) => source.readyState)") == [2]


@pytest.mark.chromium_only("sets the clock")
def test_a_connected_call_needs_no_number_and_no_countdown(host: HostPage) -> None:
    panel = Panel(host)
    host.page.clock.install()
    panel.load()
    panel.live(message("connected"))
    panel.get_number()
    expect(panel.find(".lead")).to_have_text("You're connected")
    assert panel.find("a.cx-phone-number").count() == 0
    panel.page.clock.fast_forward(601_000)
    assert "expired" not in panel.names()


@pytest.mark.parametrize("kind", ["expired", "cancelled"])
def test_what_the_server_takes_back_is_expired(panel: Panel, kind: str) -> None:
    panel.live(message(kind))
    panel.get_number()
    panel.find(".cx-expire-msg").wait_for()
    assert panel.names()[-1] == "expired"
