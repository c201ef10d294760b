"""What the tests of several servers have in common: requests, a short match, and waiting for what must happen."""

import asyncio
import time
from collections.abc import Callable
from itertools import count

from warmcall.calls.ids import new_request_id
from warmcall.calls.model import E164, AccessCode, Call, CallId, CallRequest, GroupName, Page, SiteId, State
from warmcall.calls.port import Transaction

NOW_MS = 1_700_000_000_000
NUMBER = "+18005550100"
_serial = count(1)


def new_request(
    *,
    number: str = NUMBER,
    code: str | None = None,
    caller: str | None = None,
    key: str | None = None,
    exclusive: bool = False,
    cool_down_s: int = 0,
) -> CallRequest:
    """A waiting request that expires ten minutes after `NOW_MS`."""
    return CallRequest(
        id=new_request_id(NOW_MS + next(_serial)),
        site=SiteId("demo"),
        group=GroupName("sales"),
        state=State.WAITING,
        number=E164(number),
        code=None if code is None else AccessCode(code),
        caller=None if caller is None else E164(caller),
        exclusive=exclusive,
        cool_down_s=cool_down_s,
        created_at_ms=NOW_MS,
        expires_at_ms=NOW_MS + 600_000,
        fields={"firstname": "Ada"},
        user_data={"cart": [1, {"sku": "\u0000 and \u00e9"}]},
        page=Page(url="https://www.example.com/"),
        idempotency_key=key,
    )


async def wait_until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Return once `condition` holds; fail if it does not in time."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        await asyncio.sleep(0.005)


async def match(tx: Transaction, call_id: str, code: str) -> CallRequest | None:
    """What the domain does with a call, in short."""
    call = await tx.call(CallId(call_id))
    if call is not None:
        return await tx.find(call.request_id) if call.request_id else None
    request = await tx.waiting_by_code(E164(NUMBER), AccessCode(code), NOW_MS)
    call = Call(id=CallId(call_id), number=E164(NUMBER), caller=None, received_at_ms=NOW_MS, outcome="no_match")
    if request is not None:
        call.outcome, call.request_id = "matched", request.id
        request.call_id, request.matched_at_ms = call.id, NOW_MS
        await tx.change(request, State.MATCHED, NOW_MS, {"callId": call.id})
    await tx.remember(call)
    return request
