"""What is done with one call, from picking up to hanging up."""

import logging

from warmcall.telephony.connector import Switchboard
from warmcall.telephony.freeswitch import outbound
from warmcall.telephony.freeswitch.esl import EslError, Headers, HungUpError, Session, completes
from warmcall.telephony.freeswitch.inbound import read_digits, reason
from warmcall.telephony.freeswitch.outbound import Application, ArgumentRefusedError
from warmcall.telephony.freeswitch.settings import Settings
from warmcall.telephony.ivr import Decision, Gather, HangUp, InboundCall, Route

log = logging.getLogger("warmcall.telephony")

PROMPT_S = 60.0
"""No recording and no spoken text lasts longer."""
STEP_S = 10.0
CALL_S = 12 * 3600.0
"""A call that has said nothing for so long is over."""


class Conversation:
    """Carries out what the switchboard decides, and follows the call to its end.

    Args:
        session: The connection.
        call: The call.
        switchboard: Decides.
        settings: How to dial and to speak.
    """

    def __init__(self, session: Session, call: InboundCall, switchboard: Switchboard, settings: Settings) -> None:
        self._session = session
        self._call = call
        self._switchboard = switchboard
        self._settings = settings
        self._asked = 0

    async def run(self) -> None:
        """Hold the conversation; on a fault, or if nobody answers, the dialplan goes on.

        Raises:
            RefusedError: if the switchboard refuses, as when the caller took longer than the state lasts.
        """
        ended = "Warmcall does not follow the call any longer"
        try:
            await self._begin()
            decision = await self._until_decided()
            await self._say(decision)
            ended = await (self._put_through(decision) if isinstance(decision, Route) else self._end(decision))
        except HungUpError as error:
            ended = reason(error.cause) if error.cause else error.message
        except (EslError, ArgumentRefusedError) as error:
            log.error("call %s is left to the dialplan: %s", self._call.call_id, error.message)
        finally:
            await self._switchboard.ivr.ended(self._call.call_id, ended)

    async def _begin(self) -> None:
        try:
            await self._session.command(outbound.resume())
        except EslError as error:
            log.warning("callers will be cut off if Warmcall stops: %s", error.message)
        for block in outbound.begin():
            await self._session.command(block)
        await self._execute(("answer", ""))

    async def _until_decided(self) -> Route | HangUp:
        turn = await self._switchboard.turn(self._call)
        while isinstance(turn.decision, Gather):
            digits = await self._ask(turn.decision)
            turn = await self._switchboard.turn(self._call, turn.state, digits)
        return turn.decision

    async def _ask(self, asked: Gather) -> str:
        # A name of its own each time: what was keyed in before must not answer for silence.
        self._asked += 1
        variable = f"warmcall_digits_{self._asked}"
        recording = outbound.recording(asked, self._switchboard, self._settings) or outbound.TONE
        deadline_s = PROMPT_S + asked.timeout_s * (asked.digits + 1)
        done = await self._execute(outbound.gather(asked, recording, variable), deadline_s)
        return read_digits(done, variable)

    async def _say(self, decision: Decision) -> None:
        recording = outbound.recording(decision, self._switchboard, self._settings)
        if recording is not None:
            await self._execute(outbound.play(recording), PROMPT_S)

    async def _end(self, refusal: HangUp) -> str:
        await self._session.command(outbound.hang_up(outbound.hang_up_cause(refusal.prompt)))
        return refusal.reason

    async def _put_through(self, route: Route) -> str:
        application = outbound.connect(self._switchboard.destination(route), self._settings)
        for step in outbound.context(route, self._switchboard):
            await self._execute(step)
        if application is None:
            log.error("call %s is left to the dialplan: its destination cannot be dialled", self._call.call_id)
            return "there is nowhere to send the call"
        for step in outbound.call_settings():
            await self._execute(step)
        mark = await self._session.begin(outbound.execute(*application))
        return await self._follow(mark)

    async def _follow(self, mark: str) -> str:
        """Tell when somebody answers, until the call or the attempt is over."""
        held = False
        while True:
            event = await self._session.event(CALL_S)
            if event.get("Event-Name") == "CHANNEL_BRIDGE" and not held:
                held = True
                await self._switchboard.ivr.connected(self._call.call_id)
            elif completes(event, mark):
                return await self._finish() if held else reason(_failure(event))

    async def _finish(self) -> str:
        # Queues give the caller back when the agent hangs up. After a bridge the caller may be gone already.
        try:
            await self._session.command(outbound.hang_up())
            while True:
                await self._session.event(STEP_S)
        except EslError:
            return reason("NORMAL_CLEARING")

    async def _execute(self, application: Application, deadline_s: float = STEP_S) -> Headers:
        return await self._session.execute(outbound.execute(*application), deadline_s)


def _failure(event: Headers) -> str:
    return event.get("variable_originate_disposition") or event.get("variable_cc_cause") or "NO_ANSWER"
