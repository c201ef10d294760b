"""The older protocols: a page's callback, an application's request, an IVR's match, and call-in requests."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from warmcall.testing import FakeClock, RunningServer, running

ORIGIN = "https://www.example.com"
CONFIG = """
[[site]]
id = "shop"
origins = ["https://www.example.com"]
compat = true
limits = { per_address_per_min = 1000, per_caller_per_hour = 4 }

[[site.group]]
name = "sales"
compat_names = ["sales-callback", "DNIS"]
numbers = ["+12025550100"]
destination = "sip:sales@pbx.example.com"

[[site.group]]
name = "coded"
numbers = ["+12025550120"]
destination = "1001"
match_by = ["code"]

[[site.group]]
name = "closed"
numbers = ["+12025550130"]
destination = "1001"
hours = { timezone = "UTC", weekly = {} }

[[site]]
id = "keyed"
origins = ["https://keyed.example.com"]
compat = true
compat_key = "public-key"

[[site.group]]
name = "support"
numbers = ["+12025550140"]
destination = "1002"

[[site]]
id = "modern"
origins = ["https://www.example.com"]

[[site.group]]
name = "hidden"
numbers = ["+12025550150"]
destination = "1003"
"""
GMS = "/genesys/1/service"
CALL_IN = "/engagement/v3/call-in/requests/create"
CALLER = "+12025550143"
ASKED = {
    "_call_direction": "USERORIGINATED",
    "_wait_for_agent": "false",
    "_wait_for_user_confirm": "false",
    "_provide_code": "true",
    "_customer_number": CALLER,
    "firstname": "Ada",
    "lastname": "",
    "phonenumber": CALLER,
    "plan": "gold",
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[RunningServer]:
    async with running(CONFIG, clock=clock) as server:
        yield server


async def post(server: RunningServer, service: str, form: dict[str, str], **headers: str) -> httpx.Response:
    return await server.http.post(f"{GMS}/{service}", data=form, headers=headers)


async def match(server: RunningServer, key: str | None = None, **form: str) -> httpx.Response:
    key = key or await server.new_key()
    return await post(server, "match-interaction", {f"_{name}": value for name, value in form.items()}, apikey=key)


def exception(response: httpx.Response, name: str) -> str:
    """The message of an error, after a check of its shape."""
    assert response.status_code == 500, response.text
    told = response.json()
    assert told["exception"].endswith(f".{name}"), told
    message: str = told["message"]
    return message


async def test_a_callback_gives_number_code_and_link(server: RunningServer) -> None:
    response = await post(server, "callback/sales-callback", ASKED, Origin=ORIGIN)
    assert response.status_code == 200, response.text
    assert response.headers["access-control-allow-origin"] == ORIGIN
    told = response.json()
    code = told["_access_code"]
    assert (told["_access_number"], told["_expiration_time"], told["_action"]) == ("+12025550100", "600", "DialNumber")
    assert told["_tel_url"] == f"tel:+12025550100,,{code}%23"


async def test_fields_of_the_form_and_data_of_the_page_reach_the_ivr(server: RunningServer) -> None:
    asked = (await post(server, "callback/sales", ASKED)).json()
    matched = await match(
        server, access_number="+12025550100", access_code=asked["_access_code"], return_user_data="true"
    )
    assert matched.status_code == 200, matched.text
    told = matched.json()
    assert told == {
        "firstname": "Ada",
        "lastname": "",
        "phonenumber": CALLER,
        "plan": "gold",
        "_id": asked["_id"],
        "_data_id": told["_data_id"],
    }
    context = await server.http.get(
        f"/v1/context/{told['_data_id']}", headers={"X-API-Key": await server.new_key("read")}
    )
    assert context.json()["context"]["userData"] == {"plan": "gold"}


async def test_a_match_by_caller_needs_no_code_and_happens_once(server: RunningServer) -> None:
    asked = (await post(server, "callback/sales", {**ASKED, "_provide_code": "false"})).json()
    assert "_access_code" not in asked
    assert asked["_tel_url"] == "tel:+12025550100"
    first = await match(server, access_number="+12025550100", phone_number=CALLER)
    assert first.json()["_id"] == asked["_id"]
    exception(await match(server, access_number="+12025550100", phone_number=CALLER), "NoSuchElementException")


async def test_a_repeated_question_about_one_call_gets_the_same_answer(server: RunningServer) -> None:
    await post(server, "callback/sales", ASKED)
    told = [await match(server, access_number="+12025550100", phone_number=CALLER, call_id="c1") for _ in range(2)]
    assert told[0].json() == told[1].json()


async def test_a_code_is_given_though_not_asked_for_where_nothing_else_identifies_the_call(
    server: RunningServer,
) -> None:
    asked = (await post(server, "callback/coded", {**ASKED, "_provide_code": "false"})).json()
    assert len(asked["_access_code"]) == 6


async def test_an_interaction_is_requested_and_its_access_read_again(server: RunningServer) -> None:
    key = await server.new_key()
    asked = (await post(server, "request-interaction", {"_provide_code": "true", "plan": "gold"})).json()
    assert asked["_access_number"] == "+12025550100"
    form = {"_id": asked["_id"], "_provide_code": "true"}
    again = (await post(server, "request-access", form, apikey=key)).json()
    assert {**again, "_id": asked["_id"]} == asked
    exception(await post(server, "request-access", form), "SecurityException")
    exception(await post(server, "request-access", {}, apikey=key), "IllegalArgumentException")
    exception(await post(server, "request-access", {"_id": "x"}, apikey=key), "IllegalArgumentException")
    await match(server, access_number="+12025550100", access_code=asked["_access_code"])
    exception(await post(server, "request-access", form, apikey=key), "IllegalStateException")


async def test_a_service_answers_at_its_own_address_only(server: RunningServer) -> None:
    answer = await server.http.post("/genesys/1/anything/request-access", data={"_id": "x"})
    assert answer.status_code == 404


async def test_a_resource_group_is_found_by_name(server: RunningServer) -> None:
    asked = await post(server, "request-interaction", {"_resource_group": "coded"})
    assert asked.json()["_access_number"] == "+12025550120"
    message = exception(await post(server, "request-interaction", {"_resource_group": "x"}), "IllegalArgumentException")
    assert "'x'" in message


@pytest.mark.parametrize(
    ("service", "form", "name"),
    [
        ("nothing", {}, "IllegalArgumentException"),
        ("hidden", {}, "IllegalArgumentException"),
        ("closed", {}, "IllegalStateException"),
        ("sales", {"_customer_number": "12"}, "IllegalArgumentException"),
        ("sales", {"_call_direction": "USERTERMINATED"}, "UnsupportedOperationException"),
        ("sales", {"_desired_time": "2030-01-01T00:00:00Z"}, "UnsupportedOperationException"),
        ("sales", {"firstname": "x" * 2000}, "IllegalArgumentException"),
        ("support", {}, "SecurityException"),
    ],
)
async def test_what_is_wrong_is_an_exception(
    server: RunningServer, service: str, form: dict[str, str], name: str
) -> None:
    assert exception(await post(server, f"callback/{service}", {**ASKED, **form}), name)


async def test_a_body_that_is_no_form_is_an_exception(server: RunningServer) -> None:
    exception(await server.http.post(f"{GMS}/callback/sales", json={}), "IllegalArgumentException")
    exception(
        await post(server, "callback/sales", {f"f{count}": "" for count in range(300)}), "IllegalArgumentException"
    )


async def test_limits_hold_as_for_the_own_api(server: RunningServer) -> None:
    answers = []
    for _ in range(6):
        answers.append(await post(server, "callback/sales", ASKED))
        await match(server, access_number="+12025550100", phone_number=CALLER)
    assert [answer.status_code for answer in answers] == [200] * 4 + [500] * 2
    assert "Too many call requests" in exception(answers[-1], "IllegalStateException")


async def test_pages_of_other_sites_are_refused(server: RunningServer) -> None:
    foreign = await post(server, "callback/sales", ASKED, Origin="https://evil.example")
    assert "access-control-allow-origin" not in foreign.headers
    assert foreign.status_code == 403
    other = await post(server, "callback/sales", ASKED, Origin="https://keyed.example.com")
    exception(other, "SecurityException")


async def test_a_browser_may_send_the_key(server: RunningServer) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "apikey"}
    origin = {"Origin": "https://keyed.example.com"}
    response = await server.http.options(f"{GMS}/callback/support", headers={**asked, **origin})
    assert response.status_code == 204
    assert "apikey" in response.headers["access-control-allow-headers"]
    granted = await post(server, "callback/support", ASKED, **origin, apikey="public-key")
    assert granted.json()["_access_number"] == "+12025550140"
    exception(await post(server, "callback/support", ASKED, **origin, apikey="wrong"), "SecurityException")


async def test_a_match_needs_the_key_of_a_phone_system(server: RunningServer) -> None:
    exception(await post(server, "match-interaction", {"_access_number": "+12025550100"}), "SecurityException")
    refused = await match(server, await server.new_key("read"), access_number="+12025550100")
    exception(refused, "SecurityException")


async def call_in(server: RunningServer, status: int, headers: dict[str, str] | None = None, **body: Any) -> Any:
    response = await server.http.post(CALL_IN, json=body, headers=headers)
    assert response.status_code == status, response.text
    told = response.json()
    assert told["status"]["corrId"] == response.headers["x-request-id"]
    return told


async def test_a_call_in_request_gives_a_number(server: RunningServer, clock: FakeClock) -> None:
    service = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
    told = await call_in(
        server,
        200,
        groupName="sales",
        fromPhoneNumber=CALLER,
        userData={"plan": "gold", "not a name": 1},
        callbackServiceId=service,
    )
    assert told["status"] == {"code": 0, "message": "Successful", "corrId": told["status"]["corrId"]}
    data = told["data"]
    assert data == {
        "id": data["id"],
        "groupName": "sales",
        "toPhoneNumber": "+12025550100",
        "accessCode": data["accessCode"],
        "expirationTime": clock.now_ms() // 1000 + 600,
        "fromPhoneNumber": CALLER,
        "callbackServiceId": service,
    }
    matched = await match(server, access_number="+12025550100", phone_number=CALLER, return_user_data="true")
    assert matched.json()["plan"] == "gold"
    assert "not a name" not in matched.json()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, 501),
        ({"groupName": 3}, 400, 501),
        ({"groupName": "nothing"}, 400, 7040),
        ({"groupName": "sales", "phoneNumber": "12"}, 400, 7030),
        ({"groupName": "closed"}, 400, 7042),
        ({"groupName": "support"}, 401, 1103),
    ],
)
async def test_a_call_in_request_that_is_refused_has_a_status_only(
    server: RunningServer, body: dict[str, Any], status: int, code: int
) -> None:
    told = await call_in(server, status, **body)
    assert list(told) == ["status"]
    assert told["status"]["code"] == code


async def test_a_call_in_request_may_carry_the_sites_key(server: RunningServer) -> None:
    told = await call_in(server, 200, {"x-api-key": "public-key"}, groupName="support")
    assert told["data"]["toPhoneNumber"] == "+12025550140"


@pytest.mark.parametrize("path", [f"{GMS}/callback/sales", f"{GMS}/match-interaction", CALL_IN])
async def test_nothing_is_there_unless_a_site_says_so(path: str) -> None:
    async with running(CONFIG.replace("compat = true\n", "")) as server:
        response = await server.http.post(path, data=ASKED)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
