"""Writes requests and decided units of work, many by one statement.

An answered request is committed. When a connection breaks before the database has confirmed, an addition is sent again
with the same id until it is known to be stored or two seconds are over; a unit is not, because it was decided on what
may have changed by its own commit: its caller asks again.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.model import CallRequest, Event, EventType
from warmcall.calls.port import Collision
from warmcall.store.postgres.database import LOST_RACE, WAIT_S, Database, OutcomeUnknownError, Row, translated
from warmcall.store.postgres.gathering import Gatherer
from warmcall.store.postgres.items import Addition, Noted, Unit
from warmcall.store.postgres.queries import QUERIES
from warmcall.store.postgres.rows import created_event, request_of
from warmcall.store.postgres.tally import LEAVES_WAITING, Tally
from warmcall.store.records import json_text

_PAUSE_S = 0.05
_IN_FLIGHT = 2
_REQUESTS = 128
# Each unit takes a lock of its own in PostgreSQL's table of locks, which has room for a few thousand.
_UNITS = 64
_REASONS = (Collision.KEY, Collision.NUMBER, Collision.CALLER, Collision.CODE)


class Writer:
    """Gathers what is to be written and settles what was.

    Args:
        database: Where to write.
        tally: Told of what was stored and what was let go.
        committed: Told the events of every commit; returns the numbers of those that were counted already.
    """

    def __init__(self, database: Database, tally: Tally, committed: Callable[[Sequence[Event]], set[int]]) -> None:
        self._database = database
        self.tally = tally
        self._committed = committed
        self._shared = Gatherer(self._add, _REQUESTS, _IN_FLIGHT)
        self._exclusive = Gatherer(self._add, _REQUESTS, 1)
        self._units = Gatherer(self._apply, _UNITS, _IN_FLIGHT)

    async def add(self, request: CallRequest) -> Collision | None:
        """Store a request, or say which rule it breaks."""
        addition = Addition(request, asyncio.get_running_loop().create_future())
        self.tally.adding(request)
        # One statement adds either exclusive requests or others: what it adds itself, its own check does not see.
        (self._exclusive if request.exclusive else self._shared).put(addition)
        return await addition.future

    async def apply(self, unit: Unit) -> bool:
        """Write a unit. Whether it was; if not, what it was decided on has changed."""
        self._units.put(unit)
        return await unit.applied

    def settle_expired(self, expired: Sequence[Row], released: Sequence[str]) -> None:
        """Tell memory and listeners of what a sweep expired and let go.

        Args:
            expired: Event number, id, site, group, number, whether it let go of the number, and the time.
            released: Numbers of requests whose cool-down is over.
        """
        events: list[Event] = []
        for seq, request_id, site, group, _, _, at_ms in expired:
            events.append(Noted(request_id, site, group, EventType.EXPIRED, at_ms, {}).numbered(seq))
        known = self._committed(events)
        for seq, _, _, _, number, let_go, _ in expired:
            if seq not in known:
                self.tally.stopped_waiting(number, let_go=let_go)
        for number in released:
            self.tally.let_go(number)

    async def idle(self) -> None:
        """Return once everything handed in is settled."""
        for gatherer in (self._shared, self._exclusive, self._units):
            await gatherer.idle()

    async def _add(self, batch: list[Addition]) -> None:
        waiting = [addition for addition in batch if not self._dropped(addition)]
        waiting.sort(key=_place)
        while waiting:
            try:
                waiting = await self._add_once(waiting)
            except LOST_RACE as error:
                waiting = self._still_worth_it(waiting, error)
            except OutcomeUnknownError as error:
                for addition in waiting:
                    addition.sent = True
                waiting = self._still_worth_it(waiting, error)
                await asyncio.sleep(_PAUSE_S)
            except StoreUnavailableError as error:
                waiting = self._still_worth_it(self._sent(waiting, error), error)
                await asyncio.sleep(_PAUSE_S if waiting else 0)
            except Exception as error:
                if len(waiting) == 1:
                    self._refuse(waiting[0], translated(error))
                    return
                for addition in waiting:
                    await self._add([addition])
                return

    async def _add_once(self, batch: list[Addition]) -> list[Addition]:
        """Returns those about which nothing is known yet."""
        columns = map(list, zip(*(addition.row for addition in batch), strict=True))
        rows = await self._database.fetch(QUERIES.add_requests, *columns, batch[0].request.exclusive)
        seqs: dict[str, int] = {request_id: seq for seq, request_id in rows}
        stored = [addition for addition in batch if addition.request.id in seqs]
        self._settle([(addition, seqs[addition.request.id]) for addition in stored])
        if len(stored) == len(batch):
            return []
        return await self._explain([addition for addition in batch if addition.request.id not in seqs])

    async def _explain(self, batch: list[Addition]) -> list[Addition]:
        """Find out which rules were broken; what was in the way may be gone by now."""
        keys = [_keys(addition.request) for addition in batch]
        rows = await self._database.read(QUERIES.collisions, *map(list, zip(*keys, strict=True)))
        unexplained: list[Addition] = []
        for addition, (*broken, record, seq) in zip(batch, rows, strict=True):
            if addition.sent and record is not None and _is_same(addition.request, record):
                self._settle([(addition, seq)])
            elif any(broken) or record is not None:
                reason = next((why for why, found in zip(_REASONS, broken, strict=True) if found), Collision.ID)
                self._answer(addition, reason)
            else:
                unexplained.append(addition)
        return self._still_worth_it(unexplained, None)

    def _settle(self, stored: Sequence[tuple[Addition, int]]) -> None:
        known = self._committed([created_event(addition.request, seq) for addition, seq in stored])
        for addition, seq in stored:
            (self.tally.refused if seq in known else self.tally.added)(addition.request)
            if not addition.future.done():
                addition.future.set_result(None)

    def _answer(self, addition: Addition, collision: Collision) -> None:
        self.tally.refused(addition.request)
        if not addition.future.done():
            addition.future.set_result(collision)

    def _refuse(self, addition: Addition, error: Exception) -> None:
        self.tally.refused(addition.request)
        if not addition.future.done():
            addition.future.set_exception(error)

    def _dropped(self, addition: Addition) -> bool:
        """Whether nobody waits for it any more."""
        if addition.future.cancelled():
            self.tally.refused(addition.request)
            return True
        return False

    def _sent(self, batch: list[Addition], error: StoreUnavailableError) -> list[Addition]:
        """Refuse at once what cannot have been stored."""
        for addition in batch:
            if not addition.sent:
                self._refuse(addition, error)
        return [addition for addition in batch if addition.sent]

    def _still_worth_it(self, batch: list[Addition], error: BaseException | None) -> list[Addition]:
        now_s = time.monotonic()
        for addition in batch:
            if addition.give_up_s <= now_s:
                self._refuse(addition, _unavailable(error))
        return [addition for addition in batch if addition.give_up_s > now_s]

    async def _apply(self, batch: list[Unit]) -> None:
        while batch:
            together, batch = _apart(batch)
            await self._apply_together(together)

    async def _apply_together(self, units: list[Unit]) -> None:
        give_up_s = time.monotonic() + WAIT_S
        while True:
            mark = self.tally.mark()
            try:
                ((refused, seqs, due_ms),) = await self._database.fetch(QUERIES.apply_units, *parameters_of(units))
            except LOST_RACE as error:
                if time.monotonic() < give_up_s:
                    continue
                _fail(units, _unavailable(error))
            except StoreUnavailableError as error:
                _fail(units, error)
            except Exception as error:
                if len(units) == 1:
                    _fail(units, translated(error))
                else:
                    for unit in units:
                        await self._apply_together([unit])
            else:
                self.settle(units, set(refused), seqs)
                self.tally.due(due_ms, mark)
            return

    def settle(self, units: Sequence[Unit], refused: set[int], seqs: Sequence[int]) -> None:
        """Tell memory, callers and listeners of a commit.

        Args:
            units: What was sent.
            refused: The places of those that were not written.
            seqs: Numbers of all their events.
        """
        numbers = iter(seqs)
        for place, unit in enumerate(units):
            events = [noted.numbered(seq) for noted, seq in zip(unit.events, numbers, strict=False)]
            if place not in refused:
                known = self._committed(events)
                for event in events:
                    if event.type in LEAVES_WAITING and event.seq not in known:
                        touch = unit.touches[event.request_id]
                        self.tally.stopped_waiting(touch.number, let_go=touch.due_at_ms is None)
            if not unit.applied.done():
                unit.applied.set_result(place not in refused)


def parameters_of(units: Sequence[Unit]) -> list[list[Any]]:
    """The parameters of `apply_units`."""
    touches: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    calls: list[tuple[Any, ...]] = []
    for place, unit in enumerate(units):
        for request_id, touch in unit.touches.items():
            touches.append((place, request_id, touch.expected, touch.state, touch.due_at_ms, touch.record))
        for noted in unit.events:
            events.append((place, noted.request_id, noted.type, noted.at_ms, json_text(noted.data)))
        for call, version in unit.calls.values():
            calls.append((place, call.id, call.received_at_ms, json_text(call), version))
    return [*_columns(touches, 6), *_columns(events, 5), *_columns(calls, 5)]


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _apart(units: list[Unit]) -> tuple[list[Unit], list[Unit]]:
    """Those that one statement can write, and those that must wait for the next because they change the same."""
    together: list[Unit] = []
    later: list[Unit] = []
    taken: set[str] = set()
    for unit in units:
        if taken.isdisjoint(unit.keys):
            together.append(unit)
        else:
            later.append(unit)
        taken |= unit.keys
    return together, later


def _fail(units: Sequence[Unit], error: Exception) -> None:
    for unit in units:
        if not unit.applied.done():
            unit.applied.set_exception(error)


def _place(addition: Addition) -> tuple[str, str]:
    """All servers add in one order, so that two that collide do not wait for each other."""
    return addition.request.number, addition.request.code or ""


def _keys(request: CallRequest) -> tuple[Any, ...]:
    return (
        request.id,
        request.site,
        request.number,
        request.code,
        request.caller,
        request.idempotency_key,
        request.exclusive,
    )


def _is_same(request: CallRequest, record: str) -> bool:
    """Whether a stored record is of this very request, whatever became of it since."""
    stored = request_of(request.state, record)
    return (stored.site, stored.number, stored.code, stored.created_at_ms) == (
        request.site,
        request.number,
        request.code,
        request.created_at_ms,
    )


def _unavailable(error: BaseException | None) -> StoreUnavailableError:
    if isinstance(error, StoreUnavailableError):
        return error
    unavailable = StoreUnavailableError("Too much is changed at the same place. Try again in a moment.")
    unavailable.__cause__ = error
    return unavailable
