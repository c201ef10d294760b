from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.calls.conftest import NUMBERS, Desk
from warmcall.calls.errors import InvalidFieldError, RequestUnknownError

OpenDesk = Callable[..., Desk]
ADA = "+12025550123"


async def matched(desk: Desk, **call: Any) -> str:
    await desk.ask(phone=ADA)
    answer = await desk.call("call-1", NUMBERS[0], ADA, **call)
    assert answer.context is not None
    return answer.context.token


async def context(desk: Desk, token: str) -> dict[str, Any]:
    found: dict[str, Any] = await desk.bus.command("CallRequests.context", {"token": token})
    return found


async def test_a_note_becomes_an_event_and_is_read_with_the_context(open_desk: OpenDesk) -> None:
    desk = open_desk()
    token = await matched(desk)

    await desk.bus.command("CallRequests.note", {"token": token, "text": "Calls back", "disposition": "open"})
    await desk.bus.command("CallRequests.note", {"token": token, "disposition": "sold"})

    assert await desk.heard() == ["created", "matched", "note_added", "note_added"]
    data = desk.events[2][1]
    assert (data["text"], data["disposition"], data["group"]) == ("Calls back", "open", "sales")
    notes = (await context(desk, token))["notes"]
    assert [(note["text"], note["disposition"]) for note in notes] == [("Calls back", "open"), (None, "sold")]


async def test_a_note_may_come_after_the_call(open_desk: OpenDesk) -> None:
    desk = open_desk()
    token = await matched(desk)
    await desk.bus.command("CallRequests.report", {"callId": "call-1", "state": "ended"})

    await desk.bus.command("CallRequests.note", {"token": token, "text": "x"})

    found = await context(desk, token)
    assert (found["state"], len(found["notes"])) == ("ended", 1)


@pytest.mark.parametrize(
    "note", [{}, {"text": ""}, {"text": "x" * 4001}, {"disposition": "x" * 101}, {"text": "x", "by": "y"}, {"text": 3}]
)
async def test_a_note_that_breaks_a_rule_is_refused(open_desk: OpenDesk, note: dict[str, Any]) -> None:
    desk = open_desk()
    token = await matched(desk)

    await desk.refusal(desk.bus.command("CallRequests.note", {"token": token, **note}), InvalidFieldError)
    assert "note_added" not in await desk.heard()


async def test_a_note_needs_the_token_of_a_call(open_desk: OpenDesk) -> None:
    desk = open_desk()

    await desk.refusal(desk.bus.command("CallRequests.note", {"token": "A" * 38, "text": "x"}), RequestUnknownError)


async def test_the_agent_sees_what_the_network_said_of_the_caller(open_desk: OpenDesk) -> None:
    desk = open_desk()
    token = await matched(desk, attestation="A", callerName="LOVELACE ADA")

    assert (await context(desk, token))["call"] == {
        "callId": "call-1",
        "callerName": "LOVELACE ADA",
        "attestation": "A",
    }


async def test_a_name_and_an_attestation_never_identify_anybody(open_desk: OpenDesk) -> None:
    desk = open_desk()
    await desk.ask(phone=ADA)

    answer = await desk.call("call-1", NUMBERS[0], "+12025550177", attestation="A", callerName="Ada")

    assert (answer.outcome, answer.context) == ("code_needed", None)


async def test_before_the_call_there_is_nothing_to_tell_of_it(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask()

    found = await context(desk, desk.tokens.context(issued.id))  # type: ignore[arg-type]

    assert (found["call"], found["notes"]) == (None, [])


async def test_a_call_that_is_asked_for_its_code_has_a_way_on(open_desk: OpenDesk) -> None:
    desk = open_desk(fallback_destination="8001", language="de")
    await desk.ask(phone=None)

    needed = await desk.call("call-1", NUMBERS[0])
    refused = await desk.call("call-1", NUMBERS[0], digits="000000")

    assert [(answer.fallback_destination, answer.language) for answer in (needed, refused)] == [("8001", "de")] * 2


async def test_a_matched_caller_is_spoken_to_in_the_language_of_the_page(open_desk: OpenDesk) -> None:
    desk = open_desk(language="de")
    await desk.ask(phone=ADA, page={"language": "fr-CH"})

    assert (await desk.call("call-1", NUMBERS[0], ADA)).language == "fr-CH"
