from typing import Any

import pytest

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.calls.answers import Context, GroupRef, MatchAnswer
from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.model import GroupName, SiteId
from warmcall.telephony.connector import Endpoint, Reply, Switchboard, Webhook
from warmcall.telephony.destinations import Destination, Kind
from warmcall.telephony.ivr import Gather, Ivr, Prompt, Route
from warmcall.telephony.prompts import Prompts
from warmcall.telephony.refusals import Refusal, Refusals, RefusedError
from warmcall.telephony.state import States
from warmcall.testing import FakeClock

GROUP = GroupRef(site=SiteId("shop"), name=GroupName("sales"))
TOKEN = "AaIE7AbMe2mZ9uUAX10SygAABBccddEEff0011"
NEEDED = MatchAnswer(
    outcome="code_needed", group=GROUP, tries_left=3, code_digits=6, fallback_destination="8001", language="fr"
)
WRONG = MatchAnswer(
    outcome="wrong_code", group=GROUP, tries_left=2, code_digits=6, fallback_destination="8001", language="fr"
)
MATCHED = MatchAnswer(
    outcome="matched",
    group=GROUP,
    destination="queue:sales",
    language="de-AT",
    context=Context(token=TOKEN, url=f"https://x/v1/context/{TOKEN}", fields={}, user_data={}, page={}),
)


class Matcher:
    """Answers `CallRequests.match` from a list, the last again and again."""

    def __init__(self, *answers: MatchAnswer | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.clock = FakeClock()
        self.refusals = Refusals()
        self.bus = Bus()
        plugin = self.bus.plugin("CallRequests")
        plugin.register_command("match", self._match)
        plugin.ready()
        self._ivr = Ivr(self.bus.plugin("Telephony"))

    def _match(self, e: CommandEvent) -> MatchAnswer:
        self.asked.append(e.data)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def switchboard(self, fallback: str | None = None) -> Switchboard:
        return Switchboard(
            name="pbx",
            kind="pbx",
            base_url="https://call.example.com/telephony/pbx",
            ivr=self._ivr,
            states=States(b"s" * 32, "pbx", self.clock),
            prompts=Prompts(),
            clock=self.clock,
            refusals=self.refusals,
            fallback_destination=fallback,
        )


async def test_a_conversation_needs_nothing_but_the_token_of_the_turn_before() -> None:
    matcher = Matcher(NEEDED, WRONG, MATCHED)
    call = matcher.switchboard().call("call-1", "+12025550100", None)

    first = await matcher.switchboard().turn(call)
    second = await matcher.switchboard().turn(call, first.state, "111111")
    third = await matcher.switchboard().turn(call, second.state, "123456")

    assert isinstance(second.decision, Gather)
    assert (second.decision.prompt, second.decision.attempt) == (Prompt.WRONG_CODE, 2)
    assert isinstance(third.decision, Route)
    assert third.state is None
    assert [ask["idempotencyKey"] for ask in matcher.asked] == ["0", "1", "2"]


async def test_a_turn_taken_twice_is_the_same_report_twice() -> None:
    matcher = Matcher(NEEDED, WRONG)
    switchboard = matcher.switchboard()
    call = switchboard.call("call-1", "+12025550100", None)
    first = await switchboard.turn(call)

    assert await switchboard.turn(call, first.state, "111111") == await switchboard.turn(call, first.state, "111111")
    assert matcher.asked[1] == matcher.asked[2]


async def test_silence_is_no_report() -> None:
    matcher = Matcher(NEEDED)
    switchboard = matcher.switchboard()
    call = switchboard.call("call-1", "+12025550100", None)
    first = await switchboard.turn(call)

    again = await switchboard.turn(call, first.state, None)
    gone = await switchboard.turn(call, again.state, "")

    assert again.decision.prompt is Prompt.NOTHING_HEARD
    assert isinstance(gone.decision, Route)
    assert switchboard.destination(gone.decision) == Destination(Kind.EXTENSION, "8001")
    assert len(matcher.asked) == 1


async def test_the_groups_language_is_spoken_until_it_is_known_who_calls() -> None:
    matcher = Matcher(NEEDED, MATCHED)
    switchboard = matcher.switchboard()
    call = switchboard.call("call-1", "+12025550100", None)
    first = await switchboard.turn(call)
    second = await switchboard.turn(call, first.state, "123456")

    assert switchboard.speech(first.decision).language == "fr-FR"
    assert switchboard.speech(second.decision).language == "de-DE"


async def test_a_matched_call_goes_on_with_its_token() -> None:
    switchboard = Matcher(MATCHED).switchboard()
    route = (await switchboard.turn(switchboard.call("call-1", "+12025550100", None))).decision

    assert isinstance(route, Route)
    assert switchboard.destination(route) == Destination(Kind.QUEUE, "sales")
    assert dict(switchboard.headers(route))["X-Warmcall-Token"] == TOKEN


@pytest.mark.parametrize(
    ("named", "fallback", "value"), [(None, "8002", "8002"), ("a b", "8002", "8002"), (None, None, "")]
)
def test_a_destination_that_cannot_be_used_gives_way_to_the_connectors_own(
    named: str | None, fallback: str | None, value: str
) -> None:
    route = Route(prompt=Prompt.GENERAL_LINE, destination=named, matched=False)

    found = Matcher(NEEDED).switchboard(fallback).destination(route)

    assert (found.value if found else "") == value


async def test_a_store_that_is_down_sends_callers_to_the_connectors_own_destination() -> None:
    switchboard = Matcher(StoreUnavailableError("the disk is full")).switchboard("8002")
    turn = await switchboard.turn(switchboard.call("call-1", "+12025550100", None))

    assert isinstance(turn.decision, Route)
    assert switchboard.destination(turn.decision) == Destination(Kind.EXTENSION, "8002")


async def test_another_calls_state_is_refused() -> None:
    switchboard = Matcher(NEEDED).switchboard()
    first = await switchboard.turn(switchboard.call("call-1", "+12025550100", None))

    with pytest.raises(RefusedError) as caught:
        await switchboard.turn(switchboard.call("call-2", "+12025550100", None), first.state, "1")
    assert caught.value.kind is Refusal.STATE_FOREIGN


async def test_a_refusal_is_counted_and_answered() -> None:
    matcher = Matcher(NEEDED)

    async def receive(webhook: Webhook) -> Reply:
        raise RefusedError(Refusal.SIGNATURE, "set auth_token")

    webhook = Webhook(method="POST", url="https://x", headers={})
    reply = await matcher.switchboard().receive(Endpoint(path="voice", receive=receive), webhook)

    assert (reply.status, reply.body) == (403, b"signature: set auth_token\n")
    assert matcher.refusals.counts["pbx", Refusal.SIGNATURE] == 1


@pytest.mark.parametrize(
    ("call_id", "dialled"), [("", "+1202"), ("x" * 201, "+1202"), ("a\r\nb", "+1202"), ("a", ""), ("a", "1" * 501)]
)
def test_a_call_that_is_none_is_refused(call_id: str, dialled: str) -> None:
    with pytest.raises(RefusedError) as caught:
        Matcher(NEEDED).switchboard().call(call_id, dialled, None)
    assert caught.value.kind is Refusal.MALFORMED


def test_numbers_are_read_at_the_edge() -> None:
    call = (
        Matcher(NEEDED)
        .switchboard()
        .call(
            "call-1",
            "sip:12025550100@pbx",
            "sip:+12025550123@carrier",
            caller_name='"Ada"',
            attestation="TN-Validation-Passed-A",
        )
    )

    assert (call.dialled_number, call.caller_number, call.caller_withheld) == ("+12025550100", "+12025550123", False)
    assert (call.caller_name, call.attestation) == ("Ada", "A")


def test_of_a_withheld_caller_not_even_the_name_is_kept() -> None:
    call = Matcher(NEEDED).switchboard().call("c", "+12025550100", "+12025550123", privacy="id", caller_name="Ada")

    assert (call.caller_number, call.caller_withheld, call.caller_name) == (None, True, None)


def test_a_form_is_read_in_order_with_repeated_and_empty_fields() -> None:
    webhook = Webhook(
        method="POST", url="https://x?a=1&a=2", headers={}, body=b"From=%2B1&Digits=&From=2", query="a=1&a=2"
    )

    assert webhook.form() == [("From", "+1"), ("Digits", ""), ("From", "2")]
    assert webhook.queries() == {"a": "2"}


@pytest.mark.parametrize("body", [b"a=%ff", b"\xff", b"&".join(b"a=1" for _ in range(201))])
def test_a_form_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        Webhook(method="POST", url="https://x", headers={}, body=body).form()
    assert caught.value.kind is Refusal.MALFORMED
