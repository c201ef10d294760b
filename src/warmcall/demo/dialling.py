"""A call from the caller's side: dial, wait for the question, key in the code, hear what becomes of it."""

import asyncio
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from warmcall.telephony.demoline.leg import HungUpError, Leg
from warmcall.telephony.demoline.phone import Phone
from warmcall.telephony.demoline.signals import Signal

if TYPE_CHECKING:
    from baresip import Call

ANSWER_WITHIN_S = 5.0
SIGNAL_WITHIN_S = 15.0


class StepName(StrEnum):
    """What can happen to a call."""

    CALLING = "calling"
    ANSWERED = "answered"
    CODE_ASKED = "code_asked"
    KEYED = "keyed"
    CODE_WRONG = "code_wrong"
    MATCHED = "matched"
    CONNECTED = "connected"
    GENERAL_LINE = "general_line"
    FAILED = "failed"
    HUNG_UP = "hung_up"


class Step(msgspec.Struct, frozen=True):
    """One thing that happened, with a sentence for people."""

    name: StepName
    text: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do.

    Attributes:
        number: The access number, in E.164.
        line: Host and port of the line.
        code: What to key in when asked; `None`: nothing.
        caller: The number to call from, in E.164; `None`: withheld.
        hold_s: How long to stay once connected.
    """

    number: str
    line: str
    code: str | None = None
    caller: str | None = None
    hold_s: float = 3.0


async def dial(phone: Phone, plan: Plan) -> AsyncIterator[Step]:
    """Place a call and tell what happens. The outcome is learnt in the call itself, see `signals`.

    The call was matched if and only if one of the steps is `matched`; it ends within a minute and a half in any case.
    """
    whom = f"from {plan.caller}" if plan.caller else "with the number withheld"
    yield Step(StepName.CALLING, f"Calling {plan.number} at {plan.line}, {whom}.")
    call, leg = await phone.call(plan.number, plan.line, plan.caller)
    try:
        trouble = await _answered(call, plan)
        if trouble is not None:
            yield Step(StepName.FAILED, trouble)
            return
        yield Step(StepName.ANSWERED, "The line answered.")
        async for step in _talk(leg, plan):
            yield step
    except HungUpError:
        yield Step(StepName.FAILED, "The other end hung up.")
    finally:
        # Shielded, so that a caller who is cancelled does not leave a call behind.
        await asyncio.shield(leg.hang_up())
    yield Step(StepName.HUNG_UP, "Hung up.")


async def _answered(call: "Call", plan: Plan) -> str | None:
    """Wait for the answer; returns what went wrong, if anything did."""
    from baresip import CallFailed, CallTimeout

    try:
        await call.wait_established(ANSWER_WITHIN_S)
    except CallTimeout:
        return f"Nobody answers at {plan.line}. Is the line running? Start it with: warmcall demo"
    except CallFailed as error:
        return f"The line at {plan.line} did not take the call: {error.reason or error}."
    return None


async def _talk(leg: Leg, plan: Plan) -> AsyncIterator[Step]:
    left_to_key = plan.code
    while True:
        key = await leg.key(SIGNAL_WITHIN_S)
        if key == Signal.CODE_ASKED and left_to_key is not None:
            yield Step(StepName.CODE_ASKED, "The line asks for the code.")
            leg.press(left_to_key)
            await leg.pressed()
            yield Step(StepName.KEYED, f"Keyed in {left_to_key}.")
            left_to_key = None
        elif key == Signal.MATCHED:
            yield Step(StepName.MATCHED, "Matched: the line knows who is calling and why. It is ringing.")
        elif key == Signal.CONNECTED:
            yield Step(StepName.CONNECTED, "The agent answered.")
            await leg.pause(plan.hold_s)
            return
        else:
            yield _end(key)
            return


def _end(key: str | None) -> Step:
    """What a signal means after which there is nothing left to try."""
    match key:
        case Signal.CODE_ASKED:
            return Step(StepName.FAILED, "The line asks for a code. Dial again with the one you were given.")
        case Signal.CODE_WRONG:
            return Step(StepName.CODE_WRONG, "The line does not know this code. It may be used up or expired.")
        case Signal.GENERAL_LINE:
            return Step(StepName.GENERAL_LINE, "Nothing matched: the call goes to the general line, without context.")
        case Signal.NUMBER_UNKNOWN:
            return Step(StepName.FAILED, "The line knows no such number.")
        case None:
            return Step(StepName.FAILED, "The line answered but did not say what becomes of the call.")
    return Step(StepName.FAILED, f"The line sent a key that means nothing here: {key}.")
