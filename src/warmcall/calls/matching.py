"""Deciding which call request an inbound call belongs to."""

import re
from typing import NamedTuple

import msgspec

from warmcall.calls.answers import CODE_TRIES
from warmcall.calls.directory import Group, MatchBy
from warmcall.calls.draft import InboundCall
from warmcall.calls.model import E164, AccessCode, Call, CallId, CallRequest, EventType, State
from warmcall.calls.port import Transaction

DECIDED = ("matched", "no_match")
_NOT_A_DIGIT = re.compile("[^0-9]+")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One report of an inbound call, with numbers normalised and digits cleaned.

    Attributes:
        barred: Too many wrong codes came from there: the digits are not looked at.
    """

    call_id: CallId
    number: E164
    caller: E164 | None
    digits: AccessCode | None
    attestation: str | None
    key: str | None
    caller_name: str | None = None
    barred: bool = False

    @property
    def code(self) -> AccessCode | None:
        """The code to look up; `None` if none was keyed in, or none is listened to."""
        return None if self.barred else self.digits


class Verdict(NamedTuple):
    """What became of a report.

    Attributes:
        call: What is now remembered of the call.
        request: The request it belongs to, if it was matched.
        wrong_code: Whether this report cost a try.
    """

    call: Call
    request: CallRequest | None
    wrong_code: bool = False


def report_of(call: InboundCall, number: E164, caller: E164 | None) -> Report:
    """Clean a report: of the keyed digits only 0 to 9 count, so a closing hash does no harm."""
    digits = _NOT_A_DIGIT.sub("", call.digits or "")
    return Report(
        call_id=CallId(call.call_id),
        number=number,
        caller=caller,
        digits=AccessCode(digits) if digits else None,
        attestation=call.attestation,
        key=call.idempotency_key,
        caller_name=call.caller_name,
    )


async def decide(tx: Transaction, report: Report, group: Group, now_ms: int) -> Verdict:
    """Match a call inside one transaction, so that of two calls with one code one wins.

    A call that was decided before gets the same answer again, as does a report whose idempotency key was the last one.
    """
    call = await tx.call(report.call_id)
    if call is None:
        call = Call(id=report.call_id, number=report.number, caller=report.caller, received_at_ms=now_ms)
    elif call.outcome in DECIDED or (report.key is not None and report.key == call.last_key):
        return Verdict(call, await tx.find(call.request_id) if call.request_id else None)
    call.last_key = report.key
    request = await _identify(tx, report, group, now_ms)
    if request is None:
        await _unmatched(tx, call, report, group, now_ms)
    else:
        await _matched(tx, call, request, report, now_ms)
    await tx.remember(call)
    return Verdict(call, request, request is None and group.asks_for_code and report.code is not None)


async def _identify(tx: Transaction, report: Report, group: Group, now_ms: int) -> CallRequest | None:
    for by in group.match_by:
        request = await _look_up(tx, by, report, group, now_ms)
        if request is not None:
            request.matched_by = by
            return request
    return None


async def _look_up(tx: Transaction, by: MatchBy, report: Report, group: Group, now_ms: int) -> CallRequest | None:
    if by == "caller":
        return await tx.waiting_by_caller(report.number, report.caller, now_ms) if report.caller else None
    if by == "code":
        return await tx.waiting_by_code(report.number, report.code, now_ms) if report.code else None
    # A number alone identifies only what was promised to be alone on it: anyone may dial a number they once saw.
    request = await tx.waiting_alone(report.number, now_ms)
    return request if request is not None and request.exclusive else None


async def _matched(tx: Transaction, call: Call, request: CallRequest, report: Report, now_ms: int) -> None:
    call.outcome, call.request_id = "matched", request.id
    request.call_id, request.matched_at_ms = call.id, now_ms
    data = {"callId": call.id, "matchedBy": request.matched_by, "attestation": report.attestation}
    if report.caller_name:
        data["callerName"] = report.caller_name
    await tx.change(request, State.MATCHED, now_ms, data)


async def _unmatched(tx: Transaction, call: Call, report: Report, group: Group, now_ms: int) -> None:
    first = call.outcome is None
    if not group.asks_for_code or report.barred:
        call.outcome = "no_match"
    elif report.digits is None:
        call.outcome = "code_needed"
    else:
        call.wrong_codes += 1
        call.outcome = "wrong_code" if call.wrong_codes < CODE_TRIES else "no_match"
    candidate = await _candidate(tx, report, now_ms)
    if candidate is None:
        return
    if report.digits is not None and group.asks_for_code:
        left = 0 if report.barred else CODE_TRIES - call.wrong_codes
        await tx.note(candidate, EventType.CODE_REFUSED, now_ms, {"callId": call.id, "triesLeft": left})
    elif first:
        await tx.note(candidate, EventType.CALL_RECEIVED, now_ms, {"callId": call.id})


async def _candidate(tx: Transaction, report: Report, now_ms: int) -> CallRequest | None:
    """Whose page may say that a call came in: the caller's own, or the only one that waits on the number.

    This is a hint to a visitor and gives no context away.
    """
    if report.caller:
        request = await tx.waiting_by_caller(report.number, report.caller, now_ms)
        if request is not None:
            return request
    return await tx.waiting_alone(report.number, now_ms)
