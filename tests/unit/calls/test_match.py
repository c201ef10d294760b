import asyncio
from collections.abc import Callable

from tests.unit.calls.conftest import NUMBERS, Desk
from warmcall.calls.errors import (
    AccessNumberUnknownError,
    CallUnknownError,
    InvalidFieldError,
    RequestNotWaitingError,
    RequestUnknownError,
)

OpenDesk = Callable[..., Desk]
PHONE = "+12025550123"
STRANGER = "+12025550177"


def wrong(code: str | None) -> str:
    assert code is not None
    return "271828" if code != "271828" else "314159"


async def test_the_caller_number_matches_without_a_code(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE, userData={"plan": "gold"}, page={"url": "https://shop.example/plans"})
    answer = await desk.call("c1", issued.access_number, PHONE)
    assert (answer.outcome, answer.destination) == ("matched", "sip:sales@pbx")
    assert answer.call_request is not None
    assert (answer.call_request.id, answer.call_request.matched_by) == (issued.id, "caller")
    assert answer.context is not None
    assert answer.context.fields["firstname"] == "Ada"
    assert answer.context.user_data == {"plan": "gold"}
    assert answer.context.url == f"https://call.example.com/v1/context/{answer.context.token}"


async def test_a_stranger_is_asked_for_the_code_and_matched_by_it(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE)
    asked = await desk.call("c1", issued.access_number, STRANGER)
    assert (asked.outcome, asked.tries_left, asked.code_digits, asked.destination) == ("code_needed", 3, 6, None)
    answer = await desk.call("c1", issued.access_number, STRANGER, f"{issued.access_code}#")
    assert answer.outcome == "matched"
    assert await desk.heard() == ["created", "call_received", "matched"]


async def test_a_withheld_number_is_asked_for_the_code(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE)
    assert (await desk.call("c1", issued.access_number, "anonymous")).outcome == "code_needed"


async def test_three_wrong_codes_end_in_the_fallback_for_good(open_desk: OpenDesk) -> None:
    desk = open_desk(fallback_destination="sip:front@pbx")
    issued = await desk.ask(PHONE)
    bad = wrong(issued.access_code)
    answers = [await desk.call("c1", issued.access_number, None, bad) for _ in range(3)]
    assert [(a.outcome, a.tries_left) for a in answers] == [("wrong_code", 2), ("wrong_code", 1), ("no_match", None)]
    assert answers[2].destination == "sip:front@pbx"
    late = await desk.call("c1", issued.access_number, None, issued.access_code)
    assert (late.outcome, late.context) == ("no_match", None)
    assert await desk.heard() == ["created", "code_refused", "code_refused", "code_refused"]


async def test_a_repeated_report_with_its_key_costs_no_try(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE)
    bad = wrong(issued.access_code)
    answers = [await desk.call("c1", issued.access_number, None, bad, idempotencyKey="gather-1") for _ in range(3)]
    assert [a.tries_left for a in answers] == [2, 2, 2]


async def test_a_matched_call_gets_the_same_answer_again(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE)
    first = await desk.call("c1", issued.access_number, PHONE)
    assert await desk.call("c1", issued.access_number, PHONE) == first
    assert await desk.call("c1", issued.access_number, None, "999999") == first
    assert await desk.heard() == ["created", "matched"]


async def test_of_two_calls_with_one_code_one_wins(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE)
    answers = await asyncio.gather(
        *(desk.call(f"c{i}", issued.access_number, None, issued.access_code) for i in range(2))
    )
    assert sorted(a.outcome for a in answers) == ["matched", "wrong_code"]


async def test_an_expired_request_matches_nobody_from_its_very_millisecond(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE)
    desk.clock.ms += 600_000
    assert (await desk.call("c1", issued.access_number, PHONE)).outcome == "code_needed"
    assert (await desk.call("c1", issued.access_number, PHONE, issued.access_code)).outcome == "wrong_code"


async def test_a_cancelled_request_matches_nobody(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE)
    await desk.bus.command("CallRequests.cancel", {"id": issued.id})
    assert (await desk.call("c1", issued.access_number, PHONE, issued.access_code)).outcome == "wrong_code"


async def test_a_group_may_insist_on_the_code(open_desk: OpenDesk) -> None:
    desk = open_desk(match_by=("code",))
    issued = await desk.ask(PHONE)
    assert (await desk.call("c1", issued.access_number, PHONE)).outcome == "code_needed"
    assert (await desk.call("c1", issued.access_number, PHONE, issued.access_code)).outcome == "matched"


async def test_the_number_alone_is_enough_only_where_it_is_exclusive(open_desk: OpenDesk) -> None:
    exclusive = open_desk(match_by=("number",), number_policy="exclusive", code_digits=None)
    issued = await exclusive.ask(None)
    assert (await exclusive.call("c1", issued.access_number)).outcome == "matched"
    shared = open_desk(match_by=("number",), code_digits=None)
    issued = await shared.ask(None)
    answer = await shared.call("c1", issued.access_number)
    assert (answer.outcome, answer.destination) == ("no_match", "sip:sales@pbx")


async def test_the_match_event_tells_who_calls_and_why(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE, userData={"plan": "gold"})
    await desk.call("c1", issued.access_number, PHONE, attestation="A")
    await desk.bus.settle()
    name, data = desk.events[-1]
    assert (name, data["id"], data["callId"], data["attestation"]) == ("matched", issued.id, "c1", "A")
    assert data["context"]["fields"]["firstname"] == "Ada"
    assert data["context"]["userData"] == {"plan": "gold"}


async def test_a_call_on_an_unknown_number_names_the_field(open_desk: OpenDesk) -> None:
    desk = open_desk()
    details = await desk.refusal(desk.call("c1", "+12025550999"), AccessNumberUnknownError)
    assert details["field"] == "dialledNumber"
    assert "no group has the access number +12025550999" in details["message"]


async def test_a_call_without_an_id_is_refused(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert (await desk.refusal(desk.call("", NUMBERS[0]), InvalidFieldError))["field"] == "callId"


async def test_the_phone_system_tells_how_the_call_goes_on(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE)
    await desk.call("c1", issued.access_number, PHONE)
    for state in ("connected", "connected", "ended", "ended", "connected"):
        await desk.bus.command("CallRequests.report", {"callId": "c1", "state": state})
    found = await desk.bus.command("CallRequests.find", {"id": issued.id})
    assert found["state"] == "ended"
    assert await desk.heard() == ["created", "matched", "connected", "ended"]


async def test_a_report_of_an_unknown_or_unmatched_call_changes_nothing(open_desk: OpenDesk) -> None:
    desk = open_desk()
    await desk.refusal(desk.bus.command("CallRequests.report", {"callId": "c9", "state": "ended"}), CallUnknownError)
    await desk.call("c1", NUMBERS[0])
    assert await desk.bus.command("CallRequests.report", {"callId": "c1", "state": "ended"}) == {"state": None}


async def test_only_a_waiting_request_can_be_cancelled(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE)
    await desk.call("c1", issued.access_number, PHONE)
    details = await desk.refusal(desk.bus.command("CallRequests.cancel", {"id": issued.id}), RequestNotWaitingError)
    assert details["state"] == "matched"
    unknown = "00000000-0000-7000-8000-000000000000"
    await desk.refusal(desk.bus.command("CallRequests.cancel", {"id": unknown}), RequestUnknownError)


async def test_cancelling_twice_is_the_same_as_once(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE)
    for _ in range(2):
        view = await desk.bus.command("CallRequests.cancel", {"id": issued.id})
        assert view.state == "cancelled"
    assert await desk.heard() == ["created", "cancelled"]


async def test_a_context_token_finds_the_context_again(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(PHONE, userData={"plan": "gold"})
    answer = await desk.call("c1", issued.access_number, PHONE)
    assert answer.context is not None
    found = await desk.bus.command("CallRequests.context", {"token": answer.context.token})
    assert (found["id"], found["context"]["userData"]) == (issued.id, {"plan": "gold"})
    await desk.refusal(desk.bus.command("CallRequests.context", {"token": issued.token}), RequestUnknownError)


async def test_groups_tell_the_panel_what_it_needs(open_desk: OpenDesk) -> None:
    desk = open_desk(fallback_number="+12025550199", countries=("US",))
    info = await desk.bus.command("Groups.find", {"site": "shop", "group": "sales"})
    assert (info.open, info.fallback_number, info.access_code, info.countries) == (True, "+12025550199", True, ("US",))
