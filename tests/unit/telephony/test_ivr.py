from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.calls.answers import Context, GroupRef, MatchAnswer
from warmcall.calls.errors import AccessNumberUnknownError, CallUnknownError, StoreUnavailableError
from warmcall.calls.model import CallId, GroupName, SiteId
from warmcall.telephony.ivr import CALL_ID_CHARACTERS, Gather, HangUp, InboundCall, Ivr, Prompt, Route, scoped

CALL = InboundCall(
    provider="test", call_id=CallId("call-1"), dialled_number="+12025550100", caller_number="+12025550123"
)
GROUP = GroupRef(site=SiteId("demo"), name=GroupName("sales"))
CONTEXT = Context(token="t", url="u", fields={"firstname": "Ada"}, user_data={}, page={})
NEEDED = MatchAnswer(outcome="code_needed", group=GROUP, tries_left=3, code_digits=5)
WRONG = MatchAnswer(outcome="wrong_code", group=GROUP, tries_left=2, code_digits=5)
MATCHED = MatchAnswer(outcome="matched", group=GROUP, destination="sip:sales@pbx", context=CONTEXT)
NOBODY = MatchAnswer(outcome="no_match", group=GROUP, destination="sip:reception@pbx")


class Server:
    """Answers `CallRequests` with what it is given, in turn, and remembers what it was asked."""

    def __init__(self, *answers: MatchAnswer | Exception) -> None:
        self.bus = Bus()
        self.asked: list[dict[str, Any]] = []
        self.reported: list[dict[str, Any]] = []
        self.report_error: Exception | None = None
        self._answers = list(answers)
        plugin = self.bus.plugin("CallRequests")
        plugin.register_command("match", self._match)
        plugin.register_command("report", self._report)
        plugin.ready()
        self.ivr = Ivr(self.bus.plugin("Test"), timeout_s=7)

    def _match(self, e: CommandEvent) -> MatchAnswer:
        self.asked.append(e.data)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _report(self, e: CommandEvent) -> None:
        self.reported.append(e.data)
        if self.report_error:
            raise self.report_error


async def asked_once(server: Server) -> Gather:
    decision = await server.ivr.answer(CALL)
    assert isinstance(decision, Gather)
    return decision


async def test_a_call_is_reported_with_all_that_is_known() -> None:
    server = Server(NEEDED)

    await server.ivr.answer(CALL)

    assert server.asked == [
        {
            "callId": "call-1",
            "dialledNumber": "+12025550100",
            "callerNumber": "+12025550123",
            "digits": None,
            "callerName": None,
            "attestation": None,
            "idempotencyKey": "0",
        }
    ]


async def test_a_code_is_asked_for_with_the_length_the_group_uses() -> None:
    server = Server(NEEDED)

    assert await server.ivr.answer(CALL) == Gather(prompt=Prompt.ASK_CODE, digits=5, timeout_s=7, attempt=1)


async def test_a_known_caller_is_put_through_at_once_with_the_context() -> None:
    server = Server(MATCHED)

    assert await server.ivr.answer(CALL) == Route(
        prompt=Prompt.CONNECTING, destination="sip:sales@pbx", matched=True, context=CONTEXT, group=GROUP
    )


async def test_a_wrong_code_is_asked_for_again_and_each_try_has_a_key_of_its_own() -> None:
    server = Server(NEEDED, WRONG, MATCHED)
    first = await asked_once(server)

    second = await server.ivr.keyed(CALL, first, "11111")
    assert isinstance(second, Gather)
    third = await server.ivr.keyed(CALL, second, "22222")

    assert (second.prompt, second.attempt) == (Prompt.WRONG_CODE, 2)
    assert isinstance(third, Route)
    assert [(ask["digits"], ask["idempotencyKey"]) for ask in server.asked] == [
        (None, "0"),
        ("11111", "1"),
        ("22222", "2"),
    ]


async def test_a_call_that_matches_nothing_goes_to_the_fallback_without_context() -> None:
    server = Server(NEEDED, NOBODY)

    decision = await server.ivr.keyed(CALL, await asked_once(server), "11111")

    assert decision == Route(prompt=Prompt.GENERAL_LINE, destination="sip:reception@pbx", matched=False, group=GROUP)


async def test_silence_is_asked_once_more_without_costing_a_try() -> None:
    server = Server(NEEDED)

    again = await server.ivr.keyed(CALL, await asked_once(server), "")

    assert again == Gather(prompt=Prompt.NOTHING_HEARD, digits=5, timeout_s=7, attempt=2, silences=1)
    assert len(server.asked) == 1


async def test_a_caller_who_stays_silent_is_not_dropped() -> None:
    server = Server(NEEDED)
    again = await server.ivr.keyed(CALL, await asked_once(server), "")
    assert isinstance(again, Gather)

    decision = await server.ivr.keyed(CALL, again, "")

    assert decision == Route(prompt=Prompt.GENERAL_LINE, destination=None, matched=False)


async def test_silences_are_counted_across_wrong_codes() -> None:
    server = Server(NEEDED, WRONG)
    again = await server.ivr.keyed(CALL, await asked_once(server), "")
    assert isinstance(again, Gather)
    wrong = await server.ivr.keyed(CALL, again, "1")
    assert isinstance(wrong, Gather)

    assert isinstance(await server.ivr.keyed(CALL, wrong, ""), Route)


async def test_a_number_nobody_has_is_refused() -> None:
    server = Server(AccessNumberUnknownError("+12025550100"))

    decision = await server.ivr.answer(CALL)

    assert isinstance(decision, HangUp)
    assert decision.prompt is Prompt.NUMBER_UNKNOWN


async def test_a_store_that_is_down_does_not_drop_the_caller(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(StoreUnavailableError("the disk is full"))

    decision = await server.ivr.answer(CALL)

    assert decision == Route(prompt=Prompt.GENERAL_LINE, destination=None, matched=False)
    assert "the disk is full" in caplog.text


REPORTS: list[tuple[Callable[[Ivr], Awaitable[None]], dict[str, str]]] = [
    (lambda ivr: ivr.connected(CALL.call_id), {"callId": "call-1", "state": "connected"}),
    (
        lambda ivr: ivr.ended(CALL.call_id, "the caller hung up"),
        {"callId": "call-1", "state": "ended", "reason": "the caller hung up"},
    ),
]


@pytest.mark.parametrize(("report", "expected"), REPORTS)
async def test_progress_is_reported(report: Callable[[Ivr], Awaitable[None]], expected: dict[str, str]) -> None:
    server = Server()

    await report(server.ivr)

    assert server.reported == [expected]


async def test_calls_of_different_phone_systems_are_told_apart_though_they_have_one_id() -> None:
    server = Server(NEEDED)
    ivr = Ivr(server.bus.plugin("Other"), scope="branch")

    await ivr.answer(CALL)
    await ivr.ended(CALL.call_id, "hung up")

    assert [told["callId"] for told in (*server.asked, *server.reported)] == ["branch:call-1"] * 2


def test_a_long_id_stays_within_bounds_and_unlike_others() -> None:
    longest = "x" * CALL_ID_CHARACTERS
    ids = {scoped(CallId(longest[:-1] + end), "branch") for end in "abc"}

    assert len(ids) == 3
    assert {len(call_id) for call_id in ids} == {CALL_ID_CHARACTERS}


async def test_a_refused_report_is_told_to_the_operator_only(caplog: pytest.LogCaptureFixture) -> None:
    server = Server()
    server.report_error = StoreUnavailableError("the disk is full")

    await server.ivr.connected(CALL.call_id)

    assert "the disk is full" in caplog.text


async def test_the_end_of_a_call_nobody_knew_is_not_worth_a_word(caplog: pytest.LogCaptureFixture) -> None:
    server = Server()
    server.report_error = CallUnknownError("call-1")

    await server.ivr.ended(CALL.call_id, "the caller hung up")

    assert caplog.text == ""
