"""The callback service, for the one kind of callback in which the visitor calls: user-originated, at once, by voice."""

import re
from collections.abc import Awaitable

from warmcall.calls.answers import Issued
from warmcall.calls.directory import Group
from warmcall.calls.model import E164, Json
from warmcall.calls.phone import tel_url
from warmcall.web.compat.errors import NotSupportedError
from warmcall.web.compat.forms import Form, answered, is_true, read_form
from warmcall.web.compat.names import Names
from warmcall.web.exchange import Exchange
from warmcall.web.services import Services

# What a form asks for is the visitor's; what else comes along is the page's.
_FORM_FIELDS = re.compile(r"(firstname|lastname|email|subject|phonenumber)", re.IGNORECASE)
_ASKED = {"_call_direction": ("USERORIGINATED",), "_media_type": ("voice",), "_wait_for_agent": ("false",)}


class CallbackService:
    """`POST /genesys/1/service/callback/{service}`."""

    def __init__(self, services: Services, names: Names) -> None:
        self._requests = NumberRequests(services, names)

    async def __call__(self, exchange: Exchange) -> None:
        """Answer with a number to dial."""
        await answered(exchange, lambda: self._answer(exchange))

    async def _answer(self, exchange: Exchange) -> Json:
        group = self._requests.names.group(exchange.parts[5])
        form = await read_form(exchange)
        _check_kind(form)
        issued = await self._requests.create(exchange, group, form, form.get("_customer_number"))
        told = access_of(issued, group, form, default=True)
        url = tel_url(E164(issued.access_number), told.get("_access_code"))
        return {"_id": issued.id, "_action": "DialNumber", "_label": "Call", "_tel_url": url, **told}


class NumberRequests:
    """Asks for a number on behalf of an older client.

    Attributes:
        names: Which groups there are.
    """

    def __init__(self, services: Services, names: Names) -> None:
        self.names = names
        self._command = services.plugin.command
        self._client_address = services.addresses.client

    def create(self, exchange: Exchange, group: Group, form: Form, caller: str | None) -> Awaitable[Issued]:
        """Give the command `CallRequests.create`.

        Args:
            exchange: Whose address counts.
            group: What the call is for.
            form: Fields of the visitor and data of the page; what begins with `_` belongs to the protocol.
            caller: The number the visitor will call from.
        """
        self.names.admit(exchange, group)
        own = {name: value for name, value in form.items() if not name.startswith("_")}
        fields = {name: value for name, value in own.items() if _FORM_FIELDS.fullmatch(name)}
        if caller or fields.get("phonenumber"):
            fields["phonenumber"] = caller or fields["phonenumber"]
        else:
            fields.pop("phonenumber", None)
        data = {
            "site": group.site,
            "group": group.name,
            "fields": fields,
            "userData": {name: value for name, value in own.items() if not _FORM_FIELDS.fullmatch(name)},
            "page": {"url": exchange.headers.get(b"referer", b"").decode("latin-1")[:2000]},
            "address": self._client_address(exchange),
        }
        return self._command("CallRequests.create", data)


def access_of(issued: Issued, group: Group, form: Form, *, default: bool) -> Json:
    """Number, code and lifetime under their older names.

    The code is left out if the client does not want it, and the call will be recognised without it.
    """
    told: Json = {"_access_number": issued.access_number, "_expiration_time": str(issued.expires_in_s)}
    if issued.access_code and (is_true(form, "_provide_code", default) or not _recognised(group, form)):
        told["_access_code"] = issued.access_code
    return told


def _recognised(group: Group, form: Form) -> bool:
    caller = form.get("_customer_number") or form.get("_phone_number") or form.get("phonenumber")
    return "number" in group.match_by or ("caller" in group.match_by and bool(caller))


def _check_kind(form: Form) -> None:
    for name, allowed in _ASKED.items():
        if name in form and form[name].lower() not in [text.lower() for text in allowed]:
            raise NotSupportedError(f"{name}={form[name]} is not supported; visitors call: expected {allowed[0]}.")
    if form.get("_desired_time"):
        raise NotSupportedError("_desired_time is not supported: numbers are given out at once.")
