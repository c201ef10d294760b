import json
import logging
from io import StringIO
from pathlib import Path

import httpx

from tests.integration.api.conftest import CONFIG, ask, following, tell
from warmcall.testing import RunningServer, running


async def test_logs_carry_ids_but_no_names_numbers_or_tokens(tmp_path: Path, written: StringIO) -> None:
    async with running(CONFIG, data_dir=tmp_path / "data") as server:
        key = await server.new_key()
        async with httpx.AsyncClient(base_url=server.base_url, headers={"X-API-Key": key}) as phone:
            issued = await ask(
                server, fields={"firstname": "Ada", "phonenumber": "+442071838750"}, userData={"card": "4111"}
            )
            async with following(server, issued) as events:
                await events.next()
                answer = await tell(phone, "call-1", callerNumber="+442071838750")
            await phone.get(f"/v1/context/{answer['context']['token']}")
            await phone.post("/v1/match", json={"callId": "2", "dialledNumber": "+12025550999"})
            await ask_badly(server)
            admin = {"X-API-Key": await server.new_key("admin")}
            for method in ("GET", "DELETE"):
                await server.http.request(method, "/v1/admin/people/+442071838750", headers=admin)
    text = written.getvalue()
    assert "createCallRequest" in text or "call-requests" in text
    for secret in (
        "Ada", "442071838750", "4111", "12025550999", "not-a-number", key, issued["token"], issued["accessCode"],
        answer["context"]["token"],
    ):  # fmt: skip
        assert secret not in text


async def ask_badly(server: RunningServer) -> None:
    body = {"group": "sales", "fields": {"phonenumber": "not-a-number"}}
    assert (await server.http.post("/v1/sites/shop/call-requests", json=body)).status_code == 422


async def test_each_line_is_an_object_with_the_request_it_is_about(tmp_path: Path, written: StringIO) -> None:
    async with running(CONFIG, data_dir=tmp_path / "data") as server:
        response = await server.http.get("/nope")
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    about = [line for line in lines if line.get("request") == response.headers["x-request-id"]]
    assert [(line["event"], line["status"]) for line in about] == [("not_found", 404), ("answered", 404)]
    assert all({"timestamp", "level", "logger"} <= line.keys() for line in lines)


def test_nothing_that_a_line_carries_takes_the_place_of_what_it_says(written: StringIO) -> None:
    logging.getLogger("extension").warning("gone on without it", extra={"event": "matched"})
    (line,) = map(json.loads, written.getvalue().splitlines())
    assert (line["event"], line["extra_event"]) == ("gone on without it", "matched")
