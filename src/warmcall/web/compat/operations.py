"""The routes of older protocols, as the router and the OpenAPI document know them."""

from typing import Any

import msgspec

from warmcall.web.compat.engagement import CallInAnswer, CallInBody
from warmcall.web.errors import NotFoundError
from warmcall.web.operation import Operation

_FORM = "application/x-www-form-urlencoded"
_NOTE = " Only where a site has `compat = true`. When something is wrong: HTTP 500 with `message` and `exception`."


class _Form(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fields that begin with an underscore belong to the protocol."""


class CallbackForm(_Form, frozen=True):
    """Further fields are the visitor's (`firstname`, `lastname`, `email`, `subject`) or user data."""

    customer_number: str = msgspec.field(default="", name="_customer_number")
    provide_code: str = msgspec.field(default="true", name="_provide_code")
    call_direction: str = msgspec.field(default="USERORIGINATED", name="_call_direction")
    wait_for_agent: str = msgspec.field(default="false", name="_wait_for_agent")
    wait_for_user_confirm: str = msgspec.field(default="false", name="_wait_for_user_confirm")
    media_type: str = msgspec.field(default="voice", name="_media_type")


class InteractionForm(_Form, frozen=True):
    """Further fields are the visitor's or user data."""

    resource_group: str = msgspec.field(default="DNIS", name="_resource_group")
    phone_number: str = msgspec.field(default="", name="_phone_number")
    provide_code: str = msgspec.field(default="false", name="_provide_code")


class AccessForm(_Form, frozen=True):
    """Which request's number is asked for."""

    id: str = msgspec.field(name="_id")
    phone_number: str = msgspec.field(default="", name="_phone_number")
    provide_code: str = msgspec.field(default="false", name="_provide_code")


class MatchForm(_Form, frozen=True):
    """A call; `_call_id` is Warmcall's own addition: with it a repeated question gets the same answer."""

    access_number: str = msgspec.field(name="_access_number")
    access_code: str = msgspec.field(default="", name="_access_code")
    phone_number: str = msgspec.field(default="", name="_phone_number")
    return_user_data: str = msgspec.field(default="false", name="_return_user_data")
    call_id: str = msgspec.field(default="", name="_call_id")


class AccessAnswer(_Form, frozen=True):
    """A number to dial; `_expiration_time` is in seconds, as text."""

    access_number: str = msgspec.field(name="_access_number")
    expiration_time: str = msgspec.field(name="_expiration_time")
    access_code: str = msgspec.field(default="", name="_access_code")


class InteractionAnswer(AccessAnswer, frozen=True, kw_only=True):
    """The same with the id of the request."""

    id: str = msgspec.field(name="_id")


class CallbackAnswer(InteractionAnswer, frozen=True, kw_only=True):
    """The same with what a client is to do: dial `_tel_url`."""

    action: str = msgspec.field(name="_action")
    label: str = msgspec.field(name="_label")
    tel_url: str = msgspec.field(name="_tel_url")


class MatchedAnswer(_Form, frozen=True):
    """Whose call it is; `_data_id` opens `/v1/context/{token}`. User data stands beside, if it was asked for."""

    id: str = msgspec.field(name="_id")
    data_id: str = msgspec.field(name="_data_id")


class LegacyException(msgspec.Struct, frozen=True):
    """What went wrong."""

    message: str
    exception: str
    code: str


def _service(name: str, path: str, summary: str, body: Any, answer: Any, *, key: bool = False) -> Operation:
    return Operation(
        name=name,
        method="POST",
        path=f"/genesys/1/service/{path}",
        tag="Older protocols",
        summary=summary,
        description=summary + "." + _NOTE,
        hot=True,
        auth="api_key" if key else "none",
        scopes=("telephony",) if key else (),
        body=body,
        body_media_type=_FORM,
        answer=answer,
        failures={500: LegacyException},
        errors=(NotFoundError,),
    )


COMPAT_OPERATIONS: tuple[Operation, ...] = (
    _service("oldCallback", "callback/{service}", "Ask for a number, as a callback", CallbackForm, CallbackAnswer),
    _service("oldInteraction", "request-interaction", "Ask for a number", InteractionForm, InteractionAnswer),
    _service("oldAccess", "request-access", "Read the number of a request", AccessForm, AccessAnswer, key=True),
    _service("oldMatch", "match-interaction", "Match an inbound call", MatchForm, MatchedAnswer, key=True),
    Operation(
        name="oldCallIn",
        method="POST",
        path="/engagement/v3/call-in/requests/create",
        tag="Older protocols",
        summary="Ask for a number, as a call-in request",
        description="Only where a site has `compat = true`. Every answer has a `status`; its `code` is 0 for success.",
        hot=True,
        body=CallInBody,
        answer=CallInAnswer,
        failures={400: CallInAnswer, 401: CallInAnswer, 403: CallInAnswer, 429: CallInAnswer, 500: CallInAnswer},
        headers={"x-api-key": "The site's `compat_key`, if it has one."},
        errors=(NotFoundError,),
    ),
)
