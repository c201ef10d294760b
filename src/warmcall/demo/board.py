"""What the agent's screen shows: the latest call requests, each as a card, kept fresh by the events on the bus."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.errors import CommandRejectedError
from warmcall.bus.events import Event
from warmcall.calls.model import EventType, Json, RequestId

CARDS = 60
WATCHERS = 32
# A watcher that is this far behind has gone; it gets the whole board when it comes back.
_BEHIND = 200
_QUIET_S = 15.0
_REMARKS = (EventType.CALL_RECEIVED, EventType.CODE_REFUSED)


class Board:
    """Keeps the newest call requests and tells watchers of each change.

    Args:
        bus: The server's bus; the plugin `CallRequests` answers on it.
    """

    def __init__(self, bus: Bus) -> None:
        self._cards: dict[RequestId, Json] = {}
        self._watchers: set[asyncio.Queue[bytes | None]] = set()
        self._plugin = bus.plugin("DemoBoard")
        for kind in EventType:
            self._plugin.subscribe(f"CallRequests.{kind}", self._happened)

    def cards(self) -> list[Json]:
        """All cards, the oldest first."""
        return list(self._cards.values())

    @property
    def is_full(self) -> bool:
        """Whether no further watcher is taken."""
        return len(self._watchers) >= WATCHERS

    async def watch(self) -> AsyncIterator[bytes]:
        """Yield server-sent events: `board` with all cards at once, then `card` with each that changes."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_BEHIND)
        self._watchers.add(queue)
        try:
            yield _message("board", self.cards())
            while (message := await _next(queue)) is not None:
                yield message
        finally:
            self._watchers.discard(queue)

    def close(self) -> None:
        """End all watching."""
        for queue in self._watchers:
            _end(queue)

    async def _happened(self, event: Event) -> None:
        request_id = RequestId(event.data["id"])
        try:
            found: Json = await self._plugin.command("CallRequests.find", {"id": request_id})
            # By its token, as an agent's own system would: so it has what the phone system said, and the notes.
            token = {"token": found["context"]["token"]}
            whole: Json = await self._plugin.command("CallRequests.context", token)
        except CommandRejectedError:
            # Deleted between the event and now: then there is nothing left to show.
            self._cards.pop(request_id, None)
            return
        card = {**whole, "remark": _remark(event), "changedAt": event.data["at"]}
        self._cards[request_id] = card
        while len(self._cards) > CARDS:
            del self._cards[next(iter(self._cards))]
        self._tell(_message("card", card))

    def _tell(self, message: bytes) -> None:
        for queue in list(self._watchers):
            if queue.full():
                _end(queue)
            else:
                queue.put_nowait(message)


def _remark(event: Event) -> Json | None:
    """What happened last to a request that did not change its state."""
    kind = event.event.partition(".")[2]
    if kind not in _REMARKS:
        return None
    return {"kind": kind, "triesLeft": event.data.get("triesLeft")}


async def _next(queue: asyncio.Queue[bytes | None]) -> bytes | None:
    try:
        async with asyncio.timeout(_QUIET_S):
            return await queue.get()
    except TimeoutError:
        return b": still here\n\n"


def _end(queue: asyncio.Queue[bytes | None]) -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)


def _message(name: str, data: Any) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"
