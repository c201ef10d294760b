import asyncio
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import ask, problem, tell
from warmcall.testing import FakeClock, RunningServer


async def test_a_call_with_the_code_brings_the_context(server: RunningServer, phone: httpx.AsyncClient) -> None:
    issued = await ask(server, fields={"firstname": "Ada"}, userData={"cart": ["chair"]}, page={"url": "https://x/y"})
    answer = await tell(phone, "call-1", digits=issued["accessCode"] + "#")
    assert answer["outcome"] == "matched"
    assert answer["destination"] == "sip:sales@pbx.example.com"
    assert answer["group"] == {"site": "shop", "name": "sales"}
    assert answer["callRequest"]["id"] == issued["id"]
    assert answer["callRequest"]["matchedBy"] == "code"
    assert answer["context"]["fields"] == {"firstname": "Ada"}
    assert answer["context"]["userData"] == {"cart": ["chair"]}
    assert answer["context"]["url"].startswith(f"{server.base_url}/v1/context/")


async def test_a_known_caller_needs_no_code(server: RunningServer, phone: httpx.AsyncClient) -> None:
    issued = await ask(server, fields={"phonenumber": "+442071838750"})
    answer = await tell(phone, "call-1", callerNumber="+442071838750")
    assert answer["outcome"] == "matched"
    assert answer["callRequest"]["id"] == issued["id"]


async def test_an_unknown_caller_is_asked_for_a_code(server: RunningServer, phone: httpx.AsyncClient) -> None:
    await ask(server)
    answer = await tell(phone, "call-1", callerNumber="+442071838750")
    assert (answer["outcome"], answer["codeDigits"], answer["triesLeft"]) == ("code_needed", 6, 3)
    assert answer["destination"] is None


async def test_after_three_wrong_codes_the_call_goes_to_the_fallback(
    server: RunningServer, phone: httpx.AsyncClient
) -> None:
    issued = await ask(server)
    wrong = "135790" if issued["accessCode"] != "135790" else "135791"
    answers = [await tell(phone, "call-1", digits=wrong) for _ in range(3)]
    assert [answer["outcome"] for answer in answers] == ["wrong_code", "wrong_code", "no_match"]
    assert [answer["triesLeft"] for answer in answers] == [2, 1, None]
    assert answers[-1]["destination"] == "sip:desk@pbx.example.com"
    late = await tell(phone, "call-1", digits=issued["accessCode"])
    assert late["outcome"] == "no_match"


async def test_the_same_report_twice_costs_one_try(server: RunningServer, phone: httpx.AsyncClient) -> None:
    body = {"callId": "call-1", "dialledNumber": "+12025550100", "digits": "135790"}
    answers = [(await phone.post("/v1/match", json=body, headers={"Idempotency-Key": "r1"})).json() for _ in range(2)]
    assert [answer["triesLeft"] for answer in answers] == [2, 2]


async def test_of_two_calls_with_one_code_at_once_one_is_matched(
    server: RunningServer, phone: httpx.AsyncClient
) -> None:
    issued = await ask(server)
    answers = await asyncio.gather(*(tell(phone, f"call-{n}", digits=issued["accessCode"]) for n in range(6)))
    assert sorted(answer["outcome"] for answer in answers) == ["matched", *["wrong_code"] * 5]


async def test_the_same_call_reported_again_gets_the_same_answer(
    server: RunningServer, phone: httpx.AsyncClient
) -> None:
    issued = await ask(server)
    first = await tell(phone, "call-1", digits=issued["accessCode"])
    assert await tell(phone, "call-1", digits=issued["accessCode"]) == first
    assert await tell(phone, "call-1") == first


@pytest.mark.parametrize("end", ["expired", "cancelled"])
async def test_a_request_that_is_over_is_not_matched(
    server: RunningServer, phone: httpx.AsyncClient, clock: FakeClock, end: str
) -> None:
    issued = await ask(server)
    if end == "expired":
        clock.advance(seconds=601)
    else:
        token = {"Authorization": f"Bearer {issued['token']}"}
        await server.http.delete(f"/v1/call-requests/{issued['id']}", headers=token)
    assert (await tell(phone, "call-1", digits=issued["accessCode"]))["outcome"] == "wrong_code"


async def test_a_matched_request_cannot_be_cancelled(server: RunningServer, phone: httpx.AsyncClient) -> None:
    issued = await ask(server)
    await tell(phone, "call-1", digits=issued["accessCode"])
    token = {"Authorization": f"Bearer {issued['token']}"}
    response = await server.http.delete(f"/v1/call-requests/{issued['id']}", headers=token)
    assert problem(response, 409, "request_not_waiting")["state"] == "matched"


async def test_a_call_on_an_unknown_number_is_named(phone: httpx.AsyncClient) -> None:
    response = await phone.post("/v1/match", json={"callId": "call-1", "dialledNumber": "+12025550999"})
    assert "+12025550999" in problem(response, 404, "access_number_unknown")["detail"]


async def test_a_dialled_number_that_is_none_is_named(phone: httpx.AsyncClient) -> None:
    response = await phone.post("/v1/match", json={"callId": "call-1", "dialledNumber": "sales"})
    assert problem(response, 422, "number_invalid")["errors"][0]["field"] == "dialledNumber"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"dialledNumber": "+12025550100"}, "callId"),
        ({"callId": "", "dialledNumber": "+12025550100"}, "callId"),
        ({"callId": "1", "dialledNumber": "+12025550100", "digits": 123456}, "digits"),
        ({"callId": "1", "dialledNumber": "+12025550100", "colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_field_of_a_report_is_named(phone: httpx.AsyncClient, body: dict[str, Any], field: str) -> None:
    assert problem(await phone.post("/v1/match", json=body), 422, "invalid_field")["errors"][0]["field"] == field


async def test_the_call_goes_on_to_connected_and_ended(server: RunningServer, phone: httpx.AsyncClient) -> None:
    issued = await ask(server)
    await tell(phone, "call-1", digits=issued["accessCode"])
    for state in ("connected", "ended"):
        response = await phone.post("/v1/call-reports", json={"callId": "call-1", "state": state})
        assert response.json() == {"state": state}
    repeated = await phone.post("/v1/call-reports", json={"callId": "call-1", "state": "connected"})
    assert repeated.json() == {"state": "ended"}


async def test_a_report_of_an_unmatched_call_changes_nothing(server: RunningServer, phone: httpx.AsyncClient) -> None:
    await tell(phone, "call-1")
    response = await phone.post("/v1/call-reports", json={"callId": "call-1", "state": "ended", "reason": "hung up"})
    assert response.json() == {"state": None}


async def test_a_report_of_an_unknown_call_is_named(phone: httpx.AsyncClient) -> None:
    response = await phone.post("/v1/call-reports", json={"callId": "call-9", "state": "ended"})
    problem(response, 404, "call_unknown")


async def test_a_report_knows_two_states(phone: httpx.AsyncClient) -> None:
    response = await phone.post("/v1/call-reports", json={"callId": "call-1", "state": "ringing"})
    assert problem(response, 422, "invalid_field")["errors"][0]["field"] == "state"


async def test_the_context_is_read_with_its_token(server: RunningServer, phone: httpx.AsyncClient) -> None:
    issued = await ask(server, fields={"firstname": "Ada"})
    answer = await tell(phone, "call-1", digits=issued["accessCode"])
    response = await phone.get(f"/v1/context/{answer['context']['token']}")
    assert response.status_code == 200
    assert response.json()["context"] == answer["context"]
    assert response.json()["state"] == "matched"


async def test_a_key_for_reading_reads_the_context_but_matches_nothing(
    server: RunningServer, phone: httpx.AsyncClient
) -> None:
    issued = await ask(server)
    answer = await tell(phone, "call-1", digits=issued["accessCode"])
    key = {"X-API-Key": await server.new_key("read")}
    read = await server.http.get(f"/v1/context/{answer['context']['token']}", headers=key)
    assert read.json()["context"] == answer["context"]
    body = {"callId": "2", "dialledNumber": issued["accessNumber"]}
    found = problem(await server.http.post("/v1/match", json=body, headers=key), 403, "scope_not_sufficient")
    assert found["needs"] == ["telephony"]


async def test_a_context_token_that_was_never_given_out_opens_nothing(phone: httpx.AsyncClient) -> None:
    problem(await phone.get("/v1/context/abc"), 404, "request_unknown")


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer nope"}, {"X-API-Key": "nope"}, {"Authorization": "Basic eA=="}]
)
@pytest.mark.parametrize("call", [("POST", "/v1/match"), ("POST", "/v1/call-reports"), ("GET", "/v1/context/abc")])
async def test_phone_systems_need_a_key(server: RunningServer, headers: dict[str, str], call: tuple[str, str]) -> None:
    response = await server.http.request(*call, headers=headers)
    problem(response, 401, "api_key_required")
    assert response.headers["www-authenticate"].startswith("Bearer")


async def test_a_visitors_token_is_no_api_key(server: RunningServer) -> None:
    issued = await ask(server)
    response = await server.http.post("/v1/match", json={}, headers={"Authorization": f"Bearer {issued['token']}"})
    problem(response, 401, "api_key_required")


async def test_a_key_made_after_a_refusal_works_at_once(server: RunningServer) -> None:
    problem(await server.http.get("/v1/context/abc", headers={"X-API-Key": "early"}), 401, "api_key_required")
    key = {"X-API-Key": await server.new_key("telephony")}
    problem(await server.http.get("/v1/context/abc", headers=key), 404, "request_unknown")
