"""The route of live events."""

import asyncio
from collections.abc import Sequence
from urllib.parse import parse_qs

from warmcall.calls.errors import RequestUnknownError
from warmcall.calls.model import CallRequest, Event, RequestId
from warmcall.calls.states import FINAL
from warmcall.web.exchange import Exchange
from warmcall.web.live.stream import HEADERS, Stream, event_message, is_for_visitors, is_last, snapshot
from warmcall.web.services import Services
from warmcall.web.visitors import check_visitor

# An id that does not fit into the store's 64 bits was never given out.
_SEQ_DIGITS = 19


class LiveEvents:
    """`GET /v1/call-requests/{id}/events`: a snapshot, then every event; or, on a reconnect, the events missed."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._hub = services.hub
        self._tokens = services.tokens

    async def __call__(self, exchange: Exchange) -> None:
        """Stream until the request is final or the page is gone."""
        request_id, last = self._asked(exchange)
        stream = Stream(exchange)
        # Follow first, read then: an event committed in between is held back instead of lost.
        self._hub.join(request_id, stream)
        try:
            if await self._begin(exchange, request_id, stream, last):
                await stream.follow()
        except asyncio.CancelledError:
            if not stream.overflowed:
                raise
        finally:
            self._hub.leave(request_id, stream)
            stream.close()

    def _asked(self, exchange: Exchange) -> tuple[RequestId, int | None]:
        """Whose events, and the last one that the page has seen."""
        query = parse_qs(exchange.scope.get("query_string", b"").decode("latin-1"))
        request_id = check_visitor(exchange, self._tokens, query.get("token", [""])[0])
        last = exchange.headers.get(b"last-event-id", b"").decode("latin-1") or query.get("lastEventId", [""])[0]
        return request_id, int(last) if last.isdecimal() and len(last) < _SEQ_DIGITS else None

    async def _begin(self, exchange: Exchange, request_id: RequestId, stream: Stream, last: int | None) -> bool:
        """Answer; tells if there is something to wait for.

        What was read for the beginning is let go of when this returns: it would weigh more than the idle stream.
        """
        events = [event for event in await self._store.events(request_id, last or 0) if is_for_visitors(event)]
        request = await self._store.find(request_id)
        if request is None:
            raise RequestUnknownError
        if last is not None and not events and request.state in FINAL:
            # Nothing more will come, and 204 is how an EventSource is told not to ask again.
            await exchange.answer(204, b"", ())
            return False
        await exchange.start(200, HEADERS)
        if exchange.method == "HEAD":
            await exchange.write(b"", more=False)
            return False
        self._open(stream, request, events, last)
        return True

    def _open(self, stream: Stream, request: CallRequest, events: Sequence[Event], last: int | None) -> None:
        seq = events[-1].seq if events else last or 0
        first = snapshot(request, seq) if last is None else b"".join(map(event_message, events))
        stream.open(first, seq)
        if request.state in FINAL if last is None else bool(events) and is_last(events[-1]):
            stream.end()
