"""Checking and reading what jambonz reports."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import msgspec

from warmcall.calls.clock import Clock
from warmcall.calls.model import CallId
from warmcall.telephony.connector import Switchboard, Webhook
from warmcall.telephony.ivr import InboundCall
from warmcall.telephony.jambonz.settings import Settings
from warmcall.telephony.refusals import Refusal, RefusedError, check_age

Report = Mapping[str, Any]

_OVER = {"completed": "hung up", "busy": "busy", "no-answer": "no answer", "failed": "failed"}
_QUEUE = {"bridged": "hung up", "hangup": "the caller hung up"}
_SIGNATURES = 10
_UNANSWERED = frozenset({"busy", "no-answer", "failed"})
_DIGITS = 32


def read_report(webhook: Webhook, settings: Settings, clock: Clock) -> Report:
    """The fields of a report that is jambonz's own.

    Raises:
        RefusedError: UNSIGNED, SIGNATURE or STALE if it is not, or not from now; MALFORMED if it is no JSON object.
    """
    if settings.webhook_secret is not None:
        _check_signature(webhook, settings.webhook_secret, clock)
    if settings.password is not None:
        _check_password(webhook, f"{settings.username}:{settings.password}")
    try:
        return msgspec.json.decode(webhook.body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(Refusal.MALFORMED, "expected a JSON object") from error


def _check_signature(webhook: Webhook, secret: str, clock: Clock) -> None:
    header = webhook.headers.get("jambonz-signature")
    if not header:
        raise RefusedError(Refusal.UNSIGNED, "the request has no jambonz-signature; only jambonz may call this address")
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    sent = [value for name, _, value in parts if name == "v1"][:_SIGNATURES]
    if len(times) != 1 or not times[0].isdecimal():
        raise RefusedError(Refusal.SIGNATURE, "expected one time in jambonz-signature: t=SECONDS,v1=SIGNATURE")
    expected = hmac.digest(secret.encode(), times[0].encode() + b"." + webhook.body, "sha256").hex()
    if not any(hmac.compare_digest(expected.encode(), text.encode()) for text in sent):
        raise RefusedError(
            Refusal.SIGNATURE, "the signature does not fit; compare webhook_secret with what jambonz has"
        )
    check_age(float(times[0]), clock)


def _check_password(webhook: Webhook, credentials: str) -> None:
    sent = webhook.headers.get("authorization")
    if not sent:
        raise RefusedError(Refusal.UNSIGNED, "the request names no user; set username and password in jambonz, too")
    if not hmac.compare_digest(f"Basic {b64encode(credentials.encode()).decode()}".encode(), sent.encode()):
        raise RefusedError(Refusal.SIGNATURE, "user or password is wrong; compare them with what jambonz has")


def read_call(report: Report, switchboard: Switchboard, known: Mapping[str, str]) -> InboundCall:
    """Read the call a report is about.

    Args:
        report: The report.
        switchboard: Describes calls.
        known: What `carried` said of an earlier report of the call; empty if there was none.
    """
    headers = _sip_headers(report)
    return switchboard.call(
        _text(report, "call_sid"),
        _text(report, "to"),
        _text(report, "from"),
        privacy="id" if "withheld" in known else headers.get("privacy", ""),
        caller_name=_text(report, "caller_name"),
        attestation=known.get("attestation") or headers.get("p-attestation-indicator") or _verstat(headers),
    )


def carried(call: InboundCall) -> Mapping[str, str]:
    """What only the first report says, and later ones need: its SIP headers are not sent again."""
    said = {"attestation": call.attestation, "withheld": "1" if call.caller_withheld else None}
    return {name: value for name, value in said.items() if value}


def read_digits(report: Report) -> str:
    """The digits that were keyed in, without the key that completed them; empty if none were."""
    keys = _text(report, "digits") or _text(report, "dtmf")
    return "".join(key for key in keys[:_DIGITS] if key in "0123456789")


def read_state(webhook: Webhook) -> str:
    """The state that was asked with.

    Raises:
        RefusedError: MALFORMED if there is none.
    """
    state = webhook.queries().get("state")
    if not state:
        raise RefusedError(Refusal.MALFORMED, "the address has no state; request it as it was given in the verb")
    return state


def read_call_id(report: Report) -> CallId:
    """The id of the call that came in, of which a report on another leg speaks.

    Raises:
        RefusedError: MALFORMED if there is none.
    """
    call_id = _text(report, "parent_call_sid") or _text(report, "call_sid")
    if not call_id:
        raise RefusedError(Refusal.MALFORMED, "the report names no call")
    return CallId(call_id[:200])


def is_answered(report: Report) -> bool:
    """Whether a report says that the destination's leg was answered."""
    return bool(_text(report, "parent_call_sid")) and _text(report, "call_status") == "in-progress"


def is_connected(report: Report) -> bool:
    """Whether a report at the end of a connection says that there was one."""
    return _text(report, "dial_call_status") == "completed" or _queue_result(report) == "bridged"


def is_failed(report: Report) -> bool:
    """Whether a report at the end of a connection says that there was none, and the caller may still be there."""
    return _text(report, "dial_call_status") in _UNANSWERED or _queue_result(report) == "error"


def end_reason(report: Report) -> str | None:
    """Why a call or connection is over; `None` if it is not, or if only another leg is."""
    if _queue_result(report):
        return _QUEUE.get(_queue_result(report), "left the queue")
    if "dial_call_status" in report:
        return _OVER.get(_text(report, "dial_call_status"))
    return None if _text(report, "parent_call_sid") else _OVER.get(_text(report, "call_status"))


def _queue_result(report: Report) -> str:
    # Its pages write it one way, most of its other fields the other.
    return _text(report, "queueResult") or _text(report, "queue_result")


def _text(report: Report, name: str) -> str:
    value = report.get(name)
    return value if isinstance(value, str) else ""


def _sip_headers(report: Report) -> Mapping[str, str]:
    sip = report.get("sip")
    headers = sip.get("headers") if isinstance(sip, dict) else None
    if not isinstance(headers, dict):
        return {}
    return {name.lower(): value for name, value in headers.items() if isinstance(value, str)}


def _verstat(headers: Mapping[str, str]) -> str | None:
    # A parameter of the caller's number (TS 24.229, 7.2A.20), put there by the network that checked.
    for name in ("p-asserted-identity", "from"):
        _, found, rest = headers.get(name, "").partition(";verstat=")
        if found:
            return rest.partition(">")[0].partition(";")[0].partition("@")[0]
    return None
