"""Handing committed events to the bus."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from warmcall.bus.plugin import Plugin
from warmcall.calls.clock import rfc3339
from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.model import CallRequest, Event, EventType, Json, RequestId
from warmcall.calls.port import Store

log = logging.getLogger("warmcall.calls")


class Announcer:
    """Publishes events that somebody hears, in the order they were committed; a match's carries who is calling and why.

    Args:
        plugin: In whose name they are published.
        store: Where they come from.
        whole: Writes a request with its context as one JSON object.

    Attributes:
        fresh: Requests that are being matched by this process, ready to be written. A match by another server is not
            among them; its request is read from the store first, and what comes after it waits.
    """

    def __init__(self, plugin: Plugin, store: Store, whole: Callable[[CallRequest], Json]) -> None:
        self.fresh: dict[RequestId, Callable[[], Json]] = {}
        self._plugin = plugin
        self._store = store
        self._whole = whole
        self._waiting: deque[Event] = deque()
        self._reading: asyncio.Task[None] | None = None
        self._stop = store.on_events(self._hear)

    def close(self) -> None:
        """Stop publishing."""
        self._stop()
        if self._reading is not None:
            self._reading.cancel()

    def _hear(self, committed: Sequence[Event]) -> None:
        events = self._heard(committed)
        if self._reading is not None:
            self._waiting.extend(events)
            return
        for position, event in enumerate(events):
            told = self.fresh.get(event.request_id) if event.type is EventType.MATCHED else None
            if event.type is EventType.MATCHED and told is None:
                self._waiting.extend(events[position:])
                self._reading = asyncio.create_task(self._catch_up(), name="read matched requests")
                return
            self._publish(event, told() if told else {})

    def _heard(self, committed: Sequence[Event]) -> list[Event]:
        """Those whose types somebody hears; most neighbours are of one type, so it is asked of the first only."""
        events: list[Event] = []
        kind, is_heard = None, False
        for event in committed:
            if event.type is not kind:
                kind, is_heard = event.type, self._plugin.is_heard(event.type)
            if is_heard:
                events.append(event)
        return events

    async def _catch_up(self) -> None:
        try:
            while self._waiting:
                event = self._waiting.popleft()
                self._publish(event, await self._read(event) if event.type is EventType.MATCHED else {})
        finally:
            self._reading = None

    async def _read(self, event: Event) -> Json:
        try:
            request = await self._store.find(event.request_id)
        except StoreUnavailableError as error:
            log.warning("the match of %s is published without its context: %s", event.request_id, error)
            return {}
        return self._whole(request) if request else {}

    def _publish(self, event: Event, whole: Json) -> None:
        data = {"id": event.request_id, "site": event.site, "group": event.group, "at": rfc3339(event.at_ms)}
        self._plugin.publish(event.type.value, {**whole, **data, **event.data})
