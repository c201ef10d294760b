"""Reading what the provider reports, once its signature was checked."""

from collections.abc import Mapping

from warmcall.calls.model import CallId
from warmcall.telephony.connector import Switchboard, Webhook
from warmcall.telephony.ivr import InboundCall
from warmcall.telephony.refusals import Refusal, RefusedError

Form = Mapping[str, str]

_CALLER_LEFT = "the caller hung up"
_ANSWERED = frozenset({"in-progress", "answered"})
_OVER = {
    "completed": "hung up",
    "busy": "busy",
    "no-answer": "no answer",
    "failed": "failed",
    "canceled": _CALLER_LEFT,
    "cancelled": _CALLER_LEFT,
}
_QUEUE = {"bridged": "hung up", "bridging-in-process": "hung up", "hangup": _CALLER_LEFT}
_UNANSWERED = frozenset({"busy", "no-answer", "failed"})
_QUEUE_FAILED = frozenset({"queue-full", "error", "system-error"})
_DIGITS = 32


def read_call(form: Form, switchboard: Switchboard) -> InboundCall:
    """Read the call a report is about."""
    return switchboard.call(
        form.get("CallSid", ""),
        _address(form.get("To", "")),
        _address(form.get("From", "")),
        caller_name=form.get("CallerName") or form.get("CallerId"),
        attestation=form.get("StirVerstat"),
    )


def read_digits(form: Form) -> str:
    """The digits that were keyed in, without the key that completed them; empty if none were."""
    return "".join(key for key in form.get("Digits", "")[:_DIGITS] if key in "0123456789")


def read_state(webhook: Webhook) -> str:
    """The state that was asked with.

    Raises:
        RefusedError: MALFORMED if there is none.
    """
    state = webhook.queries().get("state")
    if not state:
        raise RefusedError(Refusal.MALFORMED, "the address has no state; request it as it was given in the document")
    return state


def read_call_id(form: Form, webhook: Webhook) -> CallId:
    """The id of the call that came in, of which a report on another leg speaks.

    Raises:
        RefusedError: MALFORMED if there is none.
    """
    call_id = form.get("ParentCallSid") or webhook.queries().get("call") or form.get("CallSid")
    if not call_id:
        raise RefusedError(Refusal.MALFORMED, "the report names no call")
    return CallId(call_id[:200])


def is_answered(form: Form) -> bool:
    """Whether a report on the destination's leg says that it answered."""
    return form.get("CallStatus") in _ANSWERED


def is_connected(form: Form) -> bool:
    """Whether a report at the end of a connection says that there was one."""
    return form.get("DialCallStatus") in ("completed", "answered") or form.get("QueueResult", "").startswith("bridg")


def is_failed(form: Form) -> bool:
    """Whether a report at the end of a connection says that there was none, and the caller may still be there."""
    return form.get("DialCallStatus") in _UNANSWERED or form.get("QueueResult") in _QUEUE_FAILED


def end_reason(form: Form) -> str | None:
    """Why a call or connection is over; `None` if it is not."""
    if "QueueResult" in form:
        return _QUEUE.get(form["QueueResult"], "left the queue")
    status = form.get("DialCallStatus") or form.get("CallStatus", "")
    return "hung up" if status == "answered" and "DialCallStatus" in form else _OVER.get(status)


def _address(text: str) -> str:
    # Telnyx leaves out the scheme of SIP addresses.
    return f"sip:{text}" if "@" in text and ":" not in text.partition("@")[0] else text
