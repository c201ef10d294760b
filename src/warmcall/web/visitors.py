"""Whether a page may see a call request: the token that came with it says so."""

from warmcall.calls.errors import RequestUnknownError
from warmcall.calls.model import RequestId
from warmcall.calls.tokens import Tokens
from warmcall.web.errors import VisitorTokenRequiredError
from warmcall.web.exchange import Exchange
from warmcall.web.keys import bearer


def check_visitor(exchange: Exchange, tokens: Tokens, token: str = "") -> RequestId:
    """The id of the call request in the path, once its token was checked.

    A wrong token and an unknown id get the same answer, so that ids cannot be found out.

    Args:
        exchange: The request, whose path has the id in its fourth part.
        tokens: Checks tokens.
        token: From the query; empty: from the header `Authorization: Bearer TOKEN`.

    Raises:
        VisitorTokenRequiredError: if there is no token.
        RequestUnknownError: if the token does not open the request.
    """
    given = token or (bearer(exchange.headers) or b"").decode("latin-1")
    if not given:
        raise VisitorTokenRequiredError
    request_id = RequestId(exchange.parts[3])
    if not tokens.check_visitor(request_id, given):
        raise RequestUnknownError
    return request_id
