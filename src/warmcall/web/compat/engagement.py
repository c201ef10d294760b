"""The call-in API of Engagement v3: `POST /engagement/v3/call-in/requests/create`, JSON."""

import logging
import re
from typing import Any

import msgspec

from warmcall.calls import errors as calls
from warmcall.calls.answers import Issued
from warmcall.calls.errors import InvalidFieldError
from warmcall.calls.model import Json
from warmcall.errors import WarmcallError
from warmcall.validation import explain
from warmcall.web.compat import errors as compat
from warmcall.web.compat.names import Names
from warmcall.web.errors import MalformedJSONError, NotFoundError
from warmcall.web.exchange import Exchange
from warmcall.web.problems import domain_error
from warmcall.web.services import Services

log = logging.getLogger("warmcall.web")

# Names that JavaScript takes for variables, in ASCII; data under other names is left out, as the older API does.
_VARIABLE = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_INVALID, _FAILED = (400, 501), (500, 500)
_CODES: dict[type[WarmcallError], tuple[int, int]] = {
    calls.InvalidFieldError: _INVALID,
    MalformedJSONError: _INVALID,
    calls.NumberInvalidError: (400, 7030),
    calls.NumberNotAllowedError: (400, 7037),
    calls.GroupUnknownError: (400, 7040),
    calls.TooManyRequestsError: (429, 7041),
    calls.OutsideHoursError: (400, 7042),
    calls.OriginNotAllowedError: (403, 1103),
    compat.KeyRefusedError: (401, 1103),
}
"""HTTP status and numeric code. Those of call-in are not known; these are the sibling callback API's."""


class CallInBody(msgspec.Struct, frozen=True, rename="camel"):
    """What a client asks for a number with; other fields are left alone.

    Attributes:
        group_name: Name of a group.
        from_phone_number: The number the visitor will call from.
        phone_number: The same under an older name.
        user_data: For the agent.
        callback_service_id: Comes back in the answer and in the user data.
    """

    group_name: str
    from_phone_number: str | None = None
    phone_number: str | None = None
    user_data: dict[str, Any] = {}
    callback_service_id: str | None = None


class CallInStatus(msgspec.Struct, frozen=True, rename="camel"):
    """How it went: `code` 0 is success; `corr_id` finds the request in the server's log."""

    code: int
    message: str
    corr_id: str


class CallInData(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The number to dial; `expiration_time` is in seconds since the Unix epoch."""

    id: str
    group_name: str
    to_phone_number: str
    expiration_time: int
    access_code: str | None = None
    from_phone_number: str | None = None
    callback_service_id: str | None = None


class CallInAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer; without `data` where something was wrong."""

    status: CallInStatus
    data: CallInData | None = None


class CallIn:
    """Answers `requests/create`."""

    def __init__(self, services: Services, names: Names) -> None:
        self._command = services.plugin.command
        self._client_address = services.addresses.client
        self._clock = services.clock
        self._names = names
        self._decoder = msgspec.json.Decoder(CallInBody)

    async def __call__(self, exchange: Exchange) -> None:
        """Answer 200 with the number, or a status that says what is wrong."""
        self._names.check_served()
        try:
            data = await self._create(exchange)
        except NotFoundError:
            raise
        except WarmcallError as error:
            await self._explain(exchange, domain_error(error))
            return
        answer = CallInAnswer(CallInStatus(0, "Successful", exchange.request_id), data)
        await exchange.json(200, msgspec.json.encode(answer))

    async def _create(self, exchange: Exchange) -> CallInData:
        body = await self._read(exchange)
        group = self._names.group(body.group_name)
        self._names.admit(exchange, group)
        caller = body.from_phone_number or body.phone_number
        user_data: Json = {name: value for name, value in body.user_data.items() if _VARIABLE.fullmatch(name)}
        if body.callback_service_id:
            user_data["callbackServiceId"] = body.callback_service_id
        issued: Issued = await self._command(
            "CallRequests.create",
            {
                "site": group.site,
                "group": group.name,
                "fields": {"phonenumber": caller} if caller else {},
                "userData": user_data,
                "address": self._client_address(exchange),
            },
        )
        return CallInData(
            id=issued.id,
            group_name=body.group_name,
            to_phone_number=issued.access_number,
            expiration_time=self._clock.now_ms() // 1000 + issued.expires_in_s,
            access_code=issued.access_code,
            from_phone_number=caller,
            callback_service_id=body.callback_service_id,
        )

    async def _read(self, exchange: Exchange) -> CallInBody:
        try:
            return self._decoder.decode(await exchange.body())
        except msgspec.ValidationError as error:
            field, why = explain(error)
            raise InvalidFieldError(field or "body", f"{why}.") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedJSONError(f"The body is not JSON in UTF-8: {error}.") from error

    async def _explain(self, exchange: Exchange, error: WarmcallError) -> None:
        status, code = next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), _FAILED)
        log.info(error.code, extra={"request": exchange.request_id, "status": status})
        answer = CallInAnswer(CallInStatus(code, error.message, exchange.request_id))
        await exchange.json(status, msgspec.json.encode(answer))
