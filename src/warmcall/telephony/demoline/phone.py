"""A phone without a person: places SIP calls, for `warmcall dial`, the demo page and the tests."""

from typing import TYPE_CHECKING

from warmcall.telephony.demoline.leg import Leg
from warmcall.telephony.demoline.signals import BY_KEYS, HEADER
from warmcall.telephony.demoline.stack import AUDIO_CODECS, SipStack

if TYPE_CHECKING:
    from baresip import Call, UserAgent


class Phone:
    """Places calls over a running SIP stack.

    Args:
        stack: The running SIP stack.
        dtmf: How keys travel: `rtpevent` (RFC 4733) or `info` (SIP INFO, RFC 6086).
    """

    def __init__(self, stack: SipStack, dtmf: str = "rtpevent") -> None:
        self._stack = stack
        self._dtmf = dtmf
        self._agent: UserAgent | None = None

    async def call(self, number: str, line: str, caller: str | None = None) -> tuple["Call", Leg]:
        """Start a call; whether anybody answers shows later.

        Args:
            number: What to dial, in E.164.
            line: Host and port of the line.
            caller: The number to call from, in E.164; `None`: withheld.
        """
        # One anonymous identity for all calls, since the stack never forgets one; the number travels as a trunk would
        # send it (RFC 3325).
        headers = {HEADER: BY_KEYS}
        if caller:
            headers["P-Asserted-Identity"] = f"<tel:{caller}>"
        agent = await self._identity()
        call = await agent.dial(f"sip:{number}@{line}", headers)
        return call, Leg(call)

    async def _identity(self) -> "UserAgent":
        from baresip import Account, UserAgent

        if self._agent is None:
            account = Account(
                user="anonymous",
                domain="anonymous.invalid",
                password="",
                reg_interval=0,
                audio_codecs=AUDIO_CODECS,
                dtmf_mode="info" if self._dtmf == "info" else "rtpevent",
            )
            self._agent = await UserAgent.create(self._stack.runtime, account, transfer_policy="reject")
        return self._agent
