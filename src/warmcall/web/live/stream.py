"""One live stream: server-sent events (WHATWG HTML, section 9.2) of one call request, to one page."""

import asyncio
from typing import Any

import msgspec

from warmcall.calls.clock import rfc3339
from warmcall.calls.model import CallRequest, Event, EventType, State
from warmcall.calls.states import FINAL
from warmcall.web.exchange import Exchange, Header

RECONNECT_MS = 2000
BACKLOG = 32
HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-content-type-options", b"nosniff"),
    # nginx collects answers before it passes them on, unless told not to.
    (b"x-accel-buffering", b"no"),
)
_OPENING = b"retry: %d\n\n" % RECONNECT_MS
_HEARTBEAT = b": alive\n\n"
_FINAL_EVENTS = frozenset(state.value for state in FINAL)
_STATE_OF = {kind: kind.value if kind.value in {*State} else State.WAITING.value for kind in EventType}
_STATE_OF[EventType.CREATED] = State.WAITING.value
# What a visitor may read of an event. The rest, such as the phone system's call id, is for the owner.
_VISIBLE = ("triesLeft", "reason", "matchedBy")


def snapshot(request: CallRequest, seq: int) -> bytes:
    """The first event of a stream: where the request is now."""
    data = {
        "id": request.id,
        "state": request.state.value,
        "accessNumber": request.number,
        "accessCode": request.code,
        "createdAt": rfc3339(request.created_at_ms),
        "expiresAt": rfc3339(request.expires_at_ms),
    }
    return _message("snapshot", seq, data)


def event_message(event: Event) -> bytes:
    """One thing that happened, as a visitor's page reads it."""
    data = {"id": event.request_id, "state": _STATE_OF[event.type], "at": rfc3339(event.at_ms)}
    data.update((name, event.data[name]) for name in _VISIBLE if event.data.get(name) is not None)
    return _message(event.type.value, event.seq, data)


def is_for_visitors(event: Event) -> bool:
    """Whether a visitor may know of it: what agents write about a call is for the owner."""
    return event.type is not EventType.NOTE_ADDED


def is_last(event: Event) -> bool:
    """Whether nothing can happen after this."""
    return event.type.value in _FINAL_EVENTS


def _message(name: str, seq: int, data: dict[str, Any]) -> bytes:
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), seq, msgspec.json.encode(data))


class Stream:
    """Writes to one connection without ever making others wait.

    Until `open` is called events are kept back, so that what was missed can be sent first.

    Args:
        exchange: The connection.
    """

    __slots__ = ("_backlog", "_ended", "_exchange", "_held", "_sent_seq", "_task", "_writing", "overflowed")

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._task = asyncio.current_task()
        self._backlog: list[bytes] = []
        self._held: list[Event] | None = []
        self._sent_seq = 0
        self._ended = False
        self._writing: asyncio.Task[None] | None = None
        self.overflowed = False

    def open(self, first: bytes, sent_seq: int) -> None:
        """Send what stands first and, from then on, events after `sent_seq`."""
        held, self._held = self._held or [], None
        self._sent_seq = sent_seq
        self._backlog.append(_OPENING + first)
        self._wake()
        for event in held:
            self.take(event)

    def take(self, event: Event) -> None:
        """Send an event, and end the stream after the last one."""
        if self._held is not None:
            self._held.append(event)
        elif event.seq > self._sent_seq and is_for_visitors(event):
            self._sent_seq = event.seq
            self._write(event_message(event))
            if is_last(event):
                self.end()

    def beat(self) -> None:
        """Send a comment, so that proxies and pages know the connection lives."""
        if self._held is None and self._writing is None:
            self._write(_HEARTBEAT)

    def end(self) -> None:
        """Finish the answer once all is written."""
        if not self._ended:
            self._ended = True
            if self._held is None:
                self._wake()

    async def follow(self) -> None:
        """Return when the stream was ended or the page is gone."""
        while (await self._exchange.receive())["type"] != "http.disconnect":
            pass

    def close(self) -> None:
        """Write no more."""
        self._ended = True
        if self._writing is not None:
            self._writing.cancel()

    def _write(self, chunk: bytes) -> None:
        if self._ended:
            return
        if len(self._backlog) >= BACKLOG:
            self._drop()
            return
        self._backlog.append(chunk)
        self._wake()

    def _wake(self) -> None:
        if self._writing is None:
            self._writing = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        try:
            while self._backlog:
                await self._exchange.write(self._backlog.pop(0))
            if self._ended:
                # The server answers `receive` with a disconnect now, which ends `follow`.
                await self._exchange.write(b"", more=False)
        finally:
            self._writing = None

    def _drop(self) -> None:
        """Give up a reader that is too slow: it reconnects and asks for what it missed."""
        self.overflowed = True
        self.close()
        if self._task is not None:
            self._task.cancel()
