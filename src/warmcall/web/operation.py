"""What one route is: the form of the rows from which router, look-up and OpenAPI document are made."""

from dataclasses import dataclass
from typing import Any, Literal

from warmcall.calls import errors as calls
from warmcall.errors import WarmcallError
from warmcall.web import errors as web

Auth = Literal["none", "visitor", "visitor_query", "api_key"]
BODY = (web.MalformedJSONError, web.BodyTooLargeError, web.MediaTypeError, calls.InvalidFieldError)
"""How a body can be wrong."""
KEY = (web.ApiKeyRequiredError, web.ScopeError)
"""How an API key can be wrong."""
VISITOR = (web.VisitorTokenRequiredError, calls.RequestUnknownError, calls.OriginNotAllowedError)
"""How a visitor's token can be wrong."""
ALWAYS = (web.InternalError, web.ShuttingDownError)
"""What any operation may answer with; the document does not repeat it in the table."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method at one address.

    Attributes:
        name: Unique; names the operation in the document, the log and the router.
        hot: Found by a look-up before the framework.
        body: What the request carries, as JSON unless `body_media_type` says otherwise.
        answer: What a success carries as JSON; `None` for no body or another media type.
        media_type: Of a success that is not JSON.
        query: Names and meanings of query parameters.
        headers: Names and meanings of request headers besides the usual ones.
        failures: By status, what answers carry that are no problem details.
    """

    name: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    tag: str
    summary: str
    description: str = ""
    hot: bool = False
    auth: Auth = "none"
    scopes: tuple[str, ...] = ()
    body: Any = None
    body_media_type: str = "application/json"
    status: int = 200
    answer: Any = None
    media_type: str = ""
    query: dict[str, str] | None = None
    headers: dict[str, str] | None = None
    errors: tuple[type[WarmcallError], ...] = ()
    failures: dict[int, Any] | None = None
