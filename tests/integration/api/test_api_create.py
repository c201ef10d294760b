import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.api.conftest import ORIGIN, ask, problem
from warmcall.testing import FakeClock, RunningServer

CREATE = "/v1/sites/shop/call-requests"
JSON = {"Content-Type": "application/json"}


async def test_a_visitor_gets_number_code_token_and_expiry(server: RunningServer) -> None:
    fields = {"firstname": "Ada", "phonenumber": "+442071838750", "newsletter": True, "age": 36}
    page = {"url": "https://www.example.com/chairs", "title": "Chairs", "language": "en"}
    issued = await ask(server, fields=fields, userData={"cart": ["chair"]}, page=page)
    assert issued["accessNumber"] == "+12025550100"
    assert len(issued["accessCode"]) == 6
    assert issued["telUrl"] == f"tel:+12025550100,,{issued['accessCode']}%23"
    assert issued["expiresAt"] == "2026-11-23T12:10:00.000Z"
    assert issued["expiresInS"] == 600
    assert issued["token"]


async def test_the_visitor_reads_the_state_with_the_token(server: RunningServer) -> None:
    issued = await ask(server)
    response = await server.http.get(
        f"/v1/call-requests/{issued['id']}", headers={"Authorization": f"Bearer {issued['token']}"}
    )
    assert response.status_code == 200
    assert response.json()["state"] == "waiting"
    assert response.json()["accessNumber"] == issued["accessNumber"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b'{"group":"sales"} more',
        b'{"group":"\xff"}',
        b'{"group":"sales","userData":{"a":NaN}}',
        b"\xef\xbb\xbf{}",
    ],
)
async def test_a_body_that_is_no_json_is_malformed(server: RunningServer, body: bytes) -> None:
    problem(await server.http.post(CREATE, content=body, headers=JSON), 400, "malformed_json")


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ("[]", "body", "expected an object."),
        ("{}", "group", "is missing."),
        ('{"group":1}', "group", "expected a string."),
        ('{"group":"sales","colour":"red"}', "colour", "is not known here; check its spelling or leave it out."),
        ('{"group":"sales","site":"other"}', "site", "is not known here; check its spelling or leave it out."),
        ('{"group":"sales","page":{"uri":"x"}}', "page.uri", "is not known here; check its spelling or leave it out."),
        ('{"group":"sales","fields":[]}', "fields", "expected an object."),
        ('{"group":"sales","fields":null}', "fields", "expected an object."),
        ('{"group":"sales","fields":{"a":[1]}}', "fields[...]", "expected true or false, a number, a string or null."),
        ('{"group":"sales","userData":[1]}', "userData", "expected an object."),
        ('{"group":"sales","userData":"x"}', "userData", "expected an object."),
    ],
)
async def test_a_wrong_field_is_named(server: RunningServer, body: str, field: str, message: str) -> None:
    found = problem(await server.http.post(CREATE, content=body, headers=JSON), 422, "invalid_field")
    assert found["errors"] == [{"field": field, "message": message}]
    assert found["detail"] == f"{field}: {message}"


async def test_a_field_that_is_too_long_is_refused(server: RunningServer) -> None:
    response = await server.http.post(CREATE, json={"group": "sales", "fields": {"firstname": "x" * 1001}})
    problem(response, 422, "invalid_field")


@pytest.mark.parametrize("levels", [33, 900, 16_000])
async def test_deep_nesting_is_refused(server: RunningServer, levels: int) -> None:
    body = '{"group":"sales","userData":{"a":' + "[" * levels + "]" * levels + "}}"
    found = problem(await server.http.post(CREATE, content=body, headers=JSON), 422, "invalid_field")
    assert "nested" in found["detail"]


async def test_brackets_in_texts_are_no_nesting(server: RunningServer) -> None:
    await ask(server, userData={"note": "[" * 200 + '"{\\' * 50, "list": [[[1]]] * 30})


async def test_of_a_repeated_key_the_last_counts(server: RunningServer) -> None:
    response = await server.http.post(CREATE, content='{"group":"none","group":"sales"}', headers=JSON)
    assert response.status_code == 201


@pytest.mark.parametrize("size", [32 * 1024 + 1, 100_000, 2_000_000])
async def test_a_body_above_the_bound_is_refused(server: RunningServer, size: int) -> None:
    # The server hangs up on a sender that goes on and on, which that sender may notice before it reads the answer.
    try:
        response = await server.http.post(CREATE, content=b" " * size, headers=JSON)
    except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
        assert size > 256 * 1024
    else:
        assert problem(response, 413, "body_too_large")["limitBytes"] == 32 * 1024
    assert (await server.http.get("/healthz")).status_code == 200


async def test_a_body_without_a_length_is_read(server: RunningServer) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for part in (b'{"gro', b'up":"sal', b'es"}'):
            yield part

    response = await server.http.post(CREATE, content=chunks(), headers=JSON)
    assert response.request.headers["transfer-encoding"] == "chunked"
    assert response.status_code == 201


async def test_a_body_without_a_length_is_bounded(server: RunningServer) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 1024

    problem(await server.http.post(CREATE, content=chunks(), headers=JSON), 413, "body_too_large")


@pytest.mark.parametrize("kind", ["text/plain", "", "application/json; charset=latin-1", "application/jsonp"])
async def test_a_body_of_another_kind_is_refused(server: RunningServer, kind: str) -> None:
    response = await server.http.post(CREATE, content=b'{"group":"sales"}', headers={"Content-Type": kind})
    problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
async def test_json_in_utf8_may_say_so(server: RunningServer, kind: str) -> None:
    response = await server.http.post(CREATE, content=b'{"group":"sales"}', headers={"Content-Type": kind})
    assert response.status_code == 201


@pytest.mark.parametrize("number", ["12", "not a number", "+99912", "", "+1202555010012345678901"])
async def test_what_is_no_phone_number_is_refused(server: RunningServer, number: str) -> None:
    response = await server.http.post(CREATE, json={"group": "sales", "fields": {"phonenumber": number}})
    found = problem(response, 422, "number_invalid")
    assert found["errors"][0]["field"] == "fields.phonenumber"
    assert found["fallbackNumber"] == "+12025550199"


async def test_a_number_of_another_country_is_refused(server: RunningServer) -> None:
    response = await server.http.post(CREATE, json={"group": "american", "fields": {"phonenumber": "+442071838750"}})
    assert problem(response, 422, "number_not_allowed")["countries"] == ["US"]


async def test_large_user_data_is_refused(server: RunningServer) -> None:
    response = await server.http.post(CREATE, json={"group": "sales", "userData": {"a": "x" * 17_000}})
    found = problem(response, 422, "user_data_too_large")
    assert found["errors"][0]["field"] == "userData"
    assert found["fallbackNumber"] == "+12025550199"


async def test_an_unknown_site_is_named(server: RunningServer) -> None:
    found = problem(
        await server.http.post("/v1/sites/nope/call-requests", json={"group": "sales"}), 404, "site_unknown"
    )
    assert "'nope'" in found["detail"]


async def test_an_unknown_group_is_named(server: RunningServer) -> None:
    found = problem(await server.http.post(CREATE, json={"group": "nope"}), 404, "group_unknown")
    assert "'nope'" in found["detail"]
    assert "fallbackNumber" not in found


async def test_outside_hours_the_next_opening_is_told(server: RunningServer, clock: FakeClock) -> None:
    clock.advance(seconds=8 * 3600)
    found = problem(await server.http.post(CREATE, json={"group": "weekdays"}), 409, "outside_hours")
    assert found["nextOpening"].startswith("2026-11-24T09:00:00")
    assert found["fallbackNumber"] == "+12025550199"


async def test_at_capacity_the_next_request_is_refused(server: RunningServer) -> None:
    await ask(server, "few")
    found = problem(await server.http.post(CREATE, json={"group": "few"}), 409, "capacity_reached")
    assert found["retryable"] is True


async def test_without_a_free_number_the_request_is_refused(server: RunningServer) -> None:
    await ask(server, "one")
    found = problem(await server.http.post(CREATE, json={"group": "one"}), 409, "no_access_number")
    assert found["fallbackNumber"] == "+12025550199"


async def test_too_many_requests_from_one_address_have_to_wait(server: RunningServer) -> None:
    address = "/v1/sites/busy/call-requests"
    for _ in range(2):
        assert (await server.http.post(address, json={"group": "sales"})).status_code == 201
    response = await server.http.post(address, json={"group": "sales"})
    found = problem(response, 429, "too_many_requests")
    assert response.headers["retry-after"] == str(found["retryAfterS"])


async def test_too_many_requests_of_one_caller_have_to_wait(server: RunningServer) -> None:
    body = {"group": "sales", "fields": {"phonenumber": "+442071838750"}}
    assert (await server.http.post("/v1/sites/busy/call-requests", json=body)).status_code == 201
    problem(await server.http.post("/v1/sites/busy/call-requests", json=body), 429, "too_many_requests")


async def test_the_same_idempotency_key_gets_the_same_request(server: RunningServer) -> None:
    key = {"Idempotency-Key": "b7f1"}
    first = await server.http.post(CREATE, json={"group": "sales"}, headers=key)
    second = await server.http.post(CREATE, json={"group": "sales"}, headers=key)
    other = await server.http.post(CREATE, json={"group": "sales"}, headers={"Idempotency-Key": "c8e2"})
    assert second.status_code == 201
    assert first.json() == second.json()
    assert other.json()["id"] != first.json()["id"]


async def test_the_same_idempotency_key_at_once_gets_one_request(server: RunningServer) -> None:
    key = {"Idempotency-Key": "b7f1"}
    answers = await asyncio.gather(*(server.http.post(CREATE, json={"group": "sales"}, headers=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize("group", ["one", "few"])
async def test_the_same_idempotency_key_at_once_gets_the_only_place_left(server: RunningServer, group: str) -> None:
    key = {"Idempotency-Key": "d9f3"}
    body = {"group": group, "fields": {"phonenumber": "+12025550177"}}
    answers = await asyncio.gather(*(server.http.post(CREATE, json=body, headers=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_many_at_once_get_different_codes(server: RunningServer) -> None:
    issued = await asyncio.gather(*(ask(server) for _ in range(60)))
    assert len({one["accessCode"] for one in issued}) == 60


async def test_a_page_of_the_site_may_ask(server: RunningServer) -> None:
    response = await server.http.post(CREATE, json={"group": "sales"}, headers={"Origin": ORIGIN})
    assert response.status_code == 201
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert response.headers["vary"] == "origin"


async def test_a_page_of_the_server_itself_may_ask(server: RunningServer) -> None:
    response = await server.http.post(CREATE, json={"group": "sales"}, headers={"Origin": server.base_url})
    assert response.status_code == 201


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://other.example.com", "null", "http://www.example.com"]
)
async def test_a_foreign_page_may_not_ask(server: RunningServer, origin: str) -> None:
    response = await server.http.post(CREATE, json={"group": "sales"}, headers={"Origin": origin})
    problem(response, 403, "origin_not_allowed")
    assert "access-control-allow-origin" not in response.headers


async def test_a_page_of_the_site_can_read_why_it_was_refused(server: RunningServer) -> None:
    response = await server.http.post(CREATE, json={"group": "nope"}, headers={"Origin": ORIGIN})
    problem(response, 404, "group_unknown")
    assert response.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize(
    "path", [CREATE, "/v1/call-requests/1", "/v1/call-requests/1/events", "/v1/sites/shop/groups/sales"]
)
async def test_a_preflight_of_the_site_is_granted(server: RunningServer, path: str) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    response = await server.http.options(path, headers=headers)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert response.headers["access-control-max-age"] == "7200"
    allowed = response.headers["access-control-allow-headers"].split(", ")
    assert {"content-type", "idempotency-key", "authorization", "last-event-id"} <= set(allowed)
    assert "DELETE" in response.headers["access-control-allow-methods"]


async def test_a_preflight_of_a_foreign_page_is_refused(server: RunningServer) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    problem(await server.http.options(CREATE, headers=headers), 403, "origin_not_allowed")


async def test_a_waiting_request_can_be_cancelled_twice(server: RunningServer) -> None:
    issued = await ask(server)
    token = {"Authorization": f"Bearer {issued['token']}"}
    for _ in range(2):
        response = await server.http.delete(f"/v1/call-requests/{issued['id']}", headers=token)
        assert response.status_code == 204
        assert response.content == b""
    state = await server.http.get(f"/v1/call-requests/{issued['id']}", headers=token)
    assert state.json()["state"] == "cancelled"


async def test_an_expired_request_cannot_be_cancelled(server: RunningServer, clock: FakeClock) -> None:
    issued = await ask(server)
    clock.advance(seconds=601)
    response = await server.http.delete(
        f"/v1/call-requests/{issued['id']}", headers={"Authorization": f"Bearer {issued['token']}"}
    )
    assert problem(response, 409, "request_not_waiting")["state"] == "expired"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_request_needs_its_token(server: RunningServer, method: str) -> None:
    issued = await ask(server)
    response = await server.http.request(method, f"/v1/call-requests/{issued['id']}")
    problem(response, 401, "visitor_token_required")
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_wrong_token_and_an_unknown_id_get_the_same_answer(server: RunningServer, method: str) -> None:
    issued, other = await ask(server), await ask(server)
    token = {"Authorization": f"Bearer {other['token']}"}
    wrong = await server.http.request(method, f"/v1/call-requests/{issued['id']}", headers=token)
    unknown = await server.http.request(method, "/v1/call-requests/00000000-0000-7000-8000-000000000000", headers=token)
    senseless = await server.http.request(method, "/v1/call-requests/abc", headers=token)
    details = {problem(answer, 404, "request_unknown")["detail"] for answer in (wrong, unknown, senseless)}
    assert len(details) == 1


async def test_a_panel_reads_the_group(server: RunningServer, clock: FakeClock) -> None:
    response = await server.http.get("/v1/sites/shop/groups/weekdays", headers={"Origin": ORIGIN})
    assert response.status_code == 200
    assert response.json()["open"] is True
    assert response.json()["fallbackNumber"] == "+12025550199"
    assert response.headers["access-control-allow-origin"] == ORIGIN
    clock.advance(seconds=8 * 3600)
    assert (await server.http.get("/v1/sites/shop/groups/weekdays")).json()["open"] is False


async def test_an_unknown_group_cannot_be_read(server: RunningServer) -> None:
    problem(await server.http.get("/v1/sites/shop/groups/nope"), 404, "group_unknown")
