"""`POST /demo/dial`: the demo page's phone. It calls the demo line on this machine, and nothing else."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from warmcall.calls.errors import NumberInvalidError
from warmcall.calls.phone import parse_number
from warmcall.demo.dialling import Plan, Step, StepName, dial
from warmcall.telephony.demoline.phone import Phone

CALLS_AT_ONCE = 4
CALLS_PER_MIN = 30
BODY_BYTES = 1024
_MIN_S = 60.0


class _Order(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    number: Annotated[str, msgspec.Meta(max_length=40)]
    code: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,8}$")] | None = None
    caller: Annotated[str, msgspec.Meta(max_length=40)] | None = msgspec.field(default=None, name="from")


class Dialler:
    """Places calls for the demo page, a few at a time.

    Args:
        phone: What to call with.
        line: Host and port of the demo line. The page says the number only, so nothing else is ever called.
        hold_s: How long to stay once connected.
    """

    def __init__(self, phone: Phone, line: str, hold_s: float) -> None:
        self._phone = phone
        self._line = line
        self._hold_s = hold_s
        self._running = 0
        self._started: deque[float] = deque()

    async def answer(self, request: Request) -> Response:
        """Place a call and stream its steps, one JSON object a line."""
        if not _is_own_page(request):
            return _refused(403, "Only the demo's own page may use this phone.")
        try:
            plan = await self._plan(request)
        except (ValueError, NumberInvalidError) as error:
            return _refused(422, f"This call cannot be placed: {error}")
        if not self._has_room():
            return _refused(429, "The phone is busy. Try again in a minute.")
        return StreamingResponse(
            self._steps(plan), media_type="application/x-ndjson", headers={"Cache-Control": "no-store"}
        )

    async def _plan(self, request: Request) -> Plan:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES:
                raise ValueError(f"more than {BODY_BYTES} bytes")
        order = msgspec.json.decode(bytes(body), type=_Order)
        return Plan(
            number=parse_number(order.number, field="number"),
            line=self._line,
            code=order.code,
            caller=parse_number(order.caller, field="from") if order.caller else None,
            hold_s=self._hold_s,
        )

    def _has_room(self) -> bool:
        now = asyncio.get_running_loop().time()
        while self._started and self._started[0] < now - _MIN_S:
            self._started.popleft()
        if self._running >= CALLS_AT_ONCE or len(self._started) >= CALLS_PER_MIN:
            return False
        self._started.append(now)
        return True

    async def _steps(self, plan: Plan) -> AsyncIterator[bytes]:
        self._running += 1
        try:
            async for step in dial(self._phone, plan):
                yield msgspec.json.encode(step) + b"\n"
        except Exception:
            yield msgspec.json.encode(Step(StepName.FAILED, "The phone failed; the server's log says why.")) + b"\n"
            raise
        finally:
            self._running -= 1


def _is_own_page(request: Request) -> bool:
    """Whether the page that asks came from this very server. A form of another page cannot set this content type."""
    origin = request.headers.get("origin", "")
    json = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
    return json and bool(origin) and urlsplit(origin).netloc == request.headers.get("host")


def _refused(status: int, detail: str) -> Response:
    return JSONResponse({"detail": detail}, status, media_type="application/problem+json")
