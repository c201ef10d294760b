from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Answer, HostPage
from tests.browser.panel import Panel, refusal


@pytest.fixture
def panel(host: HostPage) -> Iterator[Panel]:
    panel = Panel(host)
    panel.load(options={"site": "demo", "fallbackNumber": "+18005550199"}, attributes="")
    yield panel
    # The browser reports every answer above 399 on the console; a page script cannot keep it from that.
    host.errors[:] = [error for error in host.errors if not error.startswith("Failed to load resource")]


def refused(panel: Panel, answer: Answer) -> None:
    """Get this answer to a filled form."""
    panel.answer(lambda request: answer)
    panel.open()
    panel.fill()
    panel.submit()


def test_a_closed_office_says_when_it_opens(panel: Panel) -> None:
    refused(panel, refusal(409, "outside_hours", nextOpening="2030-01-07T14:00:00Z"))
    text = panel.find(".cx-invalid-msg").inner_text()
    assert text.startswith("We're closed right now. We open again: Monday")


def test_a_closed_office_without_a_next_opening_is_closed(panel: Panel) -> None:
    refused(panel, refusal(409, "outside_hours", nextOpening=None))
    expect(panel.find(".cx-invalid-msg")).to_have_text("We're closed right now.")


@pytest.mark.parametrize(
    ("status", "code", "sentence", "button"),
    [
        (409, "capacity_reached", "All our lines are busy. Please try again in a few minutes.", "Try again"),
        (409, "no_access_number", "All our lines are busy. Please try again in a few minutes.", "Try again"),
        (429, "too_many_requests", "That was a few tries too many. Please wait a moment.", "Try again"),
        (422, "number_not_allowed", "Sorry, we can't take calls from this number.", "Back"),
        (428, "challenge_required", "Something is not right on our side. Please try again later.", "Back"),
        (403, "origin_not_allowed", "Something is not right on our side. Please try again later.", "Back"),
        (404, "group_unknown", "Something is not right on our side. Please try again later.", "Back"),
        (404, "site_unknown", "Something is not right on our side. Please try again later.", "Back"),
        (422, "user_data_too_large", "Something is not right on our side. Please try again later.", "Back"),
        (409, "sold_out", "Detail of sold_out", "Back"),
    ],
)
def test_a_refusal_is_a_sentence_with_a_way_on(
    panel: Panel, status: int, code: str, sentence: str, button: str
) -> None:
    refused(panel, refusal(status, code))
    expect(panel.find(".cx-invalid-msg")).to_have_text(sentence)
    assert panel.find("[role=alertdialog] button").inner_text() == button
    assert panel.find("a.fallback").get_attribute("href") == "tel:+18005550199"
    assert panel.names() == ["opened", "started", "submitted"]


def test_a_number_that_is_none_is_marked_in_the_form(panel: Panel) -> None:
    refused(panel, refusal(422, "number_invalid"))
    phone = panel.find("#cx_clicktocall_form_phonenumber")
    expect(phone).to_have_attribute("aria-invalid", "true")
    assert panel.focused() == "cx_clicktocall_form_phonenumber"
    expect(panel.find("#cx_clicktocall_form_phonenumber_note")).to_contain_text("country code")
    assert panel.find("[role=alertdialog]").count() == 0


def test_a_field_the_server_refuses_is_marked_with_its_reason(panel: Panel) -> None:
    errors = [{"field": "fields.lastname", "message": "is too long."}]
    refused(panel, refusal(422, "invalid_field", errors=errors))
    expect(panel.find("#cx_clicktocall_form_lastname")).to_have_attribute("aria-invalid", "true")
    expect(panel.find("#cx_clicktocall_form_lastname_note")).to_have_text("is too long.")


def test_a_number_of_the_group_wins_over_the_configured_one(panel: Panel) -> None:
    refused(panel, refusal(409, "capacity_reached", fallbackNumber="+442071234567"))
    assert panel.find("a.fallback").get_attribute("href") == "tel:+442071234567"


def test_going_back_keeps_what_was_typed(panel: Panel) -> None:
    refused(panel, refusal(422, "number_not_allowed"))
    panel.find(".cx-form-invalid-accept").click()
    assert panel.find("#cx_clicktocall_form_firstname").input_value() == "Ada"
    assert panel.find("[role=alertdialog]").count() == 0


@pytest.mark.parametrize(
    "answer",
    [
        Answer("<h1>Bad gateway</h1>", 502, "text/html"),
        Answer('{"message": "no"}', 500),
        Answer("{}", 201),
        Answer("not json", 200),
    ],
)
def test_an_answer_that_makes_no_sense_offers_the_fallback(panel: Panel, answer: Answer) -> None:
    refused(panel, answer)
    panel.find(".cx-request-fail-msg").wait_for()
    assert panel.find("a.fallback").get_attribute("href") == "tel:+18005550199"
    data = panel.last("service:numberReceived")
    assert (data["error"], data["netfail"]) == (False, True)


def test_trying_again_sends_the_same_request_under_the_same_key(panel: Panel) -> None:
    refused(panel, Answer("", 503))
    panel.find(".cx-request-try-again").wait_for()
    panel.issue()
    panel.find(".cx-request-try-again").click()
    panel.find(".cx-display-step").wait_for()
    first, second = panel.created()
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.post_data == second.post_data


def test_a_server_that_cannot_be_reached_offers_the_fallback(panel: Panel) -> None:
    panel.page.route("**/v1/**", lambda route: route.abort())
    panel.open()
    panel.fill()
    panel.submit()
    panel.find("a.fallback").wait_for()


def test_a_server_that_does_not_answer_in_time_is_a_network_failure(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"ajaxTimeout": 100})
    panel.page.route("**/v1/**", lambda route: None)
    panel.open()
    panel.fill()
    panel.submit()
    panel.find(".cx-request-fail-msg").wait_for()


def test_the_number_of_the_link_that_opened_is_a_fallback(host: HostPage) -> None:
    panel = Panel(host)
    panel.load('<a id="call" href="tel:+18005550177" data-warmcall-open>Call us</a>')
    panel.page.route("**/v1/**", lambda route: route.abort())
    panel.find("#call").click()
    panel.fill()
    panel.submit()
    panel.find("a.fallback").wait_for()
    assert panel.find("a.fallback").get_attribute("href") == "tel:+18005550177"
    host.errors[:] = [error for error in host.errors if not error.startswith("Failed to load resource")]
