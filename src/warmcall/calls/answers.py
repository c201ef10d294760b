"""What the commands of CallRequests resolve with. Written as JSON these are the bodies of the HTTP API."""

import msgspec

from warmcall.calls.clock import rfc3339
from warmcall.calls.model import Call, CallRequest, GroupName, Json, Outcome, SiteId
from warmcall.calls.phone import tel_url
from warmcall.calls.screenpop import screen_pop_url
from warmcall.calls.tokens import Tokens

CODE_TRIES = 3
"""How many wrong codes one call may key in; with the third it is a `no_match`."""


class _Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Python names inside, camelCase in JSON."""


class Issued(_Answer, frozen=True, kw_only=True):
    """A call request that was granted: what the visitor needs to call.

    Attributes:
        token: Opens this request's live events and its cancellation; shown to its visitor only.
        access_code: Digits to key in, or `None` if none is needed.
        tel_url: A link that dials number and code.
        expires_in_s: Seconds left, for pages whose clock is wrong.
    """

    id: str
    token: str
    access_number: str
    access_code: str | None
    tel_url: str
    expires_at: str
    expires_in_s: int


class GroupRef(_Answer, frozen=True, kw_only=True):
    """Names a group."""

    site: SiteId
    name: GroupName


class RequestView(_Answer, frozen=True, kw_only=True):
    """A call request without what its visitor said."""

    id: str
    site: SiteId
    group: GroupName
    state: str
    access_number: str
    caller_number: str | None
    created_at: str
    expires_at: str
    matched_by: str | None
    matched_at: str | None
    connected_at: str | None
    ended_at: str | None


class Context(_Answer, frozen=True, kw_only=True):
    """Who is calling and why: what the agent sees.

    Attributes:
        token: Stands for the context in SIP headers and transfers.
        url: Where an API key gets this context again.
        screen_pop_url: Opens the agent's CRM for this call; `None` if the group has no template.
    """

    token: str
    url: str
    fields: Json
    user_data: Json
    page: Json
    screen_pop_url: str | None = None


class MatchAnswer(_Answer, frozen=True, kw_only=True):
    """What to do with an inbound call.

    Attributes:
        outcome: `matched`: connect to `destination` with `context`; `code_needed`: ask for `code_digits` digits and
            report again; `wrong_code`: the same, with `tries_left`; `no_match`: connect to `destination` without it.
        destination: `None` while a code is asked for.
        fallback_destination: Where the call goes if it is not to be asked any longer; `None` once it is decided.
        language: In which to speak to the caller.
    """

    outcome: Outcome
    tries_left: int | None = None
    code_digits: int | None = None
    group: GroupRef
    destination: str | None = None
    fallback_destination: str | None = None
    language: str = "en"
    call_request: RequestView | None = None
    context: Context | None = None


def issued(request: CallRequest, tokens: Tokens, now_ms: int) -> Issued:
    """Tell the visitor of a request."""
    return Issued(
        id=request.id,
        token=tokens.visitor(request.id),
        access_number=request.number,
        access_code=request.code,
        tel_url=tel_url(request.number, request.code),
        expires_at=rfc3339(request.expires_at_ms),
        expires_in_s=max(0, -(-(request.expires_at_ms - now_ms) // 1000)),
    )


def request_view(request: CallRequest) -> RequestView:
    """Show a request."""
    return RequestView(
        id=request.id,
        site=request.site,
        group=request.group,
        state=request.state.value,
        access_number=request.number,
        caller_number=request.caller,
        created_at=rfc3339(request.created_at_ms),
        expires_at=rfc3339(request.expires_at_ms),
        matched_by=request.matched_by,
        matched_at=_time(request.matched_at_ms),
        connected_at=_time(request.connected_at_ms),
        ended_at=_time(request.ended_at_ms),
    )


def context(request: CallRequest, tokens: Tokens, public_url: str, screen_pop: str | None = None) -> Context:
    """Show the context of a request.

    Args:
        request: The request.
        tokens: Makes the context's token.
        public_url: The server's address, without a final slash.
        screen_pop: The group's template.
    """
    token = tokens.context(request.id)
    page = {"url": request.page.url, "title": request.page.title, "language": request.page.language}
    url = f"{public_url}/v1/context/{token}"
    pop = screen_pop_url(screen_pop, request, token) if screen_pop else None
    return Context(
        token=token, url=url, fields=request.fields, user_data=request.user_data, page=page, screen_pop_url=pop
    )


def tries_left(call: Call) -> int:
    """How many more codes this call may key in."""
    return max(0, CODE_TRIES - call.wrong_codes)


def _time(ms: int | None) -> str | None:
    return None if ms is None else rfc3339(ms)
