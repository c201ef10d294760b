"""From a call to an answer, in bounded time and whatever happens: no caller is dropped."""

import asyncio
import logging

from warmcall.telephony.connector import Switchboard
from warmcall.telephony.ivr import Decision, InboundCall, Prompt, Route
from warmcall.telephony.redirect.outbound import Answer, render

log = logging.getLogger("warmcall.telephony")

DECIDE_WITHIN_S = 4.0

_NOBODY_KNOWS = Route(prompt=Prompt.GENERAL_LINE, destination=None, matched=False)


class Decider:
    """Decides what SIP callers are told.

    Args:
        switchboard: Decides.
        pbx: The host on which queues, extensions and numbers are dialled.
        code_destination: Where a call goes that needs a code.
    """

    def __init__(self, switchboard: Switchboard, pbx: str | None, code_destination: str | None) -> None:
        self._switchboard = switchboard
        self._pbx = pbx
        self._code_destination = code_destination

    async def answer(self, call: InboundCall) -> Answer:
        """Decide; a call that cannot be decided goes to the general line."""
        return self._render(await self._decide(call))

    def general_line(self) -> Answer:
        """Where calls go of which nothing is known."""
        return self._render(_NOBODY_KNOWS)

    async def _decide(self, call: InboundCall) -> Decision:
        try:
            async with asyncio.timeout(DECIDE_WITHIN_S):
                return (await self._switchboard.turn(call)).decision
        except TimeoutError:
            log.error("no decision in time; the call goes to the general line", extra={"within_s": DECIDE_WITHIN_S})
        except Exception:
            log.exception("no decision; the call goes to the general line")
        return _NOBODY_KNOWS

    def _render(self, decision: Decision) -> Answer:
        return render(decision, self._switchboard, self._pbx, self._code_destination)
