"""What is sent: one event as the body of a request, and its signatures (Standard Webhooks, version 1)."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from standardwebhooks import Webhook

from warmcall.calls.clock import rfc3339
from warmcall.calls.model import CallRequest, Event, EventType, Json, State
from warmcall.webhooks.hook import PREFIX, Hook

TEST = "warmcall.test"
_STATES = {*State}
_STATE_OF = {kind: State.WAITING.value if kind.value not in _STATES else kind.value for kind in EventType}
# What an event says that names nobody. The rest is sent only to a hook that includes it.
_PLAIN = ("callId", "matchedBy", "attestation", "triesLeft", "reason", "durationS", "disposition")


class Message(NamedTuple):
    """A message to a receiver.

    Attributes:
        id: The same for every try; what a receiver knows a repetition by.
    """

    id: str
    body: bytes


def message_of(event: Event, request: CallRequest, hook: Hook, context_url: str) -> Message:
    """Write an event for a hook. A repeated try says the same again.

    Args:
        event: What happened.
        request: The call request it happened to.
        hook: Says which personal data goes along.
        context_url: Where an API key gets who is calling and why.
    """
    data: Json = {
        "id": request.id,
        "site": request.site,
        "group": request.group,
        "at": rfc3339(event.at_ms),
        "seq": event.seq,
        "accessNumber": request.number,
        "createdAt": rfc3339(request.created_at_ms),
        "expiresAt": rfc3339(request.expires_at_ms),
        "contextUrl": context_url,
    }
    if event.type.value in _STATES or event.type is EventType.CREATED:
        data["state"] = _STATE_OF[event.type]
    data.update((name, event.data[name]) for name in _PLAIN if event.data.get(name) is not None)
    data.update(_personal(event, request, hook.include))
    return Message(f"evt_{request.id}_{event.seq}", _body(f"{PREFIX}{event.type.value}", event.at_ms, data))


def test_message(hook: Hook, now_ms: int, nonce: str) -> Message:
    """A message that tells of nothing, to try a receiver."""
    data = {"hook": hook.id, "text": "If you can read and verify this, the webhook works."}
    return Message(f"evt_test_{nonce}", _body(TEST, now_ms, data))


def headers_of(message: Message, hook: Hook, now_ms: int) -> dict[str, str]:
    """The headers of one try: each secret signs, so that the receiver may know the new one or the old one."""
    at = datetime.fromtimestamp(now_ms / 1000, UTC)
    signatures = (Webhook(secret).sign(message.id, at, message.body.decode()) for secret in hook.secrets)
    return {
        "content-type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(now_ms // 1000),
        "webhook-signature": " ".join(signatures),
    }


def _body(kind: str, at_ms: int, data: Json) -> bytes:
    return msgspec.json.encode({"type": kind, "timestamp": rfc3339(at_ms), "data": data})


def _personal(event: Event, request: CallRequest, include: frozenset[str]) -> Json:
    page = {"url": request.page.url, "title": request.page.title, "language": request.page.language}
    all_of_it: dict[str, dict[str, Any]] = {
        "caller": {"callerNumber": request.caller, "callerName": event.data.get("callerName")},
        "fields": {"fields": request.fields},
        "user_data": {"userData": request.user_data},
        "page": {"page": page},
        "notes": {"text": event.data.get("text")} if event.type is EventType.NOTE_ADDED else {},
    }
    found: Json = {}
    for name in all_of_it:
        if name in include:
            found.update(all_of_it[name])
    return found
