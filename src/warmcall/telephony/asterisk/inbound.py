"""Reading what Asterisk says: the FastAGI environment of a call, the reports of hooks, the events of ARI.

FastAGI has nothing to authenticate; the listener's allow-list has let the peer in.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from warmcall.calls.model import CallId
from warmcall.telephony.connector import Switchboard
from warmcall.telephony.ivr import InboundCall
from warmcall.telephony.refusals import Refusal, RefusedError

CALL_VARIABLE = "WARMCALL_CALL"
"""The caller's call id, in its own channel and in those it dials."""

_NONE = "unknown"
_NOT_ALLOWED = 0x60
"""The bits of Caller-ID presentation (ITU-T Q.951) that say restricted, or not available."""

_ENDINGS = {
    "ANSWER": "it was hung up",
    "CANCEL": "the caller hung up",
    "BUSY": "the destination was busy",
    "NOANSWER": "nobody answered",
    "CONGESTION": "the destination could not be reached",
    "CHANUNAVAIL": "the destination could not be reached",
}


class Progress(msgspec.Struct, frozen=True):
    """How a call goes on.

    Attributes:
        reason: Why it ended.
    """

    call_id: CallId
    state: Literal["connected", "ended"]
    reason: str = ""


class Request(msgspec.Struct, frozen=True):
    """What the dialplan asks.

    Attributes:
        path: What stands after the address in `agi://…/path`.
        arguments: The arguments of AGI() that are written as `name=value`.
        environment: What Asterisk says of the channel.
    """

    path: str
    arguments: Mapping[str, str]
    environment: Mapping[str, str]


def read_request(environment: Mapping[str, str]) -> Request:
    """Read what is asked.

    Raises:
        RefusedError: MALFORMED if it is not FastAGI.
    """
    path = environment.get("agi_network_script")
    if path is None or "agi_uniqueid" not in environment:
        raise RefusedError(Refusal.MALFORMED, "expected FastAGI: AGI(agi://HOST:PORT/call) in the dialplan")
    given = (value for name, value in environment.items() if name.startswith("agi_arg_"))
    return Request(path.strip("/"), {name: value for name, _, value in (a.partition("=") for a in given)}, environment)


def read_call(request: Request, switchboard: Switchboard) -> InboundCall:
    """Read the call. The dialplan may know better who calls whom: `dialled=`, `caller=`, `attestation=`.

    Raises:
        RefusedError: MALFORMED if it has no dialled number.
    """
    environment, given = request.environment, request.arguments
    withheld = _number(environment.get("agi_callingpres", "")) & _NOT_ALLOWED
    return switchboard.call(
        environment["agi_uniqueid"],
        given.get("dialled") or _dialled(environment),
        given.get("caller") or environment.get("agi_callerid"),
        privacy="id" if withheld else "",
        caller_name=environment.get("agi_calleridname"),
        attestation=given.get("attestation"),
    )


def read_progress(request: Request) -> Progress:
    """Read a hook's report: `AGI(agi://…/connected,call=…)` or `AGI(agi://…/ended,call=…,status=…,cause=…)`.

    Raises:
        RefusedError: MALFORMED if it names no call.
    """
    given = request.arguments
    call_id = CallId(given.get("call") or request.environment["agi_uniqueid"])
    if not call_id or len(call_id) > 200 or not call_id.isprintable():
        raise RefusedError(Refusal.MALFORMED, "the report names no call; pass call=${WARMCALL_CALL}")
    if request.path == "connected":
        return Progress(call_id, "connected")
    reason = _ENDINGS.get(given.get("status", ""), "the caller hung up")
    cause = _number(given.get("cause", ""))
    return Progress(call_id, "ended", f"{reason} (cause {cause})" if cause else reason)


class _Channel(msgspec.Struct, frozen=True):
    id: str
    channelvars: dict[str, str] = {}

    @property
    def is_callers(self) -> bool:
        # Channels that the caller's dials inherit the variable, but not the id.
        return self.channelvars.get(CALL_VARIABLE) == self.id


class _Event(msgspec.Struct, frozen=True):
    type: str
    channel: _Channel | None = None
    caller: _Channel | None = None
    dialstatus: str = ""
    cause_txt: str = ""


_decode = msgspec.json.Decoder(_Event).decode


def read_event(raw: str | bytes) -> Progress | None:
    """Read an event of ARI; `None` if it is about nothing that concerns us.

    Raises:
        RefusedError: MALFORMED if it is no event.
    """
    try:
        event = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(Refusal.MALFORMED, "expected events of ARI; check telephony.asterisk.ari.url") from error
    if event.type == "Dial" and event.dialstatus == "ANSWER" and event.caller and event.caller.is_callers:
        return Progress(CallId(event.caller.id), "connected")
    if event.type == "ChannelDestroyed" and event.channel and event.channel.is_callers:
        return Progress(CallId(event.channel.id), "ended", _line(event.cause_txt) or "it was hung up")
    return None


def _dialled(environment: Mapping[str, str]) -> str:
    extension, dnid = (environment.get(f"agi_{name}", _NONE) for name in ("extension", "dnid"))
    # Calls may have been sent to an extension such as "s" before they get here.
    return dnid if dnid != _NONE and not extension.lstrip("+").isdigit() else extension


def _line(text: str) -> str:
    return "".join(letter for letter in text[:100] if letter.isprintable())


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
