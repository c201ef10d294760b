"""What becomes of a granted call request: cancelled by its visitor, connected and ended by the phone system."""

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from warmcall.calls.errors import CallUnknownError, RequestNotWaitingError, RequestUnknownError
from warmcall.calls.model import CallId, CallRequest, RequestId, State
from warmcall.calls.port import Transaction
from warmcall.calls.states import UNDER_WAY

UNHEARD = "nothing was heard of the call any more"


class CallReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How a call goes on, as the phone system tells it.

    Attributes:
        state: `connected` once somebody answered, `ended` when either side hung up.
        reason: Why it ended, in the phone system's own words.
    """

    call_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    state: Literal["connected", "ended"]
    reason: Annotated[str, msgspec.Meta(max_length=200)] | None = None


async def advance(tx: Transaction, report: CallReport, now_ms: int) -> CallRequest | None:
    """Bring the request of a call to the reported state.

    Reports come more than once and out of order; one that says nothing new changes nothing.

    Returns:
        The request, or `None` if the call was not matched to any.

    Raises:
        CallUnknownError: if the call was never reported to match.
    """
    call = await tx.call(CallId(report.call_id))
    if call is None:
        raise CallUnknownError(report.call_id)
    request = await tx.find(call.request_id) if call.request_id else None
    if request is None:
        return None
    if report.state == "connected" and request.state is State.MATCHED:
        request.connected_at_ms = now_ms
        await tx.change(request, State.CONNECTED, now_ms, {"callId": call.id})
    elif report.state == "ended" and request.state in (State.MATCHED, State.CONNECTED):
        request.ended_at_ms = now_ms
        await tx.change(request, State.ENDED, now_ms, {"callId": call.id, "reason": report.reason})
    return request


async def give_up(tx: Transaction, request_id: RequestId, longest_s: Callable[[CallRequest], int], now_ms: int) -> bool:
    """End a request if nothing was heard of its call for as long as its group says; returns whether it did."""
    request = await tx.find(request_id)
    if request is None or request.state not in UNDER_WAY:
        return False
    heard_at_ms = request.connected_at_ms or request.matched_at_ms or request.created_at_ms
    if heard_at_ms >= now_ms - longest_s(request) * 1000:
        return False
    request.ended_at_ms = now_ms
    await tx.change(request, State.ENDED, now_ms, {"callId": request.call_id, "reason": UNHEARD})
    return True


async def cancel(tx: Transaction, request_id: RequestId, now_ms: int) -> CallRequest:
    """Cancel a waiting request; cancelling a cancelled one changes nothing.

    Raises:
        RequestUnknownError: if there is no such request.
        RequestNotWaitingError: if it expired, or its call has come in.
    """
    request = await tx.find(request_id)
    if request is None:
        raise RequestUnknownError
    if request.state is State.CANCELLED:
        return request
    if request.state is not State.WAITING:
        raise RequestNotWaitingError(request.state)
    if request.expires_at_ms <= now_ms:
        raise RequestNotWaitingError(State.EXPIRED)
    await tx.change(request, State.CANCELLED, now_ms, {})
    return request
