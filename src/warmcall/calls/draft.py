"""Turning what a command carries into checked values, with errors that name the field."""

from typing import Annotated, Any, TypeVar

import msgspec

from warmcall.calls.blocking import is_blocked
from warmcall.calls.directory import Group
from warmcall.calls.errors import (
    InvalidFieldError,
    NumberInvalidError,
    NumberNotAllowedError,
    UserDataTooLargeError,
)
from warmcall.calls.model import E164, Json, Page
from warmcall.calls.phone import parse_number

T = TypeVar("T")

USER_DATA_BYTES = 16 * 1024
FIELDS = 40
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Text = Annotated[str, msgspec.Meta(max_length=1000)]
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
FieldValue = _Text | bool | int | float | None


class _Strict(msgspec.Struct, forbid_unknown_fields=True, rename="camel", frozen=True):
    """Refuses keys it does not know."""


class Draft(_Strict, frozen=True):
    """A call request as asked for.

    Attributes:
        fields: The form's values by input name; at most 40, texts of at most 1,000 characters.
        user_data: What the page adds; at most 16 KiB once written as JSON.
        address: Network address of the visitor, for limits only; never stored.
        idempotency_key: The same key again gets the same request.
        consent: Version of the text that the visitor agreed to.
        challenge: The solution of a challenge; never stored.
    """

    site: _Id
    group: _Id
    fields: dict[_Name, FieldValue] = {}
    user_data: dict[str, Any] = {}
    page: Page = Page()
    address: str | None = None
    idempotency_key: _Id | None = None
    consent: _Id | None = None
    challenge: Annotated[str, msgspec.Meta(max_length=4096)] | None = None


class InboundCall(_Strict, frozen=True):
    """An inbound call as a phone system reports it.

    Attributes:
        dialled_number: The access number that was called (DNIS).
        caller_number: The caller's number (ANI); `None` if it is withheld.
        digits: What was keyed in (DTMF); `None` before the caller was asked.
        caller_name: The name the network sent with the call; shown to the agent, never trusted.
        attestation: How far the network vouches for the caller number: STIR/SHAKEN A, B or C (RFC 8588).
        idempotency_key: Names one report, so that a repeated wrong code does not cost a second try.
    """

    call_id: _Id
    dialled_number: Annotated[str, msgspec.Meta(max_length=200)]
    caller_number: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    digits: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    caller_name: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    attestation: Annotated[str, msgspec.Meta(max_length=32)] | None = None
    idempotency_key: _Id | None = None


def read_draft(data: Json) -> Draft:
    """Check the data of `CallRequests.create`.

    Raises:
        InvalidFieldError: naming the field and the rule.
        UserDataTooLargeError: if user data is above 16 KiB.
    """
    draft = convert(data, Draft)
    if len(draft.fields) > FIELDS:
        raise InvalidFieldError("fields", f"has {len(draft.fields)} entries; at most {FIELDS} are allowed.")
    if draft.user_data:
        size = len(msgspec.json.encode(draft.user_data))
        if size > USER_DATA_BYTES:
            raise UserDataTooLargeError("userData", f"{size} bytes as JSON; at most {USER_DATA_BYTES} are allowed.")
    return draft


def read_caller(draft: Draft, group: Group) -> E164 | None:
    """The number the visitor will call from, or `None` if the form does not ask for it.

    Raises:
        NumberInvalidError: if it is no phone number, or if the group can tell calls apart by caller number only.
        NumberNotAllowedError: if its country is not among the group's, or it fits one of its blocked patterns.
    """
    typed = draft.fields.get("phonenumber")
    if typed is not None:
        number = parse_number(str(typed), group.countries, "fields.phonenumber")
        if group.blocked_numbers and is_blocked(number, group.blocked_numbers):
            raise NumberNotAllowedError(list(group.countries), blocked=True)
        return number
    if "caller" in group.match_by and not group.asks_for_code and "number" not in group.match_by:
        raise NumberInvalidError("fields.phonenumber", "this group recognises calls by it, so it is needed.")
    return None


def convert(data: Json, kind: type[T]) -> T:
    """Check command data against a struct.

    Raises:
        InvalidFieldError: naming the field and the rule.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise InvalidFieldError.of(error) from error
