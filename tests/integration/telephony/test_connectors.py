import hmac
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.telephony.conftest import CONFIG, PBX, ask
from tests.integration.telephony.pbx.connector import Pbx
from warmcall.errors import WarmcallError
from warmcall.telephony.refusals import Refusal
from warmcall.testing import RunningServer, running

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def signature(url: str, body: bytes) -> dict[str, str]:
    return {**FORM, "X-Signature": hmac.new(b"geheim", b"geheim" + url.encode() + body, "sha256").hexdigest()}


async def post(server: RunningServer, url: str, body: bytes, signed: bytes | None = None) -> httpx.Response:
    headers = signature(url, body if signed is None else signed)
    return await server.http.post(url, content=body, headers=headers)


async def test_an_owners_connector_holds_a_conversation_over_webhooks(server: RunningServer) -> None:
    issued = await ask(server)
    first = await post(server, f"{server.base_url}/telephony/pbx/voice", b"id=1&to=12025550100&from=anonymous")
    address = first.text.rpartition("GATHER ")[2]
    second = await post(server, address, f"id=1&to=12025550100&digits={issued['accessCode']}".encode())

    assert first.status_code == 200
    assert address.startswith(f"{server.base_url}/telephony/pbx/digits?state=")
    assert second.text.endswith("DIAL sip:sales@pbx.example.com")
    assert (second.headers["x-pbx"], second.headers["cache-control"]) == ("1", "no-store")
    assert second.headers["content-type"] == "text/plain; charset=utf-8"


async def test_two_phone_systems_that_use_one_call_id_do_not_get_each_others_answers() -> None:
    config = f'{CONFIG}\n[telephony.branch]\nkind = "{PBX}"\nsecret = "geheim"\n'
    async with running(config) as server:
        matched: list[Any] = []
        server.bus.subscribe(
            "CallRequests.matched", lambda event: matched.append((event.data["id"], event.data["callId"]))
        )
        waiting = [await ask(server), await ask(server)]
        for issued, name in zip(waiting, ("pbx", "branch"), strict=True):
            url = f"{server.base_url}/telephony/{name}"
            first = await post(server, f"{url}/voice", b"id=1&to=12025550100&from=anonymous")
            digits = f"id=1&to=12025550100&digits={issued['accessCode']}".encode()
            await post(server, first.text.rpartition("GATHER ")[2], digits)

    assert matched == [(waiting[0]["id"], "pbx:1"), (waiting[1]["id"], "branch:1")]


async def test_signatures_are_made_over_every_byte_and_the_public_address(server: RunningServer) -> None:
    url = f"{server.base_url}/telephony/pbx/digits?a=%2F&b=+&a="
    body = b"id=1&to=12025550100&x=%e2%82%ac&x=+"

    assert (await post(server, url, body)).status_code == 200
    assert (await post(server, url, body, body + b" ")).status_code == 403
    assert (
        await server.http.post(url, content=body, headers=signature(url.replace("a=", "a=1"), body))
    ).status_code == 403
    assert (await server.http.post(url, content=body, headers=FORM)).status_code == 403
    assert server.warmcall.connectors.refusals.counts == {("pbx", Refusal.SIGNATURE): 3}


async def test_behind_a_proxy_the_address_is_the_public_one() -> None:
    config = f'[server]\npublic_url = "https://call.example.com/wc"\n{CONFIG}'
    body = b"id=1&to=12025550188"
    async with running(config) as server:
        headers = signature("https://call.example.com/wc/telephony/pbx/voice", body)
        answer = await server.http.post("/telephony/pbx/voice", content=body, headers=headers)

    assert (answer.status_code, answer.text.endswith("HANGUP")) == (200, True)


async def test_only_the_methods_of_an_endpoint_are_answered(server: RunningServer) -> None:
    refused = await server.http.get("/telephony/pbx/voice")

    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    assert refused.headers["allow"] == "POST"
    assert (await server.http.get("/telephony/pbx/digits")).status_code == 403
    assert (await server.http.post("/telephony/pbx/nothing")).status_code == 404
    assert (await server.http.post("/telephony/nobody/voice")).status_code == 404


async def test_a_body_above_the_bound_is_not_read(server: RunningServer) -> None:
    answer = await post(server, f"{server.base_url}/telephony/pbx/voice", b"a" * 40_000)

    assert answer.json()["code"] == "body_too_large"


async def test_connectors_start_with_the_server_and_stop_before_it() -> None:
    async with running(CONFIG) as server:
        pbx = server.warmcall.connectors.connector("pbx")
        assert isinstance(pbx, Pbx)
        assert pbx.running == ["started"]
    assert pbx.running == ["started", "stopped"]


async def test_a_connector_that_does_not_start_stops_the_server_from_starting() -> None:
    config = CONFIG.replace('secret = "geheim"', 'secret = "geheim"\nbreaks = true')

    with pytest.raises(WarmcallError, match=r"telephony.pbx does not start: address already in use") as caught:
        async with running(config):
            pass
    assert caught.value.code == "connector_start_failed"


async def test_an_owners_recordings_are_fetched_where_the_route_api_says(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "ask_code.wav").write_bytes(b"RIFF....WAVE")
    async with running(f'[prompts]\nfolder = "{tmp_path}"\n{CONFIG}') as server:
        await ask(server)
        headers = {"X-API-Key": await server.new_key()}
        call = {"callId": "call-1", "dialledNumber": "+12025550100"}
        said = (await server.http.post("/v1/route", json=call, headers=headers)).json()["say"]
        heard = await server.http.get(said["audioUrl"])

    assert said["audioUrl"] == f"{server.base_url}/telephony/prompts/en-ask_code.wav"
    assert (heard.content, heard.headers["content-type"]) == (b"RIFF....WAVE", "audio/wav")
    assert heard.headers["cache-control"] == "public, max-age=300"
