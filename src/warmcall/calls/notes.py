"""What an agent or a CRM writes back about a call."""

from typing import Annotated, Any

import msgspec

from warmcall.calls.clock import rfc3339
from warmcall.calls.errors import InvalidFieldError, RequestUnknownError
from warmcall.calls.model import CallRequest, Event, EventType, RequestId
from warmcall.calls.port import Transaction


class NoteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note; at least one of the two.

    Attributes:
        text: What there is to say, for people.
        disposition: How the call turned out, as the CRM names it, such as `sold`.
    """

    text: Annotated[str, msgspec.Meta(max_length=4000)] | None = None
    disposition: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class NoteReport(NoteBody, frozen=True):
    """A note and the call it is about: `token` is the context's."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = ""


class Note(msgspec.Struct, frozen=True):
    """A note as it is kept; `at` is RFC 3339."""

    at: str
    text: str | None
    disposition: str | None


class CallFacts(msgspec.Struct, frozen=True, rename="camel"):
    """What the phone system said of a matched call. The network's word, not the visitor's: to be seen, not relied on.

    Attributes:
        call_id: The phone system's own id.
        caller_name: The name sent with the call.
        attestation: How far the network vouches for the caller's number: A, B or C (RFC 8588).
    """

    call_id: str
    caller_name: str | None
    attestation: str | None


async def add_note(tx: Transaction, request_id: RequestId, note: NoteReport, now_ms: int) -> CallRequest:
    """Store a note as an event; the request's state stays as it is.

    Raises:
        RequestUnknownError: if there is no such request.
        InvalidFieldError: if the note says nothing.
    """
    if not note.text and not note.disposition:
        raise InvalidFieldError("text", "a note needs a text or a disposition.")
    request = await tx.find(request_id)
    if request is None:
        raise RequestUnknownError
    data = {"text": note.text, "disposition": note.disposition}
    await tx.note(request, EventType.NOTE_ADDED, now_ms, data)
    return request


def note_of(event: Event) -> Note:
    """Read a note's event."""
    return Note(rfc3339(event.at_ms), event.data.get("text"), event.data.get("disposition"))


def facts_of(event: Event) -> CallFacts:
    """Read a match's event."""
    data: dict[str, Any] = event.data
    return CallFacts(str(data.get("callId", "")), data.get("callerName"), data.get("attestation"))
