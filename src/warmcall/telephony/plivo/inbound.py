"""Checking and reading what Plivo reports."""

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from warmcall.calls.model import CallId
from warmcall.telephony.connector import Switchboard, Webhook
from warmcall.telephony.ivr import InboundCall
from warmcall.telephony.refusals import Refusal, RefusedError

Form = Mapping[str, str]

_SIGNATURES = ("x-plivo-signature-v3", "x-plivo-signature-ma-v3")
_NONCE = "x-plivo-signature-v3-nonce"
_OVER = {
    "completed": "hung up",
    "busy": "busy",
    "no-answer": "no answer",
    "timeout": "no answer",
    "failed": "failed",
    "cancel": "the caller hung up",
}
_UNANSWERED = frozenset({"busy", "no-answer", "timeout", "failed"})
_DIGITS = 32


def read_form(webhook: Webhook, auth_token: str) -> Form:
    """The fields of a report that Plivo signed; of a repeated one the last.

    Raises:
        RefusedError: UNSIGNED or SIGNATURE if it did not, or not like this.
    """
    sent = [text.strip() for name in _SIGNATURES for text in webhook.headers.get(name, "").split(",") if text.strip()]
    nonce = webhook.headers.get(_NONCE)
    if not sent or not nonce:
        raise RefusedError(Refusal.UNSIGNED, f"the request has no {_SIGNATURES[0]}; only Plivo may call this address")
    fields = webhook.form()
    expected = signature(webhook.url, fields, nonce, auth_token)
    if not any(hmac.compare_digest(expected.encode(), text.encode()) for text in sent):
        raise RefusedError(
            Refusal.SIGNATURE,
            "the signature does not fit; compare auth_token and server.public_url with what Plivo has",
        )
    return dict(fields)


def signature(url: str, fields: Sequence[tuple[str, str]], nonce: str, auth_token: str) -> str:
    """Sign a POST as Plivo does (its signature V3).

    Args:
        url: The address, with its query.
        fields: The form.
        nonce: Of the request.
        auth_token: The key.
    """
    address, _, query = url.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    # Sorted by name, values of one name by themselves; a full stop parts query and form, if there are both.
    text = address
    if pairs or fields:
        text += "?" + "&".join(f"{name}={value}" for name, value in sorted(pairs))
    if pairs and fields:
        text += "."
    text += "".join(name + value for name, value in sorted(fields))
    return b64encode(hmac.digest(auth_token.encode(), f"{text}.{nonce}".encode(), "sha256")).decode()


def read_call(form: Form, switchboard: Switchboard) -> InboundCall:
    """Read the call a report is about."""
    return switchboard.call(
        form.get("CallUUID", ""),
        form.get("To", ""),
        _number(form.get("From", "")),
        caller_name=form.get("CallerName"),
        attestation=form.get("STIRAttestation"),
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


def read_call_id(form: Form) -> CallId:
    """The id of the call that came in, of which a report on another leg speaks.

    Raises:
        RefusedError: MALFORMED if there is none.
    """
    call_id = form.get("DialALegUUID") or form.get("CallUUID")
    if not call_id:
        raise RefusedError(Refusal.MALFORMED, "the report names no call")
    return CallId(call_id[:200])


def is_answered(form: Form) -> bool:
    """Whether a report on the destination's leg says that it answered."""
    return form.get("DialAction") in ("answer", "connected")


def is_failed(form: Form) -> bool:
    """Whether a report at the end of a connection says that there was none, and the caller may still be there."""
    return form.get("DialStatus") in _UNANSWERED


def end_reason(form: Form) -> str | None:
    """Why a call or connection is over; `None` if it is not."""
    return _OVER.get(form.get("DialStatus") or form.get("CallStatus", ""))


def _number(text: str) -> str:
    # Plivo writes international numbers without the plus sign.
    return f"+{text}" if text.isascii() and text.isdigit() and not text.startswith("0") else text
