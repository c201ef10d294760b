"""Form-encoded requests, as older clients send them, and their answers: JSON, and HTTP 500 when something is wrong."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from warmcall.calls import errors as calls
from warmcall.calls.errors import InvalidFieldError
from warmcall.errors import WarmcallError
from warmcall.web.compat import errors as compat
from warmcall.web.errors import ApiKeyRequiredError, InternalError, MediaTypeError, NotFoundError, ScopeError
from warmcall.web.exchange import Exchange
from warmcall.web.problems import domain_error

log = logging.getLogger("warmcall.web")

Form = dict[str, str]
_FIELDS = 200
_FORM = b"application/x-www-form-urlencoded"
# Clients only look whether there is an exception; its name helps those who know the older servers.
_ARGUMENT, _STATE, _SECURITY = (
    f"java.lang.{name}" for name in ("IllegalArgumentException", "IllegalStateException", "SecurityException")
)
_NAMES: dict[type[WarmcallError], str] = {
    calls.InvalidFieldError: _ARGUMENT,
    calls.NumberInvalidError: _ARGUMENT,
    calls.NumberNotAllowedError: _ARGUMENT,
    calls.UnknownError: _ARGUMENT,
    calls.OriginNotAllowedError: _SECURITY,
    compat.KeyRefusedError: _SECURITY,
    ApiKeyRequiredError: _SECURITY,
    ScopeError: _SECURITY,
    MediaTypeError: _ARGUMENT,
    compat.NotSupportedError: "java.lang.UnsupportedOperationException",
    compat.NoMatchError: "java.util.NoSuchElementException",
    InternalError: "java.lang.RuntimeException",
}


async def read_form(exchange: Exchange) -> Form:
    """Read the body; of a repeated field the last value.

    Raises:
        MediaTypeError: if it is declared as something else.
        BodyTooLargeError: if it is above its bound.
        InvalidFieldError: if it cannot be read as a form, or has too many fields.
    """
    declared = exchange.headers.get(b"content-type", b"")
    if declared.partition(b";")[0].strip().lower() != _FORM:
        raise MediaTypeError(declared.decode("latin-1"), "a form with the header Content-Type: " + _FORM.decode())
    try:
        text = (await exchange.body()).decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS, errors="strict"))
    except ValueError as error:
        raise InvalidFieldError("body", f"expected a form in UTF-8 of at most {_FIELDS} fields.") from error


def is_true(form: Form, name: str, default: bool = False) -> bool:
    """Whether a field says true, as older clients write it."""
    text = form.get(name, "").strip().lower()
    return text in ("true", "1", "yes") if text else default


async def answered(exchange: Exchange, answer: Callable[[], Awaitable[Any]]) -> None:
    """Send what `answer` returns; what it raises becomes `{message, exception}` with HTTP 500.

    Raises:
        NotFoundError: if no site serves older protocols.
    """
    try:
        body = await answer()
    except NotFoundError:
        raise
    except WarmcallError as error:
        await exchange.json(500, msgspec.json.encode(_exception(exchange, domain_error(error))))
        return
    await exchange.json(200, msgspec.json.encode(body))


def _exception(exchange: Exchange, error: WarmcallError) -> dict[str, Any]:
    log.info(error.code, extra={"request": exchange.request_id, "status": 500})
    name = next((_NAMES[kind] for kind in type(error).__mro__ if kind in _NAMES), _STATE)
    return {"message": error.message, "exception": name, **error.details, "code": error.code}
