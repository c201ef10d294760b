"""Consent and challenges: what a visitor must do besides filling in the form."""

import base64
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import problem
from warmcall import Bus
from warmcall.calls.errors import ChallengeFailedError
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
challenge = { kind = "captcha", site_key = "page", secret = "server", verify_url = "VERIFY/siteverify" }
"""


class Provider:
    """Answers the siteverify protocol: the token `good` is."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer: Any = None

    def look_at(self, request: httpx.Request) -> httpx.Response:
        form = dict(httpx.QueryParams(request.content.decode()))
        self.asked.append(form)
        if self.answer is not None:
            return httpx.Response(*self.answer)
        good = form["secret"] == "server" and form["response"] == "good"
        return httpx.Response(200, json={"success": good} if good else {"success": False, "error-codes": ["bad"]})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def server(tmp_path: Path, clock: FakeClock) -> AsyncIterator[RunningServer]:
    config = CONFIG.replace("VERIFY", "https://captcha.example.com")
    async with running(config, data_dir=tmp_path / "data", clock=clock) as server:
        yield server


@pytest.fixture
def provider(server: RunningServer) -> Provider:
    provider = Provider()
    siteverify = server.warmcall.challenge._siteverify
    siteverify._http = httpx.AsyncClient(transport=httpx.MockTransport(provider.look_at))
    return provider


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
    assert provider.asked == [{"secret": "server", "response": "good", "remoteip": "127.0.0.1"}]
    problem(await ask(server, "provider", challenge="bad"), 428, "challenge_failed")


@pytest.mark.parametrize("answer", [(500, {}, b"x"), (200, {}, b"rubbish"), (200, {}, b"[]"), (200, {}, b"{}")])
async def test_a_provider_that_answers_rubbish_lets_nobody_through(
    server: RunningServer, provider: Provider, answer: tuple[int, dict[str, str], bytes]
) -> None:
    status, headers, content = answer
    provider.look_at = lambda request: httpx.Response(status, headers=headers, content=content)  # type: ignore[method-assign]
    server.warmcall.challenge._siteverify._http = httpx.AsyncClient(transport=httpx.MockTransport(provider.look_at))
    refused = problem(await ask(server, "provider", challenge="good"), 503, "challenge_unavailable")
    assert refused["retryable"] is True


async def test_an_extension_may_look_at_solutions_in_its_own_way(tmp_path: Path) -> None:
    def strict(bus: Bus) -> None:
        def look(options: dict[str, Any]) -> None:
            if options["solution"] == "stolen":
                raise ChallengeFailedError("The token was stolen.")

        bus.plugin("Strict").before("Challenge.verify", look)

    async with running(CONFIG.replace("VERIFY", "https://x.example"), extensions=[strict]) as server:
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
