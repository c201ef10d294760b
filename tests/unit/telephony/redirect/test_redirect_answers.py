import asyncio
from typing import Any

import pytest

from tests.unit.telephony.redirect.line import CONTEXT, GROUP, MATCHED, NEEDED, NOBODY, TOKEN, Line, header, invite
from warmcall.calls.answers import MatchAnswer
from warmcall.calls.errors import StoreUnavailableError
from warmcall.telephony.refusals import Refusal


async def test_a_matched_call_is_sent_on_with_the_token_in_user_part_and_parameter() -> None:
    [answer] = await Line().ask(invite())

    assert answer.startswith("SIP/2.0 302 Moved Temporarily\r\n")
    assert header(answer, "Contact") == f"<sip:sales~{TOKEN}@pbx;ctc={TOKEN}>"
    assert answer.endswith("Content-Length: 0\r\n\r\n")


async def test_a_number_as_destination_stays_a_number_that_can_be_dialled() -> None:
    matched = MatchAnswer(outcome="matched", group=GROUP, destination="+12025550199", context=CONTEXT)

    [answer] = await Line(matched).ask(invite())

    assert header(answer, "Contact") == f"<sip:+12025550199@pbx;ctc={TOKEN}>"


async def test_a_call_that_matches_nothing_goes_on_without_a_token() -> None:
    [answer] = await Line(NOBODY).ask(invite())

    assert header(answer, "Contact") == "<sip:reception@pbx>"


async def test_a_call_that_needs_a_code_goes_where_it_is_asked_for() -> None:
    [answer] = await Line(NEEDED, code_destination="sip:ivr@10.0.0.5:5070").ask(invite())

    assert header(answer, "Contact") == "<sip:ivr@10.0.0.5:5070>"


async def test_a_call_that_needs_a_code_nobody_can_ask_for_goes_to_the_groups_fallback() -> None:
    [answer] = await Line(NEEDED).ask(invite())

    assert header(answer, "Contact") == "<sip:reception@pbx>"


async def test_a_number_nobody_has_is_not_found() -> None:
    assert await Line().status(invite(uri="sip:+12025550999@127.0.0.1")) == 404


async def test_a_request_without_a_number_is_not_found() -> None:
    assert await Line().status(invite(uri="sip:@127.0.0.1")) == 404


async def test_a_store_that_is_out_of_order_sends_callers_to_the_general_line() -> None:
    def fail(_: dict[str, Any]) -> MatchAnswer:
        raise StoreUnavailableError("the store is out of order")

    [answer] = await Line(fail, fallback="queue:reception").ask(invite())

    assert header(answer, "Contact") == "<sip:reception@pbx>"


async def test_a_call_with_nowhere_to_go_is_told_so() -> None:
    def fail(_: dict[str, Any]) -> MatchAnswer:
        raise StoreUnavailableError("the store is out of order")

    assert await Line(fail).status(invite()) == 480


async def test_a_retransmission_gets_the_same_bytes_and_is_matched_once() -> None:
    line = Line()

    [first] = await line.ask(invite())
    [second] = await line.ask(invite())

    assert first == second
    assert len(line.asked) == 1


async def test_a_retransmission_while_it_is_decided_is_matched_once_and_answered_once() -> None:
    decided = asyncio.Event()

    async def later(_: dict[str, Any]) -> MatchAnswer:
        await decided.wait()
        return MATCHED

    line = Line(later)
    for _ in range(3):
        line.server.datagram_received(invite().encode(), ("127.0.0.1", 5070))
    await asyncio.sleep(0)
    decided.set()
    await line.server.stop()

    assert len(line.wire.sent) == 1
    assert len(line.asked) == 1


async def test_an_invite_tried_again_is_the_same_call() -> None:
    line = Line()

    await line.ask(invite())
    await line.ask(invite(CSeq="2 INVITE", Via="SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK2;rport"))

    assert [asked["callId"] for asked in line.asked] == [line.asked[0]["callId"]] * 2


async def test_the_same_call_id_from_somebody_else_is_another_call() -> None:
    line = Line()

    await line.ask(invite())
    await line.ask(invite(From="<sip:+12025550124@example.com>;tag=other", CSeq="2 INVITE"))

    assert len({asked["callId"] for asked in line.asked}) == 2


async def test_too_many_undecided_calls_are_sent_elsewhere_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warmcall.telephony.redirect.server.MOST_PENDING", 1)
    decided = asyncio.Event()

    async def later(_: dict[str, Any]) -> MatchAnswer:
        await decided.wait()
        return MATCHED

    line = Line(later)
    line.server.datagram_received(invite().encode(), ("127.0.0.1", 5070))
    line.server.datagram_received(invite(Call_ID="another").encode(), ("127.0.0.1", 5070))

    assert line.wire.sent[0][0].startswith(b"SIP/2.0 503 ")
    decided.set()
    await line.server.stop()


async def test_a_decision_that_takes_too_long_sends_the_caller_to_the_general_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("warmcall.telephony.redirect.decider.DECIDE_WITHIN_S", 0.01)

    async def never(_: dict[str, Any]) -> MatchAnswer:
        await asyncio.Event().wait()
        raise AssertionError

    [answer] = await Line(never, fallback="queue:reception").ask(invite())

    assert header(answer, "Contact") == "<sip:reception@pbx>"


async def test_strangers_get_no_answer_and_are_counted() -> None:
    line = Line(peers=("10.0.0.0/8",))

    assert await line.ask(invite()) == []
    assert line.switchboard.refusals.counts["sip-redirect", Refusal.PEER] == 1
    assert line.asked == []


@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3", "fe80::1%eth0"])
async def test_listed_peers_are_answered_whichever_way_their_address_is_written(peer: str) -> None:
    assert len(await Line(peers=("10.0.0.0/8", "fe80::/10")).ask(invite(), (peer, 5060))) == 1


async def test_what_the_caller_says_of_itself_is_reported() -> None:
    line = Line()

    await line.ask(invite(P_Attestation_Indicator="B"))

    asked = line.asked[0]
    assert (asked["callerNumber"], asked["callerName"], asked["attestation"]) == ("+12025550123", "Ada", "B")


async def test_a_name_in_utf8_arrives_as_it_was_sent() -> None:
    line = Line()

    await line.ask(invite(From='"Ådä" <sip:+12025550123@example.com>;tag=1'))

    assert line.asked[0]["callerName"] == "Ådä"
