"""Bodies of answers that the domain has no struct for."""

from typing import Literal

import msgspec

from warmcall.calls.answers import Context, RequestView
from warmcall.calls.audit import ActView
from warmcall.calls.notes import CallFacts, Note
from warmcall.calls.webhooks import DeliveryAnswer, HookAnswer


class ContextAnswer(RequestView, frozen=True, kw_only=True):
    """A call request with who is calling and why.

    Attributes:
        call: What the phone system said; `null` until a call was matched.
        notes: What agents and CRMs wrote back, oldest first.
    """

    context: Context
    call: CallFacts | None
    notes: list[Note]


class ChallengeAnswer(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A challenge.

    Attributes:
        kind: `none`: nothing is to be solved; `captcha`: get a token of the provider.
        maxnumber: The solution is not greater.
        site_key: What the provider knows the page by.
    """

    kind: Literal["none", "pow", "captcha"]
    algorithm: str | None = None
    challenge: str | None = None
    maxnumber: int | None = None
    salt: str | None = None
    signature: str | None = None
    site_key: str | None = None


class ConsentView(msgspec.Struct, frozen=True):
    """A text to agree to."""

    version: str
    text: str
    url: str | None


class ReportAnswer(msgspec.Struct, frozen=True):
    """The state of the call request a call belongs to; `null` if it was matched to none."""

    state: Literal["matched", "connected", "ended"] | None


class ActsAnswer(msgspec.Struct, frozen=True):
    """Administrative acts, newest first. To read on, ask again with the last `seq` as `before`."""

    acts: list[ActView]


class HooksAnswer(msgspec.Struct, frozen=True):
    """The webhooks of all sites."""

    webhooks: list[HookAnswer]


class DeliveriesAnswer(msgspec.Struct, frozen=True):
    """Deliveries, newest first. To read on, ask again with the last `id` as `before`."""

    deliveries: list[DeliveryAnswer]


class Status(msgspec.Struct, frozen=True):
    """All is well."""

    status: Literal["ok"]


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """An error (RFC 9457). Errors of a kind may carry further members, such as `nextOpening`.

    Attributes:
        type: Where this kind of error is documented.
        code: Stable name of the kind of error; what programs decide by.
        retryable: Whether the same request may succeed later without a change.
        request_id: Finds the request in the server's log.
        errors: What is wrong with which field.
        fallback_number: A number to show a visitor instead, in E.164.
        next_opening: When a closed group opens again; `null` if no opening is planned.
        consent: What the visitor has to agree to.
        challenge: What to solve first.
        retry_after_s: After how many seconds another try makes sense.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    request_id: str
    errors: list[FieldError] = []
    fallback_number: str | None = None
    retry_after_s: int | None = None
    next_opening: str | None = None
    consent: ConsentView | None = None
    challenge: ChallengeAnswer | None = None
