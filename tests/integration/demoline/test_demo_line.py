import asyncio

import pytest

from tests.integration.demoline.conftest import Exchange
from tests.integration.demoline.waiting import eventually
from warmcall.demo.dialling import Plan, StepName, dial
from warmcall.telephony.demoline.leg import Leg
from warmcall.telephony.demoline.phone import Phone
from warmcall.telephony.demoline.signals import Signal
from warmcall.telephony.demoline.stack import SipFailedError, SipPortTakenError, SipStack

SOON_S = 5.0


async def call(exchange: Exchange, number: str, caller: str | None = None, phone: Phone | None = None) -> Leg:
    sip, leg = await (phone or exchange.phone).call(number, exchange.line.address, caller)
    await sip.wait_established(SOON_S)
    return leg


async def steps(exchange: Exchange, **plan: str | None) -> list[StepName]:
    number = plan.pop("number")
    assert number
    whole = Plan(number=number, line=exchange.line.address, hold_s=0.2, **plan)
    return [step.name async for step in dial(exchange.phone, whole)]


async def test_a_call_with_its_code_is_matched_connected_and_ended(exchange: Exchange) -> None:
    issued = await exchange.ask()

    names = await steps(exchange, number=issued.access_number, code=issued.access_code)

    assert names == ["calling", "answered", "code_asked", "keyed", "matched", "connected", "hung_up"]
    ended = await exchange.event("ended")
    assert ended["id"] == issued.id
    matched = await exchange.event("matched")
    assert matched["context"]["userData"] == {"cart": "oak table"}
    assert matched["matchedBy"] == "code"
    assert exchange.names() == ["created", "call_received", "matched", "connected", "ended"]


async def test_a_wrong_code_may_be_tried_again(exchange: Exchange) -> None:
    issued = await exchange.ask()
    leg = await call(exchange, issued.access_number)
    assert await leg.key(SOON_S) == Signal.CODE_ASKED

    leg.press("000000#")
    assert await leg.key(SOON_S) == Signal.CODE_WRONG
    leg.press(f"{issued.access_code}#")

    assert await leg.key(SOON_S) == Signal.MATCHED
    assert await leg.key(SOON_S) == Signal.CONNECTED
    assert (await exchange.event("code_refused"))["triesLeft"] == 2
    await leg.hang_up()


async def test_three_wrong_codes_put_the_caller_through_to_the_general_line(exchange: Exchange) -> None:
    issued = await exchange.ask()
    leg = await call(exchange, issued.access_number)
    heard = [await leg.key(SOON_S)]

    for _ in range(3):
        leg.press("000000")
        heard.append(await leg.key(SOON_S))

    assert heard == [Signal.CODE_ASKED, Signal.CODE_WRONG, Signal.CODE_WRONG, Signal.GENERAL_LINE]
    assert await leg.key(SOON_S) == Signal.CONNECTED
    assert "matched" not in exchange.names()
    await leg.hang_up()


async def test_keys_interrupt_what_is_being_said(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    long_question = bytes(2 * 8000 * 30)
    monkeypatch.setitem(exchange.line._prompts, "ask_code", long_question)
    issued = await exchange.ask()
    leg = await call(exchange, issued.access_number)
    assert await leg.key(SOON_S) == Signal.CODE_ASKED

    assert issued.access_code
    leg.press(issued.access_code)

    assert await leg.key(SOON_S) == Signal.MATCHED
    await leg.hang_up()


async def test_a_known_caller_is_not_asked_for_the_code(exchange: Exchange) -> None:
    issued = await exchange.ask(caller="+12025550155")

    names = await steps(exchange, number=issued.access_number, caller="+12025550155")

    assert names == ["calling", "answered", "matched", "connected", "hung_up"]
    assert (await exchange.event("matched"))["matchedBy"] == "caller"


async def test_a_number_nobody_has_is_announced_and_the_call_ended(exchange: Exchange) -> None:
    leg = await call(exchange, "+12025550177")

    assert await leg.key(SOON_S) == Signal.NUMBER_UNKNOWN
    await eventually(lambda: leg.closed or None)


async def test_a_silent_caller_is_asked_again_and_then_put_through(exchange: Exchange) -> None:
    issued = await exchange.ask()
    leg = await call(exchange, issued.access_number)

    heard = [await leg.key(SOON_S) for _ in range(4)]

    assert heard == [Signal.CODE_ASKED, Signal.CODE_ASKED, Signal.GENERAL_LINE, Signal.CONNECTED]
    await leg.hang_up()


async def test_hanging_up_while_it_rings_ends_the_request(exchange: Exchange) -> None:
    issued = await exchange.ask()
    leg = await call(exchange, issued.access_number)
    assert await leg.key(SOON_S) == Signal.CODE_ASKED
    assert issued.access_code
    leg.press(issued.access_code)
    assert await leg.key(SOON_S) == Signal.MATCHED

    await leg.hang_up()

    assert (await exchange.event("ended"))["reason"] == "the caller hung up"


async def test_hanging_up_before_the_code_leaves_the_request_waiting(exchange: Exchange) -> None:
    issued = await exchange.ask()
    leg = await call(exchange, issued.access_number)
    assert await leg.key(SOON_S) == Signal.CODE_ASKED

    await leg.hang_up()
    await eventually(lambda: not exchange.line._talking or None)

    assert StepName.MATCHED in await steps(exchange, number=issued.access_number, code=issued.access_code)


async def test_of_two_calls_with_one_code_one_wins(exchange: Exchange) -> None:
    issued = await exchange.ask()
    legs = [await call(exchange, issued.access_number) for _ in range(2)]
    for leg in legs:
        assert await leg.key(SOON_S) == Signal.CODE_ASKED

    assert issued.access_code
    for leg in legs:
        leg.press(issued.access_code)
    heard = [await leg.key(SOON_S) for leg in legs]

    assert sorted(heard, key=str) == [Signal.CODE_WRONG, Signal.MATCHED]
    for leg in legs:
        await leg.hang_up()


async def test_keys_sent_as_sip_info_count(exchange: Exchange) -> None:
    issued = await exchange.ask()
    leg = await call(exchange, issued.access_number, phone=Phone(exchange.stack, dtmf="info"))
    assert await leg.key(SOON_S) == Signal.CODE_ASKED

    assert issued.access_code
    leg.press(issued.access_code)

    assert await leg.key(SOON_S) == Signal.MATCHED
    await leg.hang_up()


async def test_five_calls_are_served_at_once(exchange: Exchange) -> None:
    asked = [await exchange.ask("support") for _ in range(5)]

    every = await asyncio.gather(
        *(steps(exchange, number=issued.access_number, code=issued.access_code) for issued in asked)
    )

    assert [StepName.CONNECTED in names for names in every] == [True] * 5


async def test_a_taken_port_is_named_with_the_way_out() -> None:
    async with SipStack() as stack:
        with pytest.raises(SipPortTakenError, match=rf"{stack.port} .*--sip-port"):
            await SipStack(port=stack.port).start()


async def test_an_address_the_stack_would_not_listen_on_is_refused() -> None:
    with pytest.raises(SipFailedError, match=r"127\.0\.0\.2"):
        await SipStack("127.0.0.2").start()
