"""Requests for the tests of stores, and short units of work."""

import asyncio
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import msgspec

from warmcall.calls.ids import new_request_id
from warmcall.calls.model import (
    E164,
    AccessCode,
    Call,
    CallId,
    CallRequest,
    GroupName,
    Page,
    RequestId,
    SiteId,
    State,
)
from warmcall.calls.port import Store, Transaction

NOW_MS = 1_795_435_200_000
LIFETIME_MS = 600_000
NUMBER = E164("+18005550100")
OTHER_NUMBER = E164("+18005550101")
CALLER = E164("+14155550100")
SITE = SiteId("demo")

_serial = count()


def a_request(**changes: Any) -> CallRequest:
    """A waiting request unlike any other, but for what `changes` says."""
    serial = next(_serial)
    request = CallRequest(
        id=new_request_id(NOW_MS),
        site=SITE,
        group=GroupName("sales"),
        state=State.WAITING,
        number=NUMBER,
        code=AccessCode(f"{serial:06}"),
        caller=E164(f"+1650{serial:07}"),
        exclusive=False,
        cool_down_s=60,
        created_at_ms=NOW_MS,
        expires_at_ms=NOW_MS + LIFETIME_MS,
        fields={"firstname": "Zoë", "subscribe": True},
        user_data={"cart": ["a", 1, None, {"b": 2.5}], "note": '"; DROP TABLE call; \u2028'},
        page=Page(url="https://www.example.com/", title="Übersicht", language="de"),
    )
    return msgspec.structs.replace(request, **changes)


async def change(store: Store, request_id: RequestId, to: State, at_ms: int = NOW_MS, **data: Any) -> CallRequest:
    """Move a stored request to another state."""

    async def work(tx: Transaction) -> CallRequest:
        request = await tx.find(request_id)
        assert request is not None
        await tx.change(request, to, at_ms, data)
        return request

    return await store.transact(work)


async def match(store: Store, number: E164, code: AccessCode, call_id: str, now_ms: int = NOW_MS) -> RequestId | None:
    """Match a call by its code; the same call gets the same answer."""

    async def work(tx: Transaction) -> RequestId | None:
        call = await tx.call(CallId(call_id))
        if call is not None:
            return call.request_id
        request = await tx.waiting_by_code(number, code, now_ms)
        if request is None:
            return None
        request.call_id = CallId(call_id)
        await tx.change(request, State.MATCHED, now_ms, {})
        await tx.remember(a_call(call_id, request_id=request.id))
        return request.id

    return await store.transact(work)


async def until(condition: Callable[[], object]) -> None:
    """Return once `condition` holds: a store that many servers share tells its listeners a moment after the answer."""
    deadline_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        await asyncio.sleep(0.001)


def a_call(call_id: str = "call-1", **changes: Any) -> Call:
    """An inbound call."""
    call = Call(id=CallId(call_id), number=NUMBER, caller=CALLER, received_at_ms=NOW_MS, outcome="code_needed")
    return msgspec.structs.replace(call, **changes)
