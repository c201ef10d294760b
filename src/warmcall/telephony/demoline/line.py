"""The demo line: answers every call that reaches the SIP port."""

import asyncio
import logging
from typing import TYPE_CHECKING

from warmcall.calls.model import CallId
from warmcall.telephony.demoline.conversation import Conversation, Patience
from warmcall.telephony.demoline.leg import Leg
from warmcall.telephony.demoline.prompts import Prompts, recorded
from warmcall.telephony.demoline.signals import BY_KEYS, HEADER
from warmcall.telephony.demoline.stack import AUDIO_CODECS, SipStack
from warmcall.telephony.ivr import InboundCall, Ivr
from warmcall.telephony.numbers import read_caller, read_dialled, read_name
from warmcall.telephony.redirect.identity import Claims, attestation, name_of

if TYPE_CHECKING:
    from baresip import Call, UserAgent

log = logging.getLogger("warmcall.demoline")

PROVIDER = "demoline"
PORT = 5066


class DemoLine:
    """Answers calls to any number on the stack's address and holds one conversation each.

    Args:
        stack: The running SIP stack.
        ivr: Decides what happens to a call.
        prompts: The recorded sentences by name.
        patience: How long to wait for what.
    """

    def __init__(
        self, stack: SipStack, ivr: Ivr, prompts: Prompts | None = None, patience: Patience | None = None
    ) -> None:
        self._stack = stack
        self._ivr = ivr
        self._prompts = recorded() if prompts is None else prompts
        self._patience = patience or Patience()
        self._agent: UserAgent | None = None
        self._talking: set[asyncio.Task[None]] = set()
        self._legs: set[Leg] = set()

    @property
    def address(self) -> str:
        """Host and port to call, such as `127.0.0.1:5066`."""
        return f"{self._stack.host}:{self._stack.port}"

    async def start(self) -> None:
        """Answer calls from now on."""
        from baresip import Account, UserAgent

        account = Account(
            user="line",
            domain=self.address,
            password="",
            reg_interval=0,
            audio_codecs=AUDIO_CODECS,
            extra_params=("catchall=yes",),
        )
        self._agent = await UserAgent.create(self._stack.runtime, account, transfer_policy="reject")
        self._agent.on_incoming(self._incoming)

    async def aclose(self) -> None:
        """Hang up on everyone, and return when each call was reported as ended. The stack keeps running."""
        for leg in list(self._legs):
            await leg.hang_up()
        if self._talking:
            await asyncio.wait(set(self._talking), timeout=5)

    def _incoming(self, call: "Call") -> None:
        leg = Leg(call)
        conversation = Conversation(
            leg,
            _describe(call),
            self._ivr,
            self._prompts,
            self._patience,
            signals=call.headers.get(HEADER) == BY_KEYS,
        )
        task = asyncio.create_task(self._hold(leg, conversation), name=f"call {leg.call_id}")
        self._talking.add(task)
        task.add_done_callback(self._talking.discard)

    async def _hold(self, leg: Leg, conversation: Conversation) -> None:
        self._legs.add(leg)
        try:
            await conversation.run()
        except Exception:
            # One call that fails must not take the line down with it.
            log.exception("call %s failed", leg.call_id)
        finally:
            self._legs.discard(leg)


def _describe(call: "Call") -> InboundCall:
    """Read what the INVITE says."""
    # The request URI is not visible through this binding; a phone that dials us directly writes the same into To.
    # A trunk puts the caller into P-Asserted-Identity (RFC 3325), a phone into From.
    headers = call.headers
    caller = read_caller(headers.get("P-Asserted-Identity") or headers.get("From"), headers.get("Privacy", ""))
    claims = Claims(
        sender=headers.get("From", ""),
        asserted=headers.get("P-Asserted-Identity", ""),
        attested=headers.get("P-Attestation-Indicator", ""),
        identity=headers.get("Identity", ""),
    )
    return InboundCall(
        provider=PROVIDER,
        call_id=CallId(call.call_id or ""),
        dialled_number=read_dialled(headers.get("To", "")),
        caller_number=caller.number,
        caller_withheld=caller.withheld,
        caller_name=None if caller.withheld else read_name(name_of(claims)),
        attestation=attestation(claims),
    )
