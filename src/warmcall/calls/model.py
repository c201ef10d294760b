"""The nouns of the domain.

Times are integer milliseconds since the Unix epoch, because these structs are made on the hot path.
"""

from enum import StrEnum
from typing import Any, Literal, NewType

import msgspec

SiteId = NewType("SiteId", str)
GroupName = NewType("GroupName", str)
RequestId = NewType("RequestId", str)
"""A UUID of version 7 in its canonical text form (RFC 9562, section 5.7)."""
CallId = NewType("CallId", str)
"""The phone system's own id of an inbound call, such as a SIP Call-ID or a provider's call SID."""
E164 = NewType("E164", str)
"""A phone number as ITU-T E.164 writes it: a plus sign and up to fifteen digits."""
AccessCode = NewType("AccessCode", str)
Json = dict[str, Any]
Outcome = Literal["matched", "code_needed", "wrong_code", "no_match"]


class State(StrEnum):
    """Where a call request is in its life. `states.py` says which changes are allowed."""

    WAITING = "waiting"
    MATCHED = "matched"
    CONNECTED = "connected"
    ENDED = "ended"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class EventType(StrEnum):
    """What can happen to a call request. The last three leave its state as it is."""

    CREATED = "created"
    MATCHED = "matched"
    CONNECTED = "connected"
    ENDED = "ended"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    CALL_RECEIVED = "call_received"
    CODE_REFUSED = "code_refused"
    NOTE_ADDED = "note_added"


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page a visitor asked from."""

    url: str = ""
    title: str = ""
    language: str = ""


class Consent(msgspec.Struct, frozen=True):
    """What a visitor agreed to: the version of the text, and when."""

    version: str
    at_ms: int


class CallRequest(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a visitor asked for.

    Attributes:
        caller: The number the visitor said they would call from; `None` when the form has no phone field.
        exclusive: Nobody else may hold `number` while this request is live or cooling down.
        cool_down_s: How long number and code stay reserved after the request left `waiting`.
        consent: What the visitor agreed to, where the group asks for it.
    """

    id: RequestId
    site: SiteId
    group: GroupName
    state: State
    number: E164
    code: AccessCode | None
    caller: E164 | None
    exclusive: bool
    cool_down_s: int
    created_at_ms: int
    expires_at_ms: int
    fields: Json
    user_data: Json
    page: Page
    idempotency_key: str | None = None
    call_id: CallId | None = None
    matched_by: str | None = None
    matched_at_ms: int | None = None
    connected_at_ms: int | None = None
    ended_at_ms: int | None = None
    consent: Consent | None = None


class Call(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is remembered of one inbound call, so that a repeated report gets the same answer.

    Attributes:
        outcome: The last answer given; `None` until there is one.
        wrong_codes: How many wrong codes this call has keyed in.
        request_id: The request it was matched to, once it was.
        last_key: Idempotency key of the last report, when the phone system sends one.
    """

    id: CallId
    number: E164
    caller: E164 | None
    received_at_ms: int
    outcome: Outcome | None = None
    wrong_codes: int = 0
    request_id: RequestId | None = None
    last_key: str | None = None


class Event(msgspec.Struct, kw_only=True, frozen=True):
    """One thing that happened, as stored. `seq` grows with every event of a store and is never reused."""

    seq: int
    request_id: RequestId
    site: SiteId
    group: GroupName
    type: EventType
    at_ms: int
    data: Json
