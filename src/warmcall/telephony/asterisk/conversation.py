"""What is done with one call, from picking up to leaving it to the dialplan."""

import logging

from warmcall.telephony.asterisk import outbound
from warmcall.telephony.asterisk.agi import AgiError, HungUpError, Line, Session
from warmcall.telephony.asterisk.settings import Settings
from warmcall.telephony.connector import Switchboard
from warmcall.telephony.ivr import Decision, Gather, HangUp, InboundCall, Route

log = logging.getLogger("warmcall.telephony")

PROMPT_S = 60.0
"""No recording and no spoken text lasts longer."""
KEYS = "0123456789*"


class Conversation:
    """Carries out what the switchboard decides.

    Args:
        session: The connection.
        call: The call.
        switchboard: Decides.
        settings: How to speak.
    """

    def __init__(self, session: Session, call: InboundCall, switchboard: Switchboard, settings: Settings) -> None:
        self._session = session
        self._call = call
        self._switchboard = switchboard
        self._settings = settings

    async def run(self) -> None:
        """Hold the conversation, and say in variables what is to be done; on a fault the dialplan does without.

        Raises:
            RefusedError: if the switchboard refuses, as when the caller took longer than the state lasts.
        """
        try:
            await self._command(outbound.call_variable(self._call))
            await self._command(outbound.answer())
            decision = await self._until_decided()
            await self._say(decision)
            for name, value in outbound.variables(decision, self._switchboard):
                await self._command(outbound.set_variable(name, value))
        except HungUpError as error:
            await self._switchboard.ivr.ended(self._call.call_id, error.message)
        except (AgiError, outbound.ArgumentRefusedError) as error:
            log.error("call %s is left to the dialplan: %s", self._call.call_id, error.message)
        else:
            if isinstance(decision, HangUp):
                await self._switchboard.ivr.ended(self._call.call_id, decision.reason)

    async def _until_decided(self) -> Route | HangUp:
        turn = await self._switchboard.turn(self._call)
        while isinstance(turn.decision, Gather):
            digits = await self._ask(turn.decision)
            turn = await self._switchboard.turn(self._call, turn.state, digits)
        return turn.decision

    async def _ask(self, asked: Gather) -> str:
        recording = self._recording(asked)
        if recording is None:
            spoken = await self._speak(asked)
            return await self._digits(outbound.SILENCE if spoken else outbound.BEEP, asked) or ""
        digits = await self._digits(recording, asked)
        if digits is None:
            self._missing(recording)
            digits = await self._digits(outbound.BEEP, asked)
        return digits or ""

    async def _digits(self, recording: str, asked: Gather) -> str | None:
        deadline_s = PROMPT_S + asked.timeout_s * (asked.digits + 1)
        keyed = await self._command(outbound.get_data(recording, asked.timeout_s, asked.digits), deadline_s)
        return None if keyed is None else "".join(key for key in keyed if key in KEYS)[:64]

    async def _say(self, decision: Decision) -> None:
        recording = self._recording(decision)
        if recording is None:
            await self._speak(decision)
        elif await self._command(outbound.play(recording), PROMPT_S) is None:
            self._missing(recording)

    async def _speak(self, decision: Decision) -> bool:
        if self._settings.say is None:
            return False
        text = self._switchboard.speech(decision).text
        return await self._command(outbound.say(self._settings.say, text), PROMPT_S) is not None

    def _recording(self, decision: Decision) -> str | None:
        return outbound.recording(self._switchboard.speech(decision), self._settings)

    def _missing(self, recording: str) -> None:
        log.error("Asterisk cannot play %s: is it there, as 8 kHz mono WAV, and may Asterisk read it?", recording)

    async def _command(self, line: Line, deadline_s: float | None = None) -> str | None:
        """Carry it out; `None` if that was not possible."""
        reply = await (self._session.command(line, deadline_s) if deadline_s else self._session.command(line))
        return None if reply.failed else reply.result
