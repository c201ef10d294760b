"""The services `request-interaction`, `request-access` and `match-interaction`."""

from uuid import uuid4

from warmcall.calls.answers import Issued, MatchAnswer
from warmcall.calls.errors import InvalidFieldError, RequestNotWaitingError, RequestUnknownError
from warmcall.calls.model import CallRequest, Json, RequestId, State
from warmcall.web.compat.callback import NumberRequests, access_of
from warmcall.web.compat.errors import NoMatchError
from warmcall.web.compat.forms import Form, answered, is_true, read_form
from warmcall.web.compat.names import Names, key_of
from warmcall.web.exchange import Exchange
from warmcall.web.services import Services

SCOPES = ("telephony",)


class RequestInteraction:
    """`POST /genesys/1/service/request-interaction`: an application asks for a number."""

    def __init__(self, services: Services, names: Names) -> None:
        self._requests = NumberRequests(services, names)

    async def __call__(self, exchange: Exchange) -> None:
        """Answer with a number to dial."""
        await answered(exchange, lambda: self._answer(exchange))

    async def _answer(self, exchange: Exchange) -> Json:
        self._requests.names.check_served()
        form = await read_form(exchange)
        group = self._requests.names.group(form.get("_resource_group"))
        issued = await self._requests.create(exchange, group, form, form.get("_phone_number"))
        return {"_id": issued.id, **access_of(issued, group, form, default=False)}


class RequestAccess:
    """`POST /genesys/1/service/request-access`: number and code of a request that waits. Needs an API key."""

    def __init__(self, services: Services, names: Names) -> None:
        self._services = services
        self._names = names

    async def __call__(self, exchange: Exchange) -> None:
        """Answer with the number that the request has."""
        await answered(exchange, lambda: self._answer(exchange))

    async def _answer(self, exchange: Exchange) -> Json:
        self._names.check_served()
        await self._services.keys.require(with_key(exchange), SCOPES)
        form = await read_form(exchange)
        now_ms = self._services.clock.now_ms()
        found = await self._services.store.find(RequestId(needed(form, "_id")))
        if found is None:
            raise RequestUnknownError
        if found.state is not State.WAITING or found.expires_at_ms <= now_ms:
            raise RequestNotWaitingError(found.state if found.state is not State.WAITING else State.EXPIRED)
        group = self._services.directory.group(found.site, found.group)
        return access_of(_again(found, now_ms), group, form, default=False)


class MatchInteraction:
    """`POST /genesys/1/service/match-interaction`: an IVR tells of a call. Needs an API key."""

    def __init__(self, services: Services, names: Names) -> None:
        self._services = services
        self._names = names

    async def __call__(self, exchange: Exchange) -> None:
        """Answer with whose call it is."""
        await answered(exchange, lambda: self._answer(exchange))

    async def _answer(self, exchange: Exchange) -> Json:
        self._names.check_served()
        await self._services.keys.require(with_key(exchange), SCOPES)
        form = await read_form(exchange)
        data = {
            # The older service knows no calls: each question is one. An IVR may name its call all the same.
            "callId": form.get("_call_id") or f"match-interaction {uuid4()}",
            "dialledNumber": needed(form, "_access_number"),
            "callerNumber": form.get("_phone_number") or None,
            "digits": form.get("_access_code") or None,
        }
        answer: MatchAnswer = await self._services.plugin.command("CallRequests.match", data)
        if answer.call_request is None or answer.context is None:
            raise NoMatchError
        told: Json = {"_id": answer.call_request.id, "_data_id": answer.context.token}
        if is_true(form, "_return_user_data"):
            return {**answer.context.fields, **answer.context.user_data, **told}
        return told


def needed(form: Form, name: str) -> str:
    """A field that must be there.

    Raises:
        InvalidFieldError: if it is not.
    """
    if not form.get(name):
        raise InvalidFieldError(name, "is missing.")
    return form[name]


def with_key(exchange: Exchange) -> dict[bytes, bytes]:
    """The headers, with the key of the header `apikey` where the product's own clients send it."""
    key = key_of(exchange)
    return {**exchange.headers, b"x-api-key": key.encode("latin-1")} if key else exchange.headers


def _again(request: CallRequest, now_ms: int) -> Issued:
    return Issued(
        id=request.id,
        token="",
        access_number=request.number,
        access_code=request.code,
        tel_url="",
        expires_at="",
        expires_in_s=-(-(request.expires_at_ms - now_ms) // 1000),
    )
