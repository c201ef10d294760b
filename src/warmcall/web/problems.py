"""Errors as HTTP answers: one table from error class to status, one JSON shape (RFC 9457) for every route."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from warmcall.bus.errors import (
    CommandCancelledError,
    CommandFailedError,
    CommandInterruptedError,
    CommandRejectedError,
    PluginNotLoadedError,
    UnknownCommandError,
)
from warmcall.calls import errors as calls
from warmcall.errors import WarmcallError
from warmcall.web import errors as web


class Kind(NamedTuple):
    """What a class of errors is to a client.

    Attributes:
        status: HTTP status.
        title: The same for every error of this kind.
        means: When it happens, for the documentation.
        remedy: What a client or an operator can do, for the documentation.
    """

    status: int
    title: str
    means: str
    remedy: str


KINDS: dict[type[WarmcallError], Kind] = {
    web.MalformedJSONError: Kind(
        400, "Malformed JSON", "The body is not JSON in UTF-8.", "Send a body that a JSON parser accepts."
    ),
    web.ApiKeyRequiredError: Kind(
        401,
        "API key required",
        "The API key is missing or not known.",
        "Make one with `warmcall keys new` and send it.",
    ),
    web.VisitorTokenRequiredError: Kind(
        401,
        "Visitor token required",
        "The token of the call request is missing.",
        "Send the `token` of the 201 answer.",
    ),
    web.ScopeError: Kind(
        403, "Scope not sufficient", "The API key is valid but of another scope.", "Use a key of a scope in `needs`."
    ),
    calls.OriginNotAllowedError: Kind(
        403, "Origin not allowed", "The page is not of the site's own.", "Add the origin to the site's `origins`."
    ),
    CommandCancelledError: Kind(
        403, "Refused by an extension", "A `before` function cancelled the command.", "Ask the server's owner why."
    ),
    web.NotFoundError: Kind(404, "Not found", "Nothing is at this address.", "Check the address against `/docs`."),
    calls.SiteUnknownError: Kind(
        404, "Site unknown", "No site has this id.", "Check `data-site` in the page and `id` in the configuration."
    ),
    calls.GroupUnknownError: Kind(
        404, "Group unknown", "The site has no such group.", "Check `data-group` and `name` in the configuration."
    ),
    calls.RequestUnknownError: Kind(
        404,
        "Call request unknown",
        "No such call request, or the token does not open it; the answer does not tell which.",
        "Ask for a new number.",
    ),
    calls.AccessNumberUnknownError: Kind(
        404, "Access number unknown", "The dialled number belongs to no group.", "Add it to a group's `numbers`."
    ),
    calls.CallUnknownError: Kind(
        404, "Call unknown", "The call was never reported to `/v1/match`.", "Report the call there first."
    ),
    calls.HookUnknownError: Kind(
        404, "Webhook unknown", "No webhook of this name is configured.", "List them: `warmcall webhooks list`."
    ),
    calls.DeliveryUnknownError: Kind(
        404,
        "Delivery unknown",
        "No delivery with this id can be replayed: it waits, was purged, or never existed.",
        "List them: `GET /v1/admin/webhook-deliveries`.",
    ),
    web.MethodNotAllowedError: Kind(
        405, "Method not allowed", "The address exists, the method does not.", "Use one of `allowed`."
    ),
    calls.OutsideHoursError: Kind(
        409, "Outside opening hours", "The group is closed.", "Show `nextOpening` or `fallbackNumber`."
    ),
    calls.CapacityReachedError: Kind(
        409, "Capacity reached", "As many requests are live as the group allows.", "Try again, or raise `capacity`."
    ),
    calls.NoAccessNumberError: Kind(
        409,
        "No access number",
        "No access number is free for this caller.",
        "Try again, or add `numbers` to the group.",
    ),
    calls.RefusalError: Kind(
        409,
        "Refused",
        "An extension refused for a reason of its own.",
        "Show `fallbackNumber`; `detail` has the reason.",
    ),
    CommandRejectedError: Kind(
        409, "Rejected", "An extension rejected the command.", "Show `fallbackNumber`; `detail` has the reason."
    ),
    calls.RequestNotWaitingError: Kind(
        409,
        "Call request not waiting",
        "It expired, or its call came in; `state` says.",
        "Nothing: it cannot be cancelled.",
    ),
    calls.StateChangeError: Kind(
        409, "State change not allowed", "The call request cannot get there from its state.", "Read its state again."
    ),
    calls.WouldStrandError: Kind(
        409,
        "Would strand call requests",
        "Under this configuration calls of waiting requests would not find them; `stranded` says which.",
        "Wait until they have called or expired, or apply it with `force`.",
    ),
    calls.ConfigurationChangedError: Kind(
        409,
        "Configuration changed",
        "Somebody else applied a configuration at the same time.",
        "Look at the difference again, and try again.",
    ),
    web.BodyTooLargeError: Kind(413, "Body too large", "The body is above 32 KiB.", "Send less."),
    web.MediaTypeError: Kind(
        415,
        "Unsupported media type",
        "The body is not declared as JSON in UTF-8.",
        "Send `Content-Type: application/json`.",
    ),
    calls.InvalidFieldError: Kind(
        422, "Invalid field", "A field is missing, unknown or breaks a rule.", "Correct the fields in `errors`."
    ),
    calls.UserDataTooLargeError: Kind(
        422, "User data too large", "`userData` is above 16 KiB as JSON.", "Send ids instead of whole objects."
    ),
    calls.NumberInvalidError: Kind(
        422, "Not a phone number", "The field is no possible phone number.", "Let the visitor correct the number."
    ),
    calls.NumberNotAllowedError: Kind(
        422,
        "Number not allowed",
        "The number's country is not served, or the number is blocked.",
        "Use another number, of one of `countries`.",
    ),
    calls.ConsentRequiredError: Kind(
        428,
        "Consent required",
        "The group asks for consent, and none was sent, or for another version of the text.",
        "Show `consent`, and send its `version` as `consent` once the visitor has agreed.",
    ),
    calls.ChallengeRequiredError: Kind(
        428, "Challenge required", "A challenge must be solved first.", "Solve `challenge` and send the request again."
    ),
    calls.ChallengeFailedError: Kind(
        428,
        "Challenge failed",
        "The solution is wrong, expired, or was used before.",
        "Solve the new `challenge` and send the request again.",
    ),
    calls.TooManyRequestsError: Kind(
        429, "Too many requests", "A limit per address or caller number was reached.", "Wait for `Retry-After` seconds."
    ),
    web.TooManyStreamsError: Kind(
        429, "Too many live streams", "The call request is followed by too many streams.", "Close one; keep one a page."
    ),
    web.InternalError: Kind(
        500, "Internal error", "A fault of the server.", "Look for `requestId` in the log and report it."
    ),
    calls.StoreUnavailableError: Kind(
        503,
        "Store unavailable",
        "The database did not take the change; nothing was written.",
        "Try again; see `/readyz`.",
    ),
    calls.ChallengeUnavailableError: Kind(
        503, "Challenge unavailable", "The provider that checks solutions does not answer.", "Try again in a moment."
    ),
    web.ShuttingDownError: Kind(
        503, "Shutting down", "The server is about to stop.", "Try again after `Retry-After` seconds."
    ),
}
"""Every error a route can answer with. `docs/errors.md` and the OpenAPI document are held to it."""

# The command could not be given or broke: no fault of the client, and nothing it should read about.
_FAULTS = (CommandFailedError, CommandInterruptedError, PluginNotLoadedError, UnknownCommandError)

MEDIA_TYPE = b"application/problem+json"
# For errors that say they may be retried, but not when.
_RETRY_AFTER_S = 2


class Problem(NamedTuple):
    """An error, ready to be sent."""

    status: int
    code: str
    body: bytes
    headers: list[tuple[bytes, bytes]]


def problem_of(
    error: WarmcallError, request_id: str, extra: Mapping[str, Any] | None = None, base: str = ""
) -> Problem:
    """Turn an error into an answer.

    Args:
        error: Domain, bus or web error; a bus error that wraps a domain error speaks for that.
        request_id: Id of the HTTP request, to be found in the log.
        extra: Further members.
        base: Public address of the server, for the link to the documentation.
    """
    error, kind = _classified(error)
    members = {
        **error.details,
        **(extra or {}),
        **_field_errors(error),
        "type": f"{base}/docs#{error.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": error.message,
        "code": error.code,
        "retryable": error.retryable,
        "requestId": request_id,
    }
    return Problem(kind.status, error.code, msgspec.json.encode(members), _headers(kind.status, error))


def domain_error(error: WarmcallError) -> WarmcallError:
    """The error a command failed with, instead of the bus's account of it."""
    if isinstance(error, CommandRejectedError) and isinstance(error.__cause__, WarmcallError):
        return error.__cause__
    return web.InternalError() if isinstance(error, _FAULTS) else error


def _classified(error: WarmcallError) -> tuple[WarmcallError, Kind]:
    error = domain_error(error)
    for ancestor in type(error).__mro__:
        if ancestor in KINDS:
            return error, KINDS[ancestor]
    return web.InternalError(), KINDS[web.InternalError]


def _field_errors(error: WarmcallError) -> dict[str, Any]:
    field = error.details.get("field")
    if field is None:
        return {}
    return {"errors": [{"field": field, "message": error.message.removeprefix(f"{field}: ")}]}


def _headers(status: int, error: WarmcallError) -> list[tuple[bytes, bytes]]:
    headers: list[tuple[bytes, bytes]] = []
    if status in (429, 503):
        wait_s = error.details.get("retryAfterS", _RETRY_AFTER_S)
        headers.append((b"retry-after", str(wait_s).encode()))
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="warmcall"'))
    if status == 405:
        headers.append((b"allow", ", ".join(error.details["allowed"]).encode()))
    if status == 413:
        headers.append((b"connection", b"close"))
    return headers
