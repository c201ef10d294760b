"""What the writer is given: a request to add, or a unit of work that was decided."""

import asyncio
import time
from typing import NamedTuple

from warmcall.calls.model import E164, Call, CallRequest, Event, EventType, GroupName, Json, RequestId, SiteId, State
from warmcall.calls.port import Collision
from warmcall.store.postgres.database import WAIT_S
from warmcall.store.postgres.rows import row_of


class Addition:
    """A new request on its way to the table.

    Attributes:
        row: The parameters of the insert; JSON cannot hold everything, so making them may fail.
        give_up_s: Until when, on the monotonic clock, it is worth finding out whether it was stored.
        sent: Whether it may have been stored already, although nobody confirmed it.
    """

    __slots__ = ("future", "give_up_s", "request", "row", "sent")

    def __init__(self, request: CallRequest, future: asyncio.Future[Collision | None]) -> None:
        self.request = request
        self.row = row_of(request)
        self.future = future
        self.give_up_s = time.monotonic() + WAIT_S
        self.sent = False


class Touch:
    """A request that a unit of work depends on, and what becomes of it.

    Attributes:
        expected: The state it was read in.
        state: Its state afterwards.
        record: Its record afterwards; `None` if it stays as it is.
        left_waiting: Whether it waits no more.
    """

    __slots__ = ("due_at_ms", "expected", "left_waiting", "number", "record", "state")

    def __init__(self, number: E164, expected: State) -> None:
        self.number = number
        self.expected = expected
        self.state = expected
        self.due_at_ms: int | None = None
        self.record: str | None = None
        self.left_waiting = False


class Noted(NamedTuple):
    """An event without its number, which the database gives."""

    request_id: RequestId
    site: SiteId
    group: GroupName
    type: EventType
    at_ms: int
    data: Json

    def numbered(self, seq: int) -> Event:
        """The event with its number."""
        return Event(
            seq=seq,
            request_id=self.request_id,
            site=self.site,
            group=self.group,
            type=self.type,
            at_ms=self.at_ms,
            data=self.data,
        )


class Unit:
    """What a unit of work decided: written wholly, or refused because what it was decided on has changed."""

    def __init__(self) -> None:
        self.touches: dict[RequestId, Touch] = {}
        self.events: list[Noted] = []
        self.calls: dict[str, tuple[Call, str | None]] = {}
        self.applied: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def __bool__(self) -> bool:
        return bool(self.events or self.calls or any(touch.record for touch in self.touches.values()))

    @property
    def keys(self) -> set[str]:
        """What it changes; two units of one statement have none in common."""
        return {*self.touches, *self.calls}
