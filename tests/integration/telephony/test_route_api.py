import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.telephony.conftest import ask
from warmcall.testing import FakeClock, RunningServer, running

CALL = {"callId": "call-1", "dialledNumber": "+12025550100", "callerNumber": "+12025550177"}
GUIDE = (Path(__file__).parents[3] / "docs" / "howto" / "connect-http.md").read_text(encoding="utf-8")


async def route(ivr: httpx.AsyncClient, **report: Any) -> dict[str, Any]:
    answer = await ivr.post("/v1/route", json={**CALL, **report})
    assert answer.status_code == 200, answer.text
    decision: dict[str, Any] = answer.json()
    return decision


def wrong(issued: dict[str, Any]) -> str:
    return "135790" if issued["accessCode"] != "135790" else "246801"


async def test_a_caller_with_the_code_is_put_through_with_a_token(
    server: RunningServer, ivr: httpx.AsyncClient
) -> None:
    issued = await ask(server, firstname="Ada")
    first = await route(ivr)
    second = await route(ivr, digits=issued["accessCode"], state=first["state"])

    assert (first["action"], first["say"]["prompt"], first["gather"]) == (
        "gather",
        "ask_code",
        {
            "digits": 6,
            "timeoutS": 8.0,
            "finishOnKey": "#",
            "fallbackDestination": "desk",
            "fallbackDestinationKind": "queue",
        },
    )
    assert (second["action"], second["matched"]) == ("route", True)
    assert (second["destination"], second["destinationKind"]) == ("sip:sales@pbx.example.com", "sip")
    assert second["headers"] == {
        "X-Warmcall-Token": second["token"],
        "User-to-User": f"{second['token'].encode().hex()};encoding=hex",
    }
    assert second["say"]["language"] == "de-DE"
    assert "Ada" not in str(second)
    context = (await ivr.get(f"/v1/context/{second['token']}")).json()
    assert context["context"]["fields"] == {"firstname": "Ada"}
    assert second["contextUrl"] == context["context"]["url"]


async def test_three_wrong_codes_lead_to_the_general_line(server: RunningServer, ivr: httpx.AsyncClient) -> None:
    issued = await ask(server)
    answer = await route(ivr)
    prompts = []
    for _ in range(3):
        answer = await route(ivr, digits=wrong(issued), state=answer["state"])
        prompts.append(answer["say"]["prompt"])

    assert prompts == ["wrong_code", "wrong_code", "general_line"]
    assert (answer["destination"], answer["destinationKind"], answer["matched"]) == ("desk", "queue", False)
    assert (answer["headers"], answer["token"]) == ({}, None)


async def test_silence_is_asked_once_more_and_then_led_on(server: RunningServer, ivr: httpx.AsyncClient) -> None:
    await ask(server)
    first = await route(ivr)
    second = await route(ivr, digits="", state=first["state"])
    third = await route(ivr, digits="", state=second["state"])

    assert (second["say"]["prompt"], third["say"]["prompt"]) == ("nothing_heard", "general_line")
    assert third["destination"] == "desk"


async def test_a_retried_request_costs_no_try(server: RunningServer, ivr: httpx.AsyncClient) -> None:
    issued = await ask(server)
    state = (await route(ivr))["state"]
    retried = await asyncio.gather(*(route(ivr, digits=wrong(issued), state=state) for _ in range(6)))
    after = await route(ivr, digits=issued["accessCode"], state=retried[0]["state"])

    assert {answer["say"]["prompt"] for answer in retried} == {"wrong_code"}
    assert after["matched"]


async def test_late_digits_of_an_earlier_question_still_count(server: RunningServer, ivr: httpx.AsyncClient) -> None:
    issued = await ask(server)
    first = await route(ivr)
    await route(ivr, digits="", state=first["state"])

    assert (await route(ivr, digits=issued["accessCode"], state=first["state"]))["matched"]


async def test_a_call_that_was_put_through_gets_the_same_answer_for_ever(
    server: RunningServer, ivr: httpx.AsyncClient
) -> None:
    issued = await ask(server)
    state = (await route(ivr))["state"]
    matched = await route(ivr, digits=issued["accessCode"], state=state)

    assert await route(ivr, digits=issued["accessCode"], state=state) == matched
    assert await route(ivr) == matched


async def test_a_number_nobody_has_ends_the_call(ivr: httpx.AsyncClient) -> None:
    answer = await route(ivr, dialledNumber="+12025550188")

    assert (answer["action"], answer["say"]["prompt"], answer["destination"]) == ("hangup", "number_unknown", None)


@pytest.mark.parametrize("change", [lambda state: state[:-1] + ("A" if state[-1] != "A" else "B"), lambda _: "x" * 100])
async def test_a_changed_state_is_refused_and_counted(
    server: RunningServer, ivr: httpx.AsyncClient, change: Any
) -> None:
    await ask(server)
    state = (await route(ivr))["state"]
    # The last character may hold unused bits only, so another one is changed too.
    answer = await ivr.post(
        "/v1/route",
        json={**CALL, "digits": "1", "state": change("A" + state[1:] if state[0] != "A" else "B" + state[1:])},
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "state"
    assert {kind.value for _, kind in server.warmcall.connectors.refusals.counts} == {"state_forged"}


async def test_a_state_ends_and_belongs_to_one_call(
    server: RunningServer, ivr: httpx.AsyncClient, clock: FakeClock
) -> None:
    await ask(server)
    state = (await route(ivr))["state"]
    foreign = await ivr.post("/v1/route", json={**CALL, "callId": "call-2", "digits": "1", "state": state})
    clock.advance(seconds=601)
    late = await ivr.post("/v1/route", json={**CALL, "digits": "1", "state": state})

    assert (foreign.status_code, "another call" in foreign.json()["detail"]) == (422, True)
    assert (late.status_code, "older than 600 s" in late.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("report", "field"),
    [
        ({"digits": "123456"}, "state"),
        ({"callId": ""}, "callId"),
        ({"callId": "a\r\nb"}, "callId"),
        ({"dialledNumber": ""}, "dialledNumber"),
        ({"digits": 123456}, "digits"),
        ({"digits": "1" * 65, "state": "x"}, "digits"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_report_that_breaks_a_rule_names_the_field(
    ivr: httpx.AsyncClient, report: dict[str, Any], field: str
) -> None:
    answer = await ivr.post("/v1/route", json={**CALL, **report})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_without_a_key_nothing_is_told(server: RunningServer) -> None:
    assert (await server.http.post("/v1/route", json=CALL)).status_code == 401
    headers = {"Authorization": f"Bearer {await server.new_key('read')}"}
    assert (await server.http.post("/v1/route", json=CALL, headers=headers)).status_code == 403


async def test_an_extension_sees_routed_calls_too(server: RunningServer, ivr: httpx.AsyncClient) -> None:
    seen: list[str] = []

    def look(options: dict[str, Any]) -> dict[str, Any]:
        seen.append(options["callId"])
        return options

    server.bus.plugin("Owner").before("Telephony.route", look)
    await ask(server)
    await route(ivr)

    assert seen == ["call-1"]


async def test_a_note_reaches_the_owner_and_never_the_visitor(server: RunningServer, ivr: httpx.AsyncClient) -> None:
    heard: list[dict[str, Any]] = []
    server.bus.plugin("Owner").subscribe("CallRequests.note_added", lambda e: heard.append(e.data))
    issued = await ask(server, phonenumber=CALL["callerNumber"])
    token = (await route(ivr, callerName="ADA", attestation="TN-Validation-Passed-A"))["token"]
    noted = await ivr.post(f"/v1/context/{token}/notes", json={"text": "difficult", "disposition": "sold"})
    await ivr.post("/v1/call-reports", json={"callId": "call-1", "state": "ended"})
    await ivr.post(f"/v1/context/{token}/notes", json={"text": "very difficult"})
    live = f"/v1/call-requests/{issued['id']}/events?token={issued['token']}"
    stream = (await server.http.get(live, headers={"Last-Event-ID": "0"})).text
    again = await server.http.get(live, headers={"Last-Event-ID": re.findall(r"id: (\d+)", stream)[-1]})

    assert (noted.status_code, noted.json()["disposition"]) == (201, "sold")
    assert [note["text"] for note in heard] == ["difficult", "very difficult"]
    assert re.findall(r"event: (\w+)", stream) == ["created", "matched", "ended"]
    assert "difficult" not in stream
    assert "ADA" not in stream
    assert again.status_code == 204
    context = (await ivr.get(f"/v1/context/{token}")).json()
    assert [note["text"] for note in context["notes"]] == ["difficult", "very difficult"]
    assert (context["call"]["callerName"], context["call"]["attestation"]) == ("ADA", "A")
    assert context["context"]["screenPopUrl"].startswith("https://crm.example.com/?phone=%2B12025550177&token=")


async def test_the_token_outlives_a_transfer_and_the_call(server: RunningServer, ivr: httpx.AsyncClient) -> None:
    await ask(server, firstname="Ada", phonenumber=CALL["callerNumber"])
    token = (await route(ivr))["token"]
    await ivr.post("/v1/call-reports", json={"callId": "call-1", "state": "connected"})
    first = (await ivr.get(f"/v1/context/{token}")).json()
    await ivr.post(f"/v1/context/{token}/notes", json={"text": "To accounting."})
    # The phone system knows the transferred leg by another id; the token came along in its headers.
    await ivr.post("/v1/call-reports", json={"callId": "call-1", "state": "ended", "reason": "transferred"})
    second = (await ivr.get(f"/v1/context/{token}")).json()

    assert first["context"] == second["context"]
    assert second["context"]["fields"]["firstname"] == "Ada"
    assert [note["text"] for note in second["notes"]] == ["To accounting."]
    assert second["context"]["screenPopUrl"].endswith(f"token={token}")


@pytest.mark.parametrize("last", ["matched", "connected"])
async def test_a_call_whose_end_nobody_reported_is_given_up(
    server: RunningServer, ivr: httpx.AsyncClient, clock: FakeClock, last: str
) -> None:
    issued = await ask(server, phonenumber=CALL["callerNumber"])
    await route(ivr)
    if last == "connected":
        await ivr.post("/v1/call-reports", json={"callId": "call-1", "state": "connected"})
    clock.advance(seconds=12 * 3600)
    too_early = await server.bus.command("Retention.giveUp")
    clock.advance(seconds=1)
    given_up = [await server.bus.command("Retention.giveUp") for _ in range(2)]
    late = await ivr.post("/v1/call-reports", json={"callId": "call-1", "state": "connected"})
    live = f"/v1/call-requests/{issued['id']}/events?token={issued['token']}"
    stream = (await server.http.get(live, headers={"Last-Event-ID": "0"})).text

    assert (too_early.requests, [each.requests for each in given_up]) == (0, [1, 0])
    assert (late.status_code, late.json()["state"]) == (200, "ended")
    assert re.findall(r"event: (\w+)", stream)[-2:] == [last, "ended"]
    assert "nothing was heard of the call any more" in stream


async def test_a_group_says_after_how_long_its_calls_are_given_up(clock: FakeClock) -> None:
    groups = [
        f'[[site.group]]\nname = "{name}"\nnumbers = ["+1202555{number}"]\ndestination = "1001"\n{more}\n'
        for name, number, more in (("short", "0181", "longest_call_s = 600"), ("usual", "0182", ""))
    ]
    async with running('[[site]]\nid = "shop"\n' + "".join(groups), clock=clock) as server:
        for group in ("short", "usual"):
            issued = await server.bus.command("CallRequests.create", {"site": "shop", "group": group})
            call = {"callId": group, "dialledNumber": issued.access_number, "digits": issued.access_code}
            await server.bus.command("CallRequests.match", call)
            await server.bus.command("CallRequests.report", {"callId": group, "state": "connected"})
        given_up = []
        for seconds in (600, 1, 12 * 3600 - 601, 1):
            clock.advance(seconds=seconds)
            given_up.append((await server.bus.command("Retention.giveUp")).requests)

    assert given_up == [0, 1, 0, 1]


async def test_a_note_does_not_pass_along_an_open_stream(server: RunningServer, ivr: httpx.AsyncClient) -> None:
    issued = await ask(server, phonenumber=CALL["callerNumber"])
    live = f"/v1/call-requests/{issued['id']}/events?token={issued['token']}"
    async with server.http.stream("GET", live) as stream:
        token = (await route(ivr))["token"]
        await ivr.post(f"/v1/context/{token}/notes", json={"text": "difficult"})
        await ivr.post("/v1/call-reports", json={"callId": "call-1", "state": "ended"})
        text = (await stream.aread()).decode()

    assert re.findall(r"event: (\w+)", text) == ["snapshot", "matched", "ended"]
    assert "difficult" not in text


async def test_a_note_needs_a_telephony_key_and_a_token(server: RunningServer, ivr: httpx.AsyncClient) -> None:
    reader = {"Authorization": f"Bearer {await server.new_key('read')}"}
    token = "A" * 38

    assert (await server.http.post(f"/v1/context/{token}/notes", json={"text": "x"}, headers=reader)).status_code == 403
    assert (await ivr.post(f"/v1/context/{token}/notes", json={"text": "x"})).status_code == 404


class Phone:
    """A caller with a keypad, as the guide's program sees it."""

    call_id, dialled, caller = "call-1", "+12025550100", None

    def __init__(self, *keyed: str) -> None:
        self._keyed = list(keyed)
        self.did: list[Any] = []

    def say(self, text: str) -> None:
        self.did.append(text)

    def collect(self, gather: dict[str, Any]) -> str:
        return self._keyed.pop(0)

    def connect(self, destination: str, headers: dict[str, str]) -> None:
        self.did.append((destination, sorted(headers)))

    def hang_up(self) -> None:
        self.did.append("hung up")


async def test_the_guides_program_holds_a_conversation(server: RunningServer, ivr: httpx.AsyncClient) -> None:
    issued = await ask(server)
    phone = Phone("", wrong(issued), issued["accessCode"])
    program: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[0], program)

    with httpx.Client(base_url=server.base_url, headers={"Authorization": ivr.headers["Authorization"]}) as client:
        await asyncio.to_thread(program["conversation"], client, phone)

    assert [said.split()[0] for said in phone.did[:-1]] == ["Please", "I", "That", "Vielen"]
    assert phone.did[-1] == ("sip:sales@pbx.example.com", ["User-to-User", "X-Warmcall-Token"])


async def test_the_guides_commands_work_as_they_stand(server: RunningServer, ivr: httpx.AsyncClient) -> None:
    await ask(server, phonenumber="+12025550123")
    key = ivr.headers["Authorization"].removeprefix("Bearer ")
    environment = {"WARMCALL": server.base_url, "KEY": key, "TOKEN": "", "PATH": "/usr/bin:/bin"}
    answers: list[dict[str, Any]] = []
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL):
        for command in re.split(r"\n(?=curl)", block):
            process = await asyncio.create_subprocess_exec(
                "sh", "-c", command, env=environment, stdout=asyncio.subprocess.PIPE
            )
            out, _ = await process.communicate()
            answers.append(httpx.Response(200, content=out).json())
            environment["TOKEN"] = answers[0]["token"]

    route, context, note, connected, ended = answers
    assert route["action"] == "route"
    assert context["id"]
    assert note["disposition"] == "sold"
    assert (connected, ended) == ({"state": "connected"}, {"state": "ended"})
