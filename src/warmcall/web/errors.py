"""What the HTTP API itself says no with, before the domain is asked.

WarmcallError
└── WebError
    ├── MalformedJSONError       malformed_json: the body is not JSON
    ├── BodyTooLargeError        body_too_large
    ├── MediaTypeError           unsupported_media_type
    ├── NotFoundError            not_found: nothing is at this address
    ├── MethodNotAllowedError    method_not_allowed
    ├── ApiKeyRequiredError      api_key_required: no key, or one that is not known
    ├── ScopeError               scope_not_sufficient: the key may not do this
    ├── VisitorTokenRequiredError  visitor_token_required
    ├── TooManyStreamsError      too_many_streams
    ├── ShuttingDownError        shutting_down
    └── InternalError            internal_error: a fault of the server
"""

from typing import ClassVar

from warmcall.errors import WarmcallError


class WebError(WarmcallError):
    """A request that cannot be answered as it was asked."""

    code: ClassVar[str] = "web_error"


class MalformedJSONError(WebError):
    """The body is not JSON."""

    code = "malformed_json"


class BodyTooLargeError(WebError):
    """The body is above its bound."""

    code = "body_too_large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The body is larger than {limit_bytes} bytes. Send less.", {"limitBytes": limit_bytes})


class MediaTypeError(WebError):
    """The body is of a kind that is not understood."""

    code = "unsupported_media_type"

    def __init__(self, got: str, wanted: str = "JSON in UTF-8 with the header Content-Type: application/json") -> None:
        was = f"got {got!r}" if got else "there was none"
        super().__init__(f"Send {wanted}; {was}.")


class NotFoundError(WebError):
    """Nothing is at this address."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("Nothing is at this address. /docs lists what is there.")


class MethodNotAllowedError(WebError):
    """The address exists, the method does not."""

    code = "method_not_allowed"

    def __init__(self, method: str, allowed: list[str]) -> None:
        super().__init__(f"{method} is not possible here; use {' or '.join(allowed)}.", {"allowed": allowed})


class ApiKeyRequiredError(WebError):
    """No API key, or one that is not known."""

    code = "api_key_required"

    def __init__(self) -> None:
        super().__init__(
            "Send a valid API key as Authorization: Bearer KEY or X-API-Key: KEY. `warmcall keys new` makes one."
        )


class ScopeError(WebError):
    """A valid API key that may not do this."""

    code = "scope_not_sufficient"

    def __init__(self, has: str, needs: tuple[str, ...]) -> None:
        super().__init__(
            f"The API key has the scope {has}; this needs {' or '.join(needs)}. Make one with `warmcall keys new`.",
            {"scope": has, "needs": list(needs)},
        )


class VisitorTokenRequiredError(WebError):
    """A visitor's own request was asked for without its token."""

    code = "visitor_token_required"

    def __init__(self) -> None:
        super().__init__("Send the token that came with the call request, as Authorization: Bearer TOKEN.")


class TooManyStreamsError(WebError):
    """One call request is followed by more streams than any page needs."""

    code = "too_many_streams"
    retryable = True

    def __init__(self, limit: int, retry_after_s: int) -> None:
        super().__init__(
            f"This call request is followed by {limit} live streams already. Close one.",
            {"limit": limit, "retryAfterS": retry_after_s},
        )


class ShuttingDownError(WebError):
    """The server is about to stop."""

    code = "shutting_down"
    retryable = True

    def __init__(self) -> None:
        super().__init__("The server is restarting. Try again in a few seconds.", {"retryAfterS": 5})


class InternalError(WebError):
    """A fault of the server; the log has more under the request id."""

    code = "internal_error"
    retryable = True

    def __init__(self) -> None:
        super().__init__("The server failed. Nothing is wrong with the request; its id finds the fault in the log.")
