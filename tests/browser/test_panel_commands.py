import pytest

from tests.browser.chromium import Answer, HostPage
from tests.browser.panel import EVENT_NAMES, Panel

# Each try to load a part is reported by the browser, in its own words, the last perhaps after the test.
GONE = ["502", "Loading module from", "error loading dynamically imported module"]


@pytest.fixture
def panel(host: HostPage) -> Panel:
    panel = Panel(host)
    panel.load()
    return panel


def test_open_shows_the_form_and_resolves_with_nothing(panel: Panel) -> None:
    assert panel.command("open") == ["resolved", None]
    assert panel.find("#cx_clicktocall_form_phonenumber").is_visible()
    assert panel.names() == ["opened"]


def test_open_while_open_is_rejected(panel: Panel) -> None:
    panel.open()
    assert panel.command("open") == ["rejected", "already opened"]


def test_two_opens_at_once_open_once(panel: Panel) -> None:
    told = panel.page.evaluate(
        """Promise.all([1, 2].map(() => CXBus.command('ClickToCall.open').then(() => 'opened', (reason) => reason)))"""
    )
    assert told == ["opened", "already opened"]
    assert panel.page.locator("warmcall-panel").count() == 1


def test_close_while_closed_is_rejected(panel: Panel) -> None:
    assert panel.command("close") == ["rejected", "already closed"]


def test_closing_takes_the_panel_out_of_the_page(panel: Panel) -> None:
    panel.open()
    assert panel.command("close") == ["resolved", None]
    assert panel.page.locator("warmcall-panel").count() == 0


def test_closing_without_a_number_is_cancelled_then_closed(panel: Panel) -> None:
    panel.open()
    panel.command("close")
    assert panel.names() == ["opened", "cancelled", "closed"]


@pytest.mark.parametrize("form", ["[1]", "'no json'", "5", "[{}]", "true"])
def test_a_form_that_is_no_object_is_rejected(panel: Panel, form: str) -> None:
    reason = panel.page.evaluate(f"CXBus.command('ClickToCall.open', {{form: {form}}}).then(() => 0, (r) => r)")
    assert reason == "Invalid form"
    assert panel.names() == []


def test_a_form_may_be_the_json_of_an_object(panel: Panel) -> None:
    panel.open(form='{"firstname": "Grace"}')
    assert panel.find("#cx_clicktocall_form_firstname").input_value() == "Grace"


def test_minimize_toggles_and_publishes(panel: Panel) -> None:
    panel.open()
    assert panel.command("minimize") == ["resolved", None]
    assert panel.find(".cx-minimized .cx-body").is_hidden()
    panel.command("minimize")
    assert panel.find(".cx-body").is_visible()
    assert panel.names() == ["opened", "minimized", "unminimized"]


def test_minimize_while_closed_resolves_and_publishes_nothing(panel: Panel) -> None:
    assert panel.command("minimize") == ["resolved", None]
    assert panel.names() == []


def test_a_second_configuration_is_rejected(panel: Panel) -> None:
    assert panel.command("configure", {"group": "other"}) == ["rejected", "Already configured"]
    assert panel.command("configure") == ["rejected", "Invalid configuration."]


def test_its_commands_and_events_are_those_of_the_contract(panel: Panel) -> None:
    registered = panel.page.evaluate("_genesys.widgets.bus.registry().ClickToCall")
    assert set(registered["commands"]) - {"COMMANDS", "EVENTS", "LOAD"} == {"configure", "open", "close", "minimize"}
    assert registered["events"] == EVENT_NAMES


def test_a_filled_form_is_closed_only_when_the_visitor_says_so(panel: Panel) -> None:
    panel.open()
    panel.fill()
    closing = panel.start("close")
    panel.find(".cx-clicktocall-close-confirm-close").click()
    assert panel.settled(closing) == ["resolved", None]
    assert panel.names() == ["opened", "started", "cancelled", "closed"]


def test_a_visitor_who_stays_keeps_the_form(panel: Panel) -> None:
    panel.open()
    panel.fill(first="Ada")
    closing = panel.start("close")
    panel.find(".cx-clicktocall-close-confirm-cancel").click()
    assert panel.settled(closing) == ["rejected", "User must confirm close"]
    assert panel.find("#cx_clicktocall_form_firstname").input_value() == "Ada"
    assert panel.find("[role=alertdialog]").count() == 0


def test_the_question_brings_a_minimized_panel_back(panel: Panel) -> None:
    panel.open()
    panel.fill()
    panel.command("minimize")
    panel.start("close")
    panel.find("[role=alertdialog]").wait_for()
    assert panel.names()[-1] == "unminimized"


def test_the_question_can_be_switched_off(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"confirmFormCloseEnabled": False})
    panel.open()
    panel.fill()
    assert panel.command("close") == ["resolved", None]


def test_close_all_asks_nothing(panel: Panel) -> None:
    panel.open()
    panel.fill()
    panel.command("App.closeAll")
    panel.until(lambda: "closed" in panel.names())
    assert panel.page.locator("warmcall-panel").count() == 0


def test_the_events_of_a_whole_run_come_in_order(panel: Panel) -> None:
    panel.issue(expiresInS=2)
    panel.get_number()
    panel.until(lambda: "expired" in panel.names())
    panel.command("close")
    assert panel.names() == ["opened", "started", "submitted", "completed", "expired", "closed"]


def test_metadata_tell_when_things_happened_and_what_was_sent(panel: Panel) -> None:
    panel.open(userData={"plan": "gold"})
    panel.fill()
    assert panel.last("opened")["form"] == {}
    panel.submit()
    panel.until(lambda: "completed" in panel.names())
    data = panel.last("completed")
    assert data["form"] == {
        "firstname": "Ada",
        "lastname": "",
        "phonenumber": "+12025550143",
        "userData": {"plan": "gold"},
    }
    assert data["proactive"] is False
    assert data["cancelled"] is data["expired"] is data["closed"] is False
    assert 0 < data["ready"] <= data["opened"] <= data["started"] <= data["completed"]


def test_started_comes_once_and_not_by_prefilling(panel: Panel) -> None:
    panel.open(form={"firstname": "Ada"})
    assert panel.names() == ["opened"]
    panel.find("#cx_clicktocall_form_lastname").press_sequentially("Lovelace")
    assert panel.names() == ["opened", "started"]


def test_autosubmit_opens_and_then_submits(panel: Panel) -> None:
    panel.open(form={"phonenumber": 12025550143, "autoSubmit": True})
    panel.until(lambda: "completed" in panel.names())
    assert panel.names() == ["opened", "submitted", "completed"]
    assert panel.body()["fields"]["phonenumber"] == "12025550143"


def test_only_true_itself_submits(panel: Panel) -> None:
    panel.open(form={"phonenumber": "12025550143", "autoSubmit": "true"})
    assert panel.names() == ["opened"]


def test_prefilling_writes_falsy_values_as_empty(panel: Panel) -> None:
    panel.open(form={"firstname": "Ada", "lastname": None, "phonenumber": 0, "unknown": "x"})
    values = [panel.find(f"#cx_clicktocall_form_{name}").input_value() for name in ("firstname", "lastname")]
    assert values == ["Ada", ""]
    assert panel.find("#cx_clicktocall_form_phonenumber").input_value() == ""


def test_another_service_delivers(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"servicePlugin": "Desk"})
    panel.page.evaluate(
        """() => {
          const desk = _genesys.widgets.bus.registerPlugin('Desk');
          desk.registerCommand('restore', (e) => e.deferred.resolve({bRestoreSuccess: false}));
          desk.registerCommand('requestNumber', (e) => {
            desk.publish('numberReceived', {sPhoneNumber: '+442071234567', sAccessCode: 77, iExpireTime: 60});
            e.deferred.resolve({});
          });
          desk.ready();
        }"""
    )
    panel.get_number()
    assert panel.find("a.cx-phone-number").inner_text() == "+44\u00a0207\u00a0123\u00a04567"
    assert panel.created() == []


def test_a_service_that_cannot_even_try_is_a_network_failure(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"servicePlugin": "Desk"})
    panel.page.evaluate(
        """() => {
          const desk = _genesys.widgets.bus.registerPlugin('Desk');
          desk.registerCommand('requestNumber', (e) => e.deferred.reject('out of order'));
          desk.ready();
        }"""
    )
    panel.open()
    panel.fill()
    panel.submit()
    panel.find(".cx-request-fail-msg").wait_for()


def test_what_comes_after_the_form_is_fetched_only_when_the_panel_opens(panel: Panel) -> None:
    asked = [request.url for request in panel.host.requests if "/call.js" in request.url]
    assert asked == []
    panel.open()
    panel.until(lambda: any("/call.js" in request.url for request in panel.host.requests))


def test_a_server_that_is_gone_before_the_panel_came_is_told(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"fallbackNumber": "+1 800 555 0199", "launcher": True})
    host.expected += GONE
    for method, path in list(host._handlers):
        if "/warmcall/" in path:
            host.serve(path, lambda request: Answer(status=502, content_type="text/plain"), method=method)
    assert panel.command("open")[0] == "rejected"
    panel.find("warmcall-launcher button").click()
    panel.until(lambda: panel.find("warmcall-launcher button").inner_text() == "+1 800 555 0199")


def test_a_server_that_is_gone_leaves_a_number_to_dial(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"fallbackNumber": "+1 800 555 0199"})
    host.expected += GONE
    for method, path in list(host._handlers):
        if path.endswith("call.js"):
            host.serve(path, lambda request: Answer(status=502, content_type="text/plain"), method=method)
    panel.open()
    panel.fill()
    panel.submit()
    panel.find("[role=alert] a").wait_for()
    assert panel.find("[role=alert] a").get_attribute("href") == "tel:+18005550199"
    assert panel.command("close")[0] == "resolved"
