"""What the panel does with what a group says of itself before it is asked for a number."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.chromium import STRICT_CSP, Answer, HostPage
from tests.browser.panel import CREATE, GROUP, ISSUED, NUMBER_SHOWN, OPEN_GROUP, Panel, refusal

CONSENT = {"version": "2026-11", "text": "You may call me back.", "url": "https://www.example.com/privacy"}
BOX = "#cx_clicktocall_form_consent"
COUNTRY = "#cx_clicktocall_form_country"
PHONE = "#cx_clicktocall_form_phonenumber"
OPENER = "<button id=call data-warmcall-open>Call us</button>"
NOTICE = "[role=alertdialog]"
once = pytest.mark.chromium_only("the same requests and elements everywhere")


@pytest.fixture
def panel(host: HostPage) -> Panel:
    return Panel(host)


def held(panel: Panel) -> list[Route]:
    """Questions about the group, which wait until the test answers them."""
    routes: list[Route] = []
    panel.page.route("**/v1/sites/*/groups/*", lambda route: routes.append(route))
    return routes


def answer(route: Route, **changes: object) -> None:
    route.fulfill(body=json.dumps({**OPEN_GROUP, **changes}), content_type="application/json")


def test_the_visitor_agrees_in_the_form_before_it_is_sent(panel: Panel) -> None:
    panel.group(consent=CONSENT)
    panel.load(csp=STRICT_CSP)
    panel.open()
    box = panel.page.get_by_role("checkbox", name="You may call me back.")
    expect(box).not_to_be_checked()
    assert box.evaluate("(box) => box.required")
    link = panel.page.get_by_role("link", name="www.example.com/privacy")
    assert (link.get_attribute("href"), link.get_attribute("target")) == (CONSENT["url"], "_blank")
    panel.fill()
    panel.submit()
    panel.until(lambda: panel.focused() == BOX[1:])
    expect(box).to_have_accessible_description("Please agree to this first.")
    assert (box.get_attribute("aria-invalid"), panel.created()) == ("true", [])
    panel.page.keyboard.press("Space")
    expect(box).to_have_accessible_description("")
    panel.submit()
    expect(panel.find(".cx-display-step")).to_contain_text(NUMBER_SHOWN)
    [body] = [panel.body(index) for index in range(len(panel.created()))]
    assert body["consent"] == "2026-11"
    assert body["fields"].keys() == {"firstname", "lastname", "phonenumber"}
    assert panel.last("submitted")["form"].keys() == {"firstname", "lastname", "phonenumber"}


@once
def test_a_text_that_has_changed_meanwhile_is_asked_for_again(panel: Panel) -> None:
    changed = refusal(428, "consent_required", consent={"version": "2027-01", "text": "You may call me twice."})
    answers = [changed, Answer(json.dumps(ISSUED), 201)]
    panel.answer(lambda request: answers.pop(0))
    panel.group(consent=CONSENT)
    panel.load()
    panel.open()
    panel.fill()
    panel.find(BOX).check()
    panel.submit()
    panel.find(f"{NOTICE} input").check()
    panel.find(f"{NOTICE} .primary").click()
    panel.find(".cx-display-step").wait_for()
    assert [panel.body(index)["consent"] for index in (0, 1)] == ["2026-11", "2027-01"]
    panel.host.errors[:] = [error for error in panel.host.errors if "Failed to load" not in error]


@once
def test_consent_that_is_not_required_may_be_left_out(panel: Panel) -> None:
    panel.group(consent={**CONSENT, "url": None, "required": False})
    panel.load(options={"formJSON": {"inputs": [{"name": "email"}]}})
    panel.open()
    expect(panel.find(BOX)).to_be_visible()
    assert panel.find(".consent a").count() == 0
    panel.submit()
    panel.find(".cx-display-step").wait_for()
    assert "consent" not in panel.body()


@once
def test_only_countries_of_the_group_are_offered(panel: Panel) -> None:
    questions = held(panel)
    panel.load()
    panel.open()
    panel.find(COUNTRY).select_option("DE")
    panel.until(lambda: questions)
    before = panel.find(PHONE).bounding_box()
    answer(questions[0], countries=["IE", "DE", "AT"])
    offered = panel.find(f"{COUNTRY} option")
    panel.until(lambda: offered.count() == 3)
    assert offered.all_inner_texts() == ["Austria +43", "Germany +49", "Ireland +353"]
    assert panel.find(COUNTRY).input_value() == "DE"
    assert panel.find(PHONE).bounding_box() == before


@once
def test_a_number_keeps_the_country_that_was_chosen_for_it(panel: Panel) -> None:
    questions = held(panel)
    panel.load()
    panel.open()
    panel.find(COUNTRY).select_option("FR")
    panel.find(PHONE).fill("0612345678")
    panel.until(lambda: questions)
    answer(questions[0], countries=["DE", "AT"], fallbackNumber="+18005550199")
    panel.page.wait_for_function(
        "performance.getEntriesByType('resource').some((one) => one.name.includes('/groups/'))"
    )
    panel.page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    assert panel.find(COUNTRY).input_value() == "FR"


@once
def test_a_country_that_is_not_allowed_gives_way_to_the_groups_first(panel: Panel) -> None:
    panel.group(countries=["IE", "AT"])
    panel.load()
    panel.open()
    panel.until(lambda: panel.find(f"{COUNTRY} option").count() == 2)
    assert panel.find(COUNTRY).input_value() == "IE"


@once
def test_a_list_of_the_pages_own_stays(panel: Panel) -> None:
    panel.group(countries=["IE"], consent=CONSENT)
    panel.load(options={"countrySelect": ["CA", "MX"]})
    panel.open()
    panel.find(COUNTRY).wait_for()
    panel.find(BOX).wait_for()
    assert panel.find(f"{COUNTRY} option").count() == 2


def test_a_closed_group_says_so_when_the_panel_opens(panel: Panel) -> None:
    panel.group(open=False, changesAt="2030-01-07T14:00:00Z", fallbackNumber="+18005550199")
    panel.load(csp=STRICT_CSP)
    panel.open(form={"firstname": "Ada"})
    notice = panel.find(".cx-invalid-msg")
    notice.wait_for()
    assert notice.inner_text().startswith("We're closed right now. We open again: Monday, January 7")
    assert panel.find("a.fallback").get_attribute("href") == "tel:+18005550199"
    expect(panel.find(PHONE)).to_be_hidden()
    panel.find(f"{NOTICE} .primary").click()
    panel.until(lambda: panel.names() == ["opened", "cancelled", "closed"])
    assert panel.created() == []


@once
def test_the_form_comes_back_when_the_group_opens(panel: Panel) -> None:
    panel.group(open=False, changesAt=(datetime.now(UTC) + timedelta(hours=12)).isoformat())
    panel.page.clock.install()
    panel.load()
    panel.open()
    panel.find(NOTICE).wait_for()
    panel.page.clock.fast_forward("12:00:01")
    panel.find(NOTICE).wait_for(state="detached")
    panel.fill()
    panel.submit()
    panel.find(".cx-display-step").wait_for()


@once
def test_a_form_that_the_page_sends_at_once_gets_the_servers_answer(panel: Panel) -> None:
    panel.group(open=False, consent=CONSENT)
    panel.answer(lambda request: refusal(422, "number_not_allowed"))
    panel.host.expected.append("Failed to load resource")
    panel.load(OPENER)
    panel.find("#call").hover()
    panel.until(lambda: panel.host.requests_to(GROUP))
    panel.open(form={"phonenumber": "+12025550143", "autoSubmit": True})
    expect(panel.find(".cx-invalid-msg")).to_contain_text("we can't take calls from this number")
    assert panel.find(BOX).count() == 0
    assert panel.names() == ["opened", "submitted"]


@once
def test_the_groups_number_is_known_when_the_server_is_out_of_reach_later(panel: Panel) -> None:
    panel.group(fallbackNumber="+18005550199")
    panel.host.expected.append("Failed to load resource")
    panel.load(options={"fallbackNumber": "+18005550100"})
    panel.open()
    panel.until(lambda: panel.host.requests_to(GROUP))
    panel.page.route("**/v1/**", lambda route: route.abort())
    panel.fill()
    panel.submit()
    panel.find(".cx-request-fail-msg").wait_for()
    assert panel.find("a.fallback").get_attribute("href") == "tel:+18005550199"


@once
def test_what_solves_a_challenge_is_there_before_the_form_is_sent(panel: Panel) -> None:
    panel.group(challenge="pow")
    panel.load()
    panel.open()
    panel.until(lambda: any("/gate.js" in request.url for request in panel.host.requests))


@once
def test_the_group_is_asked_once_and_not_before_a_visitor_shows_an_intention(panel: Panel) -> None:
    panel.load(OPENER)
    panel.page.wait_for_timeout(50)
    assert panel.host.requests_to(GROUP) == []
    panel.find("#call").hover()
    panel.until(lambda: panel.host.requests_to(GROUP))
    for _ in range(2):
        panel.open()
        panel.command("close")
    assert len(panel.host.requests_to(GROUP)) == 1
    assert panel.page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


@once
def test_the_group_is_asked_again_after_minutes_and_its_text_kept_if_it_cannot_be(panel: Panel) -> None:
    panel.group(consent=CONSENT, open=False)
    panel.page.clock.install()
    panel.load()
    panel.open()
    panel.find(NOTICE).wait_for()
    panel.command("close")
    panel.page.clock.fast_forward("05:01")
    panel.host.serve(GROUP, "", status=502)
    panel.host.expected.append("502")
    panel.open()
    panel.find(BOX).wait_for()
    # Whether it is closed by now, nobody knows.
    assert panel.find(NOTICE).count() == 0
    assert len(panel.host.requests_to(GROUP)) > 1


@once
@pytest.mark.parametrize(
    "options",
    [{"dataURL": "/old"}, {"servicePlugin": "Desk"}, {"group": ""}],
    ids=["another protocol", "another service", "no group"],
)
def test_there_is_nobody_to_ask(panel: Panel, options: dict[str, Any]) -> None:
    panel.load(OPENER, options=options)
    panel.page.evaluate(
        """() => {
          const desk = CXBus.registerPlugin('Desk');
          desk.registerCommand('restore', ({deferred}) => deferred.resolve({bRestoreSuccess: false}));
          desk.ready();
        }"""
    )
    panel.find("#call").hover()
    panel.open()
    panel.page.wait_for_timeout(50)
    assert [request.url for request in panel.host.requests if "/group" in request.url] == []


@once
def test_an_answer_that_does_not_come_keeps_nobody_waiting(panel: Panel) -> None:
    questions = held(panel)
    panel.load()
    panel.open()
    panel.until(lambda: questions)
    panel.fill()
    answer(questions[0], open=False, consent=CONSENT, fallbackNumber="+18005550199")
    panel.page.wait_for_timeout(50)
    assert (panel.find(BOX).count(), panel.find(NOTICE).count()) == (0, 0)
    panel.host.serve(CREATE, "", method="POST", status=502)
    panel.host.expected.append("502")
    panel.submit()
    panel.find("a.fallback").wait_for()


@once
def test_a_group_that_the_server_does_not_know_is_named_in_the_console(panel: Panel) -> None:
    panel.host.serve(GROUP, lambda request: refusal(404, "group_unknown"))
    panel.host.expected.append("Failed to load resource")
    told: list[str] = []
    panel.page.on("console", lambda line: told.append(line.text))
    panel.load()
    panel.open()
    panel.until(lambda: "Warmcall: group: group_unknown: Detail of group_unknown" in told)
    panel.fill()
    panel.submit()
    panel.find(".cx-display-step").wait_for()
    panel.command("close")
    panel.command("ClickToCallService.cancel")
    panel.open()
    panel.until(lambda: len(panel.host.requests_to(GROUP)) > 1)
