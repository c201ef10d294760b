"""What the line does with one call, from picking up to hanging up."""

import asyncio
from dataclasses import dataclass

from warmcall.telephony.demoline.leg import HungUpError, Leg
from warmcall.telephony.demoline.prompts import (
    AGENT_HELLO,
    GENERAL_HELLO,
    GOODBYE,
    Prompts,
    hold_music,
    ringing,
)
from warmcall.telephony.demoline.signals import Signal
from warmcall.telephony.ivr import Decision, Gather, HangUp, InboundCall, Ivr, Prompt, Route

_SIGNALS = {
    Prompt.ASK_CODE: Signal.CODE_ASKED,
    Prompt.WRONG_CODE: Signal.CODE_WRONG,
    Prompt.NOTHING_HEARD: Signal.CODE_ASKED,
    Prompt.CONNECTING: Signal.MATCHED,
    Prompt.GENERAL_LINE: Signal.GENERAL_LINE,
    Prompt.NUMBER_UNKNOWN: Signal.NUMBER_UNKNOWN,
}


@dataclass(frozen=True)
class Patience:
    """How long the line waits for what.

    Attributes:
        agent_s: How long the demo agent stays on the line.
        rings: How often it rings before the agent answers.
    """

    agent_s: float = 60.0
    rings: int = 1


class Conversation:
    """Carries out what the IVR decides.

    Args:
        leg: The caller's voice and keypad.
        call: The call as the IVR knows it.
        ivr: Decides.
        prompts: What to say it with.
        patience: How long to wait for what.
        signals: Whether the caller asked to be told each step by keys.
    """

    def __init__(
        self, leg: Leg, call: InboundCall, ivr: Ivr, prompts: Prompts, patience: Patience, *, signals: bool
    ) -> None:
        self._leg = leg
        self._call = call
        self._ivr = ivr
        self._prompts = prompts
        self._patience = patience
        self._signals = signals

    async def run(self) -> None:
        """Hold the conversation until either side hangs up."""
        reason = "the line failed"
        try:
            await self._leg.answer()
            decision = await self._until_decided()
            reason = await self._put_through(decision) if isinstance(decision, Route) else await self._refuse(decision)
        except HungUpError:
            reason = "the line was closed" if self._leg.ended_here else "the caller hung up"
        finally:
            await self._leg.hang_up()
            await self._ivr.ended(self._call.call_id, reason)

    async def _until_decided(self) -> Route | HangUp:
        decision: Decision = await self._ivr.answer(self._call)
        while isinstance(decision, Gather):
            self._signal(_SIGNALS[decision.prompt])
            await self._leg.say(self._prompts[decision.prompt], until_key=True)
            digits = await self._leg.digits(decision.digits, decision.timeout_s)
            decision = await self._ivr.keyed(self._call, decision, digits)
            self._leg.forget_keys()
        return decision

    async def _put_through(self, route: Route) -> str:
        """Play the agent. A real phone system would bridge to `route.destination` here."""
        self._signal(_SIGNALS[route.prompt])
        await self._leg.say(self._prompts[route.prompt])
        for _ in range(self._patience.rings):
            await self._leg.say(ringing())
        await self._ivr.connected(self._call.call_id)
        self._signal(Signal.CONNECTED)
        await self._agent(self._prompts[AGENT_HELLO if route.matched else GENERAL_HELLO])
        return "the demo agent hung up"

    async def _agent(self, hello: bytes) -> None:
        try:
            async with asyncio.timeout(self._patience.agent_s):
                await self._leg.say(hello)
                while True:
                    await self._leg.say(hold_music())
        except TimeoutError:
            await self._leg.say(self._prompts[GOODBYE])

    async def _refuse(self, refusal: HangUp) -> str:
        self._signal(_SIGNALS[refusal.prompt])
        await self._leg.say(self._prompts[refusal.prompt])
        return refusal.reason

    def _signal(self, signal: Signal) -> None:
        if self._signals:
            self._leg.press(signal)
