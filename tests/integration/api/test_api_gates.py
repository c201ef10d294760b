"""Consent and challenges: what a visitor must do besides filling in the form."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.integration.api.conftest import problem
from tests.integration.webhooks import receiver as behaviours
from tests.integration.webhooks.receiver import Behaviour, Receiver, receiving
from warmcall import Bus
from warmcall.calls.errors import ChallengeFailedError
from warmcall.challenge import siteverify
from warmcall.testing import FakeClock, RunningServer, running

CONFIG = """
[[site]]
id = "shop"
challenge = { kind = "pow", max_number = 2000, lifetime_s = 60 }

[[site.group]]
name = "sales"
numbers = ["+12025550100"]
destination = "sip:sales@pbx.example.com"

[[site.group]]
name = "other"
numbers = ["+12025550101"]
destination = "sip:sales@pbx.example.com"

[[site.group]]
name = "open"
numbers = ["+12025550102"]
destination = "sip:sales@pbx.example.com"
challenge = false

[[site.group]]
name = "agreeing"
numbers = ["+12025550103"]
destination = "sip:sales@pbx.example.com"
challenge = false
consent = { version = "2026-11", text = "You may call me back.", url = "https://www.example.com/privacy" }

[[site.group]]
name = "asking"
numbers = ["+12025550104"]
destination = "sip:sales@pbx.example.com"
challenge = false
consent = { version = "2", text = "You may write to me.", required = false }

[[site.group]]
name = "provider"
numbers = ["+12025550105"]
destination = "sip:sales@pbx.example.com"
challenge = { kind = "captcha", site_key = "page", secret = "env:CAPTCHA_SECRET", verify_url = "VERIFY" }
"""


class Provider:
    """Answers the siteverify protocol: the token `good` is."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.url = receiver.url
        self.behave(self.judge)

    def behave(self, behaviour: Behaviour) -> None:
        self.receiver.behaviour = behaviour

    @property
    def asked(self) -> list[dict[str, str]]:
        """The forms that came."""
        return [dict(parse_qsl(received.body.decode())) for received in self.receiver.received]

    async def judge(self, writer: asyncio.StreamWriter) -> None:
        good = (self.asked[-1]["secret"], self.asked[-1]["response"]) == ("of the server", "good")
        answer: dict[str, Any] = {"success": True} if good else {"success": False, "error-codes": ["bad"]}
        await saying(json.dumps(answer).encode())(writer)


def saying(content: bytes) -> Behaviour:
    """Answer 200 with a body."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(head.encode() + content)

    return behave


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with receiving() as receiver:
        yield Provider(receiver)


@pytest.fixture
async def server(
    tmp_path: Path, clock: FakeClock, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RunningServer]:
    monkeypatch.setenv("CAPTCHA_SECRET", "of the server")
    config = CONFIG.replace("VERIFY", provider.url)
    async with running(config, data_dir=tmp_path / "data", clock=clock) as server:
        yield server


async def ask(server: RunningServer, group: str, key: str | None = None, **more: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"group": group, **more}
    return await server.http.post("/v1/sites/shop/call-requests", json=body, headers=headers)


async def challenge_of(server: RunningServer, group: str = "sales") -> dict[str, Any]:
    challenge: dict[str, Any] = (await server.http.get(f"/v1/sites/shop/groups/{group}/challenge")).json()
    return challenge


def solve(challenge: dict[str, Any], **changes: Any) -> str:
    number = next(
        n
        for n in range(challenge["maxnumber"] + 1)
        if sha256(f"{challenge['salt']}{n}".encode()).hexdigest() == challenge["challenge"]
    )
    members = {name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(json.dumps({**members, "number": number, **changes}).encode()).decode()


async def test_a_group_with_a_challenge_says_so(server: RunningServer) -> None:
    assert (await server.http.get("/v1/sites/shop/groups/sales")).json()["challenge"] == "pow"
    assert (await server.http.get("/v1/sites/shop/groups/open")).json()["challenge"] is None
    assert (await challenge_of(server, "open")) == {"kind": "none"}
    assert (await challenge_of(server, "provider")) == {"kind": "captcha", "siteKey": "page"}


async def test_without_a_solution_there_is_no_number_but_something_to_solve(server: RunningServer) -> None:
    refused = problem(await ask(server, "sales"), 428, "challenge_required")
    assert refused["challenge"]["kind"] == "pow"
    assert (await ask(server, "sales", challenge=solve(refused["challenge"]))).status_code == 201
    assert (await ask(server, "open")).status_code == 201


async def test_a_solution_is_good_for_one_request(server: RunningServer) -> None:
    solution = solve(await challenge_of(server))
    assert (await ask(server, "sales", challenge=solution)).status_code == 201
    refused = problem(await ask(server, "sales", challenge=solution), 428, "challenge_failed")
    assert "used before" in refused["detail"]
    assert (await ask(server, "sales", challenge=solve(refused["challenge"]))).status_code == 201


async def test_the_same_request_again_gets_the_same_answer(server: RunningServer) -> None:
    solution = solve(await challenge_of(server))
    first = await ask(server, "sales", key="key", challenge=solution)
    assert (await ask(server, "sales", key="key", challenge=solution)).json()["id"] == first.json()["id"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"number": 2001}, "wrong"),
        ({"signature": "0" * 64}, "wrong"),
        ({"salt": "00?expires=9999999999&group=shop%2Fsales&"}, "wrong"),
        ({"algorithm": "SHA-1"}, "algorithm"),
        ({"number": "1"}, "ALTCHA"),
    ],
)
async def test_a_forged_solution_is_refused(server: RunningServer, changes: dict[str, Any], why: str) -> None:
    solution = solve(await challenge_of(server), **changes)
    assert why in problem(await ask(server, "sales", challenge=solution), 428, "challenge_failed")["detail"]


@pytest.mark.parametrize("solution", ["x", "e30=", "!", "W10=", "eyJhIjox"])
async def test_rubbish_is_no_solution(server: RunningServer, solution: str) -> None:
    problem(await ask(server, "sales", challenge=solution), 428, "challenge_failed")


async def test_a_solution_expires(server: RunningServer, clock: FakeClock) -> None:
    solution = solve(await challenge_of(server))
    clock.advance(seconds=60)
    assert "expired" in problem(await ask(server, "sales", challenge=solution), 428, "challenge_failed")["detail"]


async def test_a_solution_is_for_one_group(server: RunningServer) -> None:
    solution = solve(await challenge_of(server, "other"))
    assert "another group" in problem(await ask(server, "sales", challenge=solution), 428, "challenge_failed")["detail"]


async def test_a_provider_is_asked_about_its_token(server: RunningServer, provider: Provider) -> None:
    problem(await ask(server, "provider"), 428, "challenge_required")
    assert not provider.asked
    assert (await ask(server, "provider", challenge="good")).status_code == 201
    assert provider.asked == [{"secret": "of the server", "response": "good", "remoteip": "127.0.0.1"}]
    problem(await ask(server, "provider", challenge="bad"), 428, "challenge_failed")


@pytest.mark.parametrize(
    "behaviour",
    [
        behaviours.status(500),
        behaviours.status(302, "Location: https://elsewhere.example.com/"),
        behaviours.rubbish,
        behaviours.hang_up,
        behaviours.silence,
        behaviours.trickle,
        behaviours.endless,
        saying(b"rubbish"),
        saying(b"[]"),
        saying(b"{}"),
        saying(b'{"success": "true"}'),
        saying(b"[" * 50_000),
    ],
    ids=[
        "error",
        "elsewhere",
        "no http",
        "hang up",
        "silence",
        "trickle",
        "endless",
        "no json",
        "a list",
        "nothing",
        "a text",
        "nested",
    ],
)
async def test_a_provider_that_is_down_slow_or_answers_rubbish_lets_nobody_through_and_holds_nobody_long(
    server: RunningServer, provider: Provider, behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siteverify, "_WAIT_S", 0.3)
    provider.behave(behaviour)
    refused = problem(await ask(server, "provider", challenge="good"), 503, "challenge_unavailable")
    assert refused["retryable"] is True
    provider.behave(provider.judge)
    assert (await ask(server, "provider", challenge="good")).status_code == 201


async def test_a_provider_that_cannot_be_reached_lets_nobody_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CAPTCHA_SECRET", "of the server")
    async with receiving() as gone:
        pass
    async with running(CONFIG.replace("VERIFY", gone.url)) as without:
        problem(await ask(without, "provider", challenge="good"), 503, "challenge_unavailable")


async def test_the_secret_for_a_provider_may_be_replaced_while_the_server_runs_and_is_never_told(
    provider: Provider, tmp_path: Path
) -> None:
    file = tmp_path / "captcha"
    file.write_text("of yesterday\n")
    config = CONFIG.replace("VERIFY", provider.url).replace("env:CAPTCHA_SECRET", f"file:{file}")
    async with running(config) as server:
        problem(await ask(server, "provider", challenge="good"), 428, "challenge_failed")
        file.write_text("of the server\n")
        assert (await ask(server, "provider", challenge="good")).status_code == 201
        file.unlink()
        problem(await ask(server, "provider", challenge="good"), 503, "challenge_unavailable")
        headers = {"X-API-Key": await server.new_key("admin")}
        shown = await server.http.get("/v1/admin/config", headers=headers)
        assert f"file:{file}" in shown.text
        written = shown.json()["configuration"]
        *_, group = written["site"][0]["group"]
        group["challenge"]["secret"] = "of the server"
        applied = await server.http.put("/v1/admin/config", json={"configuration": written}, headers=headers)
        assert applied.json()["changes"][0]["after"].startswith("kept:")
        assert (await ask(server, "provider", challenge="good")).status_code == 201
        shown = await server.http.get("/v1/admin/config", headers=headers)
        acts = await server.http.get("/v1/admin/audit", headers=headers)
        assert "of the server" not in applied.text + shown.text + acts.text


async def test_an_extension_may_look_at_solutions_in_its_own_way(tmp_path: Path) -> None:
    def strict(bus: Bus) -> None:
        def look(options: dict[str, Any]) -> None:
            if options["solution"] == "stolen":
                raise ChallengeFailedError("The token was stolen.")

        bus.plugin("Strict").before("Challenge.verify", look)

    async with running(
        CONFIG.replace("VERIFY", "https://x.example").replace("env:CAPTCHA_SECRET", "x"), extensions=[strict]
    ) as server:
        refused = problem(await ask(server, "provider", challenge="stolen"), 428, "challenge_failed")
        assert "stolen" in refused["detail"]


async def test_consent_is_kept_with_the_version_of_its_text_and_its_time(server: RunningServer) -> None:
    group = (await server.http.get("/v1/sites/shop/groups/agreeing")).json()
    issued = (await ask(server, "agreeing", consent=group["consent"]["version"])).json()
    request = await server.store.find(issued["id"])
    assert request is not None
    assert request.consent is not None
    assert (request.consent.version, request.consent.at_ms) == ("2026-11", request.created_at_ms)


@pytest.mark.parametrize("sent", [{}, {"consent": "2025-01"}])
async def test_without_consent_to_this_text_nothing_is_kept(server: RunningServer, sent: dict[str, str]) -> None:
    refused = problem(await ask(server, "agreeing", **sent), 428, "consent_required")
    assert refused["consent"] == {
        "version": "2026-11",
        "text": "You may call me back.",
        "url": "https://www.example.com/privacy",
    }
    assert await server.store.events_after(0, 10) == []


async def test_consent_that_is_not_required_is_kept_if_it_was_given(server: RunningServer) -> None:
    kept = []
    for sent in ({}, {"consent": "1"}, {"consent": "2"}):
        request = await server.store.find((await ask(server, "asking", **sent)).json()["id"])
        assert request is not None
        kept.append(request.consent and request.consent.version)
    assert kept == [None, None, "2"]


async def test_an_exported_person_sees_what_they_agreed_to(server: RunningServer) -> None:
    await ask(server, "agreeing", fields={"phonenumber": "+12025550123"}, consent="2026-11")
    headers = {"X-API-Key": await server.new_key("admin")}
    told = (await server.http.get("/v1/admin/people/+12025550123", headers=headers)).json()
    assert told["requests"][0]["consent"] == {"version": "2026-11", "at": "2026-11-23T12:00:00.000Z"}
