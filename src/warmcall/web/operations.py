"""Every route in one table: the router, the hot look-up and the OpenAPI document are made from it."""

from dataclasses import dataclass
from typing import Any, Literal

from warmcall.calls import errors as calls
from warmcall.calls.answers import Issued, MatchAnswer, RequestView
from warmcall.calls.configuration import Applied, Shown
from warmcall.calls.draft import InboundCall
from warmcall.calls.groups import GroupInfo
from warmcall.calls.notes import Note, NoteBody
from warmcall.calls.people import Erased, PersonData
from warmcall.calls.progress import CallReport
from warmcall.calls.routing import RouteAnswer, RouteBody
from warmcall.calls.webhooks import ReplayAnswer, TestAnswer
from warmcall.errors import WarmcallError
from warmcall.web import answers
from warmcall.web import errors as web
from warmcall.web.bodies import ConfigurationBody, CreateBody

Auth = Literal["none", "visitor", "visitor_query", "api_key"]
_BODY = (
    web.MalformedJSONError,
    web.BodyTooLargeError,
    web.MediaTypeError,
    calls.InvalidFieldError,
)
_KEY = (web.ApiKeyRequiredError, web.ScopeError)
_VISITOR = (web.VisitorTokenRequiredError, calls.RequestUnknownError, calls.OriginNotAllowedError)
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


_IDEMPOTENCY = {"Idempotency-Key": "The same key again gets the same answer; any text of at most 200 characters."}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="createCallRequest",
        method="POST",
        path="/v1/sites/{site}/call-requests",
        tag="Pages",
        summary="Ask for a number",
        description="Grants an access number, an access code where the group has them, and a token for this request. "
        "A problem carries `fallbackNumber` when the group is known and has one.",
        hot=True,
        body=CreateBody,
        status=201,
        answer=Issued,
        headers=_IDEMPOTENCY,
        errors=(
            *_BODY,
            calls.UserDataTooLargeError,
            calls.NumberInvalidError,
            calls.NumberNotAllowedError,
            calls.SiteUnknownError,
            calls.GroupUnknownError,
            calls.OriginNotAllowedError,
            calls.OutsideHoursError,
            calls.CapacityReachedError,
            calls.NoAccessNumberError,
            calls.TooManyRequestsError,
            calls.ConsentRequiredError,
            calls.ChallengeRequiredError,
            calls.ChallengeFailedError,
            calls.ChallengeUnavailableError,
            calls.StoreUnavailableError,
        ),
    ),
    Operation(
        name="findGroup",
        method="GET",
        path="/v1/sites/{site}/groups/{group}",
        tag="Pages",
        summary="Read what a panel needs to know of a group",
        answer=GroupInfo,
        errors=(calls.SiteUnknownError, calls.GroupUnknownError, calls.OriginNotAllowedError),
    ),
    Operation(
        name="issueChallenge",
        method="GET",
        path="/v1/sites/{site}/groups/{group}/challenge",
        tag="Pages",
        summary="Get a challenge to solve before asking for a number",
        description="Its solution is the `challenge` of the request. For `pow` that is base64 of ALTCHA's JSON: the "
        "members of this answer with the `number` whose SHA-256 after `salt` is `challenge`. A refusal with "
        "`challenge_required` carries one too.",
        answer=answers.ChallengeAnswer,
        errors=(calls.SiteUnknownError, calls.GroupUnknownError, calls.OriginNotAllowedError),
    ),
    Operation(
        name="showCallRequest",
        method="GET",
        path="/v1/call-requests/{id}",
        tag="Pages",
        summary="Read the state of a call request",
        auth="visitor",
        answer=RequestView,
        errors=_VISITOR,
    ),
    Operation(
        name="cancelCallRequest",
        method="DELETE",
        path="/v1/call-requests/{id}",
        tag="Pages",
        summary="Cancel a waiting call request",
        description="Cancelling it again changes nothing.",
        auth="visitor",
        status=204,
        errors=(*_VISITOR, calls.RequestNotWaitingError, calls.StoreUnavailableError),
    ),
    Operation(
        name="followCallRequest",
        method="GET",
        path="/v1/call-requests/{id}/events",
        tag="Pages",
        summary="Follow a call request live",
        description="Server-sent events: first `snapshot`, then `matched`, `connected`, `ended`, `expired`, "
        "`cancelled`, `call_received`, `code_refused` as they happen. With `Last-Event-ID` the events missed since "
        "then come instead of the snapshot; 204 says that nothing more will come. The stream ends after a final state.",
        hot=True,
        auth="visitor_query",
        media_type="text/event-stream",
        query={
            "token": "The visitor's token, for clients that cannot send headers.",
            "lastEventId": "As the header Last-Event-ID.",
        },
        headers={"Last-Event-ID": "The id of the last event that was received."},
        errors=(*_VISITOR, web.TooManyStreamsError),
    ),
    Operation(
        name="matchCall",
        method="POST",
        path="/v1/match",
        tag="Phone systems",
        summary="Match an inbound call",
        description="A call that was decided gets the same answer again. With `code_needed` and `wrong_code` ask the "
        "caller for digits and report again; with the third wrong code the outcome is `no_match`.",
        hot=True,
        auth="api_key",
        scopes=("telephony",),
        body=InboundCall,
        answer=MatchAnswer,
        headers=_IDEMPOTENCY,
        errors=(*_KEY, *_BODY, calls.NumberInvalidError, calls.AccessNumberUnknownError, calls.StoreUnavailableError),
    ),
    Operation(
        name="reportCall",
        method="POST",
        path="/v1/call-reports",
        tag="Phone systems",
        summary="Report how a call goes on",
        description="`state` is null when the call was not matched to a request.",
        hot=True,
        auth="api_key",
        scopes=("telephony",),
        body=CallReport,
        answer=answers.ReportAnswer,
        errors=(*_KEY, *_BODY, calls.CallUnknownError, calls.StoreUnavailableError),
    ),
    Operation(
        name="showContext",
        method="GET",
        path="/v1/context/{token}",
        tag="Phone systems",
        summary="Read the context of a call",
        auth="api_key",
        scopes=("telephony", "read"),
        answer=answers.ContextAnswer,
        errors=(*_KEY, calls.RequestUnknownError),
    ),
    Operation(
        name="addNote",
        method="POST",
        path="/v1/context/{token}/notes",
        tag="Phone systems",
        summary="Write back a note or a disposition",
        description="Becomes the event `note_added` for the server's owner; the visitor never sees it.",
        auth="api_key",
        scopes=("telephony",),
        body=NoteBody,
        status=201,
        answer=Note,
        errors=(*_KEY, *_BODY, calls.RequestUnknownError, calls.StoreUnavailableError),
    ),
    Operation(
        name="routeCall",
        method="POST",
        path="/v1/route",
        tag="Phone systems",
        summary="Ask what to do with an inbound call",
        description="For an IVR of your own: report the call, say what `say` has, do what `action` says. After "
        "`gather` report the same call again with `digits` and the `state` of the answer. "
        "Asking twice gives the same answer.",
        hot=True,
        auth="api_key",
        scopes=("telephony",),
        body=RouteBody,
        answer=RouteAnswer,
        errors=(*_KEY, *_BODY),
    ),
    Operation(
        name="listActs",
        method="GET",
        path="/v1/admin/audit",
        tag="Administration",
        summary="Read who did what to the server",
        description="Newest first. To read on, ask again with the last `seq` as `before`.",
        auth="api_key",
        scopes=("admin",),
        answer=answers.ActsAnswer,
        query={"limit": "How many, at most 1000; 100 if left out.", "before": "Only acts with a smaller `seq`."},
        errors=(*_KEY, calls.InvalidFieldError, calls.StoreUnavailableError),
    ),
    Operation(
        name="exportPerson",
        method="GET",
        path="/v1/admin/people/{number}",
        tag="Administration",
        summary="Read everything that is kept of one person",
        description="`number` is the person's phone number in E.164. Call requests for it with their events and notes, "
        "inbound calls from it, and what was matched to either.",
        auth="api_key",
        scopes=("admin",),
        answer=PersonData,
        errors=(*_KEY, calls.NumberInvalidError, calls.StoreUnavailableError),
    ),
    Operation(
        name="erasePerson",
        method="DELETE",
        path="/v1/admin/people/{number}",
        tag="Administration",
        summary="Delete everything that is kept of one person",
        description="What still waits is cancelled first. Erasing again finds nothing and is no error.",
        auth="api_key",
        scopes=("admin",),
        answer=Erased,
        errors=(*_KEY, calls.NumberInvalidError, calls.StoreUnavailableError),
    ),
    Operation(
        name="showConfiguration",
        method="GET",
        path="/v1/admin/config",
        tag="Administration",
        summary="Read the sites and groups that hold",
        auth="api_key",
        scopes=("admin",),
        answer=Shown,
        errors=_KEY,
    ),
    Operation(
        name="applyConfiguration",
        method="PUT",
        path="/v1/admin/config",
        tag="Administration",
        summary="Apply other sites and groups",
        description="All are replaced; applying the same again changes nothing. What would strand waiting requests "
        "is refused unless `force` is true. Every server on the store goes over within seconds. At most 1 MiB.",
        auth="api_key",
        scopes=("admin",),
        body=ConfigurationBody,
        answer=Applied,
        errors=(
            *_KEY,
            *_BODY,
            calls.WouldStrandError,
            calls.ConfigurationChangedError,
            calls.StoreUnavailableError,
        ),
    ),
    Operation(
        name="listWebhooks",
        method="GET",
        path="/v1/admin/webhooks",
        tag="Administration",
        summary="List the webhooks and what waits for them",
        auth="api_key",
        scopes=("admin", "read"),
        answer=answers.HooksAnswer,
        errors=(*_KEY, calls.StoreUnavailableError),
    ),
    Operation(
        name="testWebhook",
        method="POST",
        path="/v1/admin/webhooks/{site}/{name}/test",
        tag="Administration",
        summary="Send a test message to a webhook",
        description="The message has the type `warmcall.test`. It is sent once, at once, and the answer says how the "
        "receiver took it.",
        auth="api_key",
        scopes=("admin",),
        answer=TestAnswer,
        errors=(*_KEY, calls.HookUnknownError),
    ),
    Operation(
        name="replayDeadDeliveries",
        method="POST",
        path="/v1/admin/webhooks/{site}/{name}/replay",
        tag="Administration",
        summary="Try all dead deliveries of a webhook again",
        auth="api_key",
        scopes=("admin",),
        answer=ReplayAnswer,
        errors=(*_KEY, calls.HookUnknownError, calls.StoreUnavailableError),
    ),
    Operation(
        name="listDeliveries",
        method="GET",
        path="/v1/admin/webhook-deliveries",
        tag="Administration",
        summary="List deliveries, newest first",
        description="What was delivered stays in the list for a day; what is dead until its call request is purged.",
        auth="api_key",
        scopes=("admin", "read"),
        answer=answers.DeliveriesAnswer,
        query={
            "state": "Only `pending`, `delivered` or `dead` ones.",
            "hook": "Only those of one webhook, such as `shop/crm`.",
            "limit": "How many, at most 1000; 100 if left out.",
            "before": "Only those with a smaller `id`.",
        },
        errors=(*_KEY, calls.InvalidFieldError, calls.StoreUnavailableError),
    ),
    Operation(
        name="replayDelivery",
        method="POST",
        path="/v1/admin/webhook-deliveries/{id}/replay",
        tag="Administration",
        summary="Try a delivery again",
        description="A dead one, or one that was delivered before.",
        auth="api_key",
        scopes=("admin",),
        answer=ReplayAnswer,
        errors=(*_KEY, calls.DeliveryUnknownError, calls.StoreUnavailableError),
    ),
    Operation(
        name="loadScript",
        method="GET",
        path="/warmcall.js",
        tag="Files",
        summary="Load the page script",
        media_type="text/javascript",
        errors=(web.NotFoundError,),
    ),
    Operation(
        name="loadTypes",
        method="GET",
        path="/warmcall.d.ts",
        tag="Files",
        summary="Load the TypeScript types of the page API",
        media_type="text/plain",
        errors=(web.NotFoundError,),
    ),
    Operation(
        name="loadChunk",
        method="GET",
        path="/warmcall/{hash}/{file}",
        tag="Files",
        summary="Load what the page script needs on demand",
        media_type="application/octet-stream",
        errors=(web.NotFoundError,),
    ),
    Operation(
        name="readMetrics",
        method="GET",
        path="/metrics",
        tag="Operations",
        summary="Read the metrics of this process",
        description="In the text form of Prometheus. Addresses in `server.metrics_allow` need no key.",
        auth="api_key",
        scopes=("read", "admin"),
        media_type="text/plain",
        errors=_KEY,
    ),
    Operation(
        name="isAlive",
        method="GET",
        path="/healthz",
        tag="Operations",
        summary="Tell that the process answers",
        answer=answers.Status,
    ),
    Operation(
        name="isReady",
        method="GET",
        path="/readyz",
        tag="Operations",
        summary="Tell that requests can be taken",
        answer=answers.Status,
        errors=(calls.StoreUnavailableError,),
    ),
    Operation(
        name="readOpenAPI",
        method="GET",
        path="/openapi.json",
        tag="Operations",
        summary="Read this document",
        media_type="application/json",
    ),
    Operation(
        name="readDocs",
        method="GET",
        path="/docs",
        tag="Operations",
        summary="Read this document as a page",
        media_type="text/html",
    ),
)
