import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.chromium import Answer, HostPage
from tests.browser.panel import ISSUED, Panel, message

REQUEST = "ClickToCallService.requestNumber"
RESTORE = "ClickToCallService.restore"


@pytest.fixture
def panel(host: HostPage) -> Panel:
    panel = Panel(host)
    panel.load()
    return panel


def test_a_request_carries_fields_user_data_and_page(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"group": "sales", "userData": {"plan": "gold", "cart": {"items": 1, "total": 5}}})
    panel.open(userData={"cart": {"items": 2}}, actionID="a1", media="voice")
    panel.fill()
    panel.submit()
    panel.find(".cx-display-step").wait_for()
    request = panel.created()[0]
    assert panel.body() == {
        "group": "sales",
        "fields": {"firstname": "Ada", "lastname": "", "phonenumber": "+12025550143"},
        "userData": {"plan": "gold", "cart": {"items": 2, "total": 5}, "actionID": "a1", "media": "voice"},
        "page": {"url": "http://127.0.0.1:8765/", "title": "Host page", "language": "en"},
    }
    assert request.headers["content-type"] == "application/json"
    assert len(request.headers["idempotency-key"]) == 36


def test_the_fragment_of_the_page_stays_at_home(panel: Panel) -> None:
    panel.page.evaluate("location.hash = 'access_token=secret'")
    panel.command(REQUEST, {"phonenumber": "1"})
    assert panel.body()["page"]["url"] == "http://127.0.0.1:8765/"


def test_asking_without_the_panel_splits_fields_from_user_data(panel: Panel) -> None:
    panel.command(REQUEST, {"firstname": "Ada", "phonenumber": "1", "plan": "gold"})
    body = panel.body()
    assert body["fields"] == {"firstname": "Ada", "phonenumber": "1"}
    assert body["userData"] == {"plan": "gold"}


def test_a_before_hook_of_the_page_sees_and_changes_the_request(panel: Panel) -> None:
    panel.page.evaluate(
        """() => {
          const own = _genesys.widgets.bus.registerPlugin('Own');
          own.before('ClickToCallService.requestNumber', (options) => ({...options, plan: 'gold', firstname: 'Eve'}));
        }"""
    )
    panel.get_number()
    body = panel.body()
    assert (body["fields"]["firstname"], body["userData"]) == ("Eve", {"plan": "gold"})


def test_it_settles_when_the_outcome_is_known(panel: Panel) -> None:
    state, value = panel.command(REQUEST, {"phonenumber": "1"})
    assert state == "resolved"
    expected = {
        "error": False,
        "netfail": False,
        "sPhoneNumber": ISSUED["accessNumber"],
        "sAccessCode": ISSUED["accessCode"],
        "sPhoneTelHref": ISSUED["telUrl"],
        "iExpireTime": 600,
    }
    assert expected.items() <= value.items()
    panel.until(lambda: any(name == "service:numberReceived" for name, _ in panel.seen()))
    assert panel.last("service:numberReceived") == value


def test_each_wish_has_a_key_of_its_own(panel: Panel) -> None:
    for _ in range(2):
        panel.command(REQUEST, {"phonenumber": "1"})
    first, second = (request.headers["idempotency-key"] for request in panel.created())
    assert first != second


def test_restore_without_a_number(panel: Panel) -> None:
    assert panel.command(RESTORE) == ["resolved", {"bRestoreSuccess": False}]


def test_restore_gives_the_number_with_both_spellings_of_its_time(panel: Panel) -> None:
    panel.command(REQUEST, {"phonenumber": "1"})
    state, restored = panel.command(RESTORE)
    assert state == "resolved"
    assert restored["bRestoreSuccess"] is True
    assert restored["sPhoneNumber"] == ISSUED["accessNumber"]
    assert restored["sAccessCode"] == ISSUED["accessCode"]
    assert restored["sPhoneTelHref"] == ISSUED["telUrl"]
    assert restored["iExipreTime"] == restored["iExpireTime"]
    assert 590 <= restored["iExipreTime"] <= 600
    panel.until(lambda: any(name == "service:restored" for name, _ in panel.seen()))


def test_a_restored_call_is_followed_again(panel: Panel) -> None:
    panel.command(REQUEST, {"phonenumber": "1"})
    panel.live(message("call_received"))
    panel.load()
    panel.command(RESTORE)
    panel.until(lambda: [name for name, _ in panel.seen()].count("service:callStatus") == 1)
    assert panel.last("service:callStatus")["status"] == "call_received"


def test_a_call_is_followed_with_its_own_token(panel: Panel) -> None:
    panel.command(REQUEST, {"phonenumber": "1"})
    panel.until(lambda: panel.host.requests_to("/v1/call-requests/r1/events"))
    (request,) = panel.host.requests_to("/v1/call-requests/r1/events")
    assert parse_qs(urlsplit(request.url).query) == {"token": ["visitor-token"]}


def test_cancelling_without_a_number_asks_nobody(panel: Panel) -> None:
    assert panel.command("ClickToCallService.cancel") == ["resolved", None]
    assert [request for request in panel.host.requests if request.method == "DELETE"] == []


def old_protocol(host: HostPage, answer: Answer) -> Panel:
    panel = Panel(host)
    host.serve("/gms", lambda request: answer, method="POST")
    options = {"dataURL": "/gms", "apikey": "k1", "userData": {"plan": "gold", "firstname": "configured"}}
    panel.load(options=options, attributes="")
    return panel


@pytest.mark.chromium_only("the driver does not tell in Firefox what a request carries")
def test_the_older_protocol_posts_a_form(host: HostPage) -> None:
    answer = {
        "_access_number": "+18005550100",
        "_access_code": "1234",
        "_tel_url": "tel:+18005550100",
        "_expiration_time": "300",
    }
    panel = old_protocol(host, Answer(json.dumps(answer)))
    panel.get_number()
    (request,) = host.requests_to("/gms")
    assert request.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert request.headers["apikey"] == "k1"
    assert parse_qs(request.post_data or "", keep_blank_values=True) == {
        "plan": ["gold"],
        "firstname": ["Ada"],
        "lastname": [""],
        "phonenumber": ["+12025550143"],
        "_call_direction": ["USERORIGINATED"],
        "_wait_for_agent": ["false"],
        "_wait_for_user_confirm": ["false"],
        "_provide_code": ["true"],
        "_customer_number": ["+12025550143"],
    }
    assert panel.last("service:numberReceived")["iExpireTime"] == 300
    assert panel.find(".status").is_hidden()


def test_an_exception_of_the_older_protocol_marks_the_phone_number(host: HostPage) -> None:
    panel = old_protocol(host, Answer(json.dumps({"exception": "java.lang.X", "message": "Wrong number"})))
    panel.open()
    panel.fill()
    panel.submit()
    panel.until(lambda: panel.find(".cx-error").count())
    assert panel.find("#cx_clicktocall_form_phonenumber_note").inner_text() == "Wrong number"
    data = panel.last("service:numberReceived")
    assert (data["error"], data["netfail"], data["errormsg"]) == (True, False, "Wrong number")


def test_a_page_with_an_own_server_gets_no_launcher_by_itself(host: HostPage) -> None:
    panel = old_protocol(host, Answer("{}"))
    assert panel.page.locator("warmcall-launcher").count() == 0
