"""What the voice at the other end says next: greet, ask for the code, match, put through, or apologise.

It knows no provider and remembers nothing of a call: what was asked comes back with what was keyed in, so a connector
may keep it in memory, or carry it in a signed address.
"""

import logging
from enum import StrEnum
from hashlib import blake2b

import msgspec

from warmcall.bus.errors import CommandRejectedError
from warmcall.bus.plugin import Plugin
from warmcall.calls.answers import Context, GroupRef, MatchAnswer
from warmcall.calls.errors import AccessNumberUnknownError, CallUnknownError, NumberInvalidError
from warmcall.calls.model import CallId

log = logging.getLogger("warmcall.telephony")

LANGUAGE = "en"
CODE_DIGITS = 6
SILENCES = 2
CALL_ID_CHARACTERS = 200


class InboundCall(msgspec.Struct, frozen=True, kw_only=True):
    """An inbound call, as every connector describes it.

    Attributes:
        provider: The connector's name, as in `[telephony.NAME]`.
        call_id: The phone system's own id of the call. Who can choose it can take over the answer another call of the
            same connector got, so where peers choose it, something of ours is added: of SIP, the Call-ID and From tag.
        dialled_number: The access number that was called, read with `numbers.read_dialled`.
        caller_number: Where the call comes from, read with `numbers.read_caller`; `None` if not known.
        caller_withheld: Whether the caller asked not to be known.
        caller_name: The name the network sent with the call (CNAM, or a display name), for the agent's eyes only.
        attestation: How far the network vouches for the caller's number: A, B or C (RFC 8588).
    """

    provider: str
    call_id: CallId
    dialled_number: str
    caller_number: str | None = None
    caller_withheld: bool = False
    caller_name: str | None = None
    attestation: str | None = None


class Prompt(StrEnum):
    """What to say. Each connector has its own way of saying it."""

    ASK_CODE = "ask_code"
    WRONG_CODE = "wrong_code"
    NOTHING_HEARD = "nothing_heard"
    CONNECTING = "connecting"
    GENERAL_LINE = "general_line"
    NUMBER_UNKNOWN = "number_unknown"


class Gather(msgspec.Struct, frozen=True, kw_only=True):
    """Say the prompt and collect digits; keys pressed meanwhile interrupt it.

    Attributes:
        digits: How many complete a code; a hash completes it earlier.
        timeout_s: How long to wait for the next key after the prompt.
        attempt: How often this call has been asked, this time included.
        silences: How often it has been asked in vain.
        language: In which language to say it.
        fallback: Where the call goes if the connector gives up asking; `None`: its own general destination.
    """

    prompt: Prompt
    digits: int
    timeout_s: float
    attempt: int
    silences: int = 0
    language: str = LANGUAGE
    fallback: str | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Say the prompt and put the call through.

    Attributes:
        destination: SIP URI, extension, queue or number; `None`: the connector's own general destination.
        matched: Whether it is known who calls and why.
        context: Who calls and why, if so.
        group: Whose call it is; `None` if that could not be found out.
        language: In which language to say it.
    """

    prompt: Prompt
    destination: str | None
    matched: bool
    context: Context | None = None
    group: GroupRef | None = None
    language: str = LANGUAGE

    @property
    def token(self) -> str | None:
        """The token that travels with the call; all an agent's side needs to read the context."""
        return self.context.token if self.context else None


class HangUp(msgspec.Struct, frozen=True, kw_only=True):
    """Say the prompt and end the call."""

    prompt: Prompt
    reason: str
    language: str = LANGUAGE


Decision = Gather | Route | HangUp


class Ivr:
    """Decides what becomes of inbound calls.

    Args:
        plugin: In whose name `CallRequests.match` and `.report` are commanded.
        timeout_s: How long callers get for the next key.
        scope: Whose call ids these are: two phone systems may have the same one. Empty: known under it everywhere.
    """

    def __init__(self, plugin: Plugin, timeout_s: float = 8.0, scope: str = "") -> None:
        self._plugin = plugin
        self._timeout_s = timeout_s
        self._scope = scope

    async def answer(self, call: InboundCall) -> Decision:
        """Decide what an incoming call gets first."""
        return await self._match(call, None, None)

    async def keyed(self, call: InboundCall, asked: Gather, digits: str) -> Decision:
        """Decide what follows on a `Gather`.

        Args:
            call: The call.
            asked: The decision that asked for the digits.
            digits: What was keyed in; empty if nothing was.
        """
        if digits:
            return await self._match(call, asked, digits)
        if asked.silences + 1 < SILENCES:
            return msgspec.structs.replace(
                asked, prompt=Prompt.NOTHING_HEARD, attempt=asked.attempt + 1, silences=asked.silences + 1
            )
        # Somebody who has no code, or no keys, still wants to talk: no caller is dropped.
        return Route(prompt=Prompt.GENERAL_LINE, destination=asked.fallback, matched=False, language=asked.language)

    async def connected(self, call_id: CallId) -> None:
        """Tell that somebody answered."""
        await self._report(call_id, {"state": "connected"})

    async def ended(self, call_id: CallId, reason: str) -> None:
        """Tell that the call is over.

        Args:
            call_id: The phone system's own id of the call.
            reason: Why, in a few words.
        """
        await self._report(call_id, {"state": "ended", "reason": reason[:200]})

    async def _match(self, call: InboundCall, asked: Gather | None, digits: str | None) -> Decision:
        attempt = asked.attempt if asked else 0
        try:
            answer: MatchAnswer = await self._plugin.command(
                "CallRequests.match",
                {
                    "callId": scoped(call.call_id, self._scope),
                    "dialledNumber": call.dialled_number,
                    "callerNumber": call.caller_number,
                    "digits": digits,
                    "callerName": call.caller_name,
                    "attestation": call.attestation,
                    "idempotencyKey": str(attempt),
                },
            )
        except CommandRejectedError as error:
            return _without_answer(call, error)
        return self._decide(answer, asked, attempt)

    def _decide(self, answer: MatchAnswer, asked: Gather | None, attempt: int) -> Decision:
        if answer.outcome in ("matched", "no_match"):
            matched = answer.outcome == "matched"
            return Route(
                prompt=Prompt.CONNECTING if matched else Prompt.GENERAL_LINE,
                destination=answer.destination,
                matched=matched,
                context=answer.context,
                group=answer.group,
                language=answer.language,
            )
        return Gather(
            prompt=Prompt.WRONG_CODE if answer.outcome == "wrong_code" else Prompt.ASK_CODE,
            digits=answer.code_digits or CODE_DIGITS,
            timeout_s=self._timeout_s,
            attempt=attempt + 1,
            silences=asked.silences if asked else 0,
            language=answer.language,
            fallback=answer.fallback_destination,
        )

    async def _report(self, call_id: CallId, state: dict[str, str]) -> None:
        try:
            await self._plugin.command("CallRequests.report", {"callId": scoped(call_id, self._scope), **state})
        except CommandRejectedError as error:
            # A call to a number nobody has was never known. Any other goes on, or is over already: that leaves only the
            # operator to tell.
            level = logging.DEBUG if isinstance(error.__cause__, CallUnknownError) else logging.WARNING
            log.log(level, "call %s: the report that it %s was refused: %s", call_id, state["state"], error)


def scoped(call_id: CallId, scope: str) -> CallId:
    """The id under which a call of a connector is known to the rest of the server.

    >>> scoped(CallId("CA123"), "twilio")
    'twilio:CA123'
    """
    if not scope:
        return call_id
    whole = f"{scope}:{call_id}"
    if len(whole) <= CALL_ID_CHARACTERS:
        return CallId(whole)
    digest = blake2b(whole.encode(), digest_size=16, person=b"call-id").hexdigest()
    return CallId(f"{whole[: CALL_ID_CHARACTERS - len(digest) - 1]}-{digest}")


def _without_answer(call: InboundCall, error: CommandRejectedError) -> Decision:
    if isinstance(error.__cause__, AccessNumberUnknownError | NumberInvalidError):
        return HangUp(prompt=Prompt.NUMBER_UNKNOWN, reason="the number that was called is unknown")
    log.error("call %s could not be matched and goes to the general line: %s", call.call_id, error)
    return Route(prompt=Prompt.GENERAL_LINE, destination=None, matched=False)
