"""Brings the events of all servers to the listeners of this one: each once, in the order of their numbers.

An event is told once no smaller number can appear any more (`settled_events` in the schema). What this server
committed itself it has at hand; only the numbers that are missing between are read. Servers wake each other with one
notification for whatever was committed since the last; a look every two seconds heals one that is lost.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import asyncpg

from warmcall.calls.model import Event, EventType
from warmcall.store.postgres.database import FAULTS, WAIT_S, Database, Row
from warmcall.store.postgres.queries import QUERIES
from warmcall.store.postgres.rows import event_of
from warmcall.store.postgres.tally import LEAVES_WAITING, Tally

Listener = Callable[[Sequence[Event]], None]

_POLL_S: Final = 2.0
# Between two looks, so that under load one look serves many commits.
_PAUSE_S: Final = 0.01
_AGAIN_S: Final = 0.2
_STEP: Final = 2000
_CHANNEL: Final = "warmcall_event"


class Feed:
    """Follows the events from the moment it was started.

    Args:
        database: Whose events.
        tally: Told of what other servers do.
    """

    def __init__(self, database: Database, tally: Tally) -> None:
        self._database = database
        self._tally = tally
        self._told = 0
        self._own: dict[int, Event | None] = {}
        self._newest_own = 0
        self._listeners: list[tuple[Listener, int]] = []
        self._wake = asyncio.Event()
        self._unsent = False
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self.foreign = 0

    async def start(self) -> None:
        """Follow the events that are committed from now on."""
        ((self._told, _),) = await self._database.read(QUERIES.settled_events)
        self._task = asyncio.create_task(self._run())

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with the events that are committed from now on. Returns how to stop it."""
        entry = (listener, self._newest_own)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(entry)

        self._listeners.append(entry)
        return stop

    def committed(self, events: Sequence[Event]) -> set[int]:
        """This server committed `events`.

        Returns:
            The numbers of those that were read from the database before, and so told and counted already: what was
            committed may be seen over one connection before it is confirmed over another.
        """
        known = {event.seq for event in events if event.seq <= self._told}
        for event in events:
            self._newest_own = max(self._newest_own, event.seq)
            if event.seq not in known:
                self._own[event.seq] = event if self._listeners else None
        if events:
            self._unsent = True
            self._wake.set()
        return known

    async def aclose(self) -> None:
        """Tell what is settled, then stop."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            try:
                async with asyncio.timeout(WAIT_S):
                    await self._task
            except TimeoutError:
                pass

    async def _run(self) -> None:
        while not self._closing:
            try:
                await self._follow()
            except FAULTS:
                await asyncio.sleep(_PAUSE_S if self._closing else _AGAIN_S)
            except Exception as error:
                _report("Following the events of other servers failed; it is tried again.", error)
                await asyncio.sleep(_AGAIN_S)

    async def _follow(self) -> None:
        connection = await self._database.connect()
        try:
            await connection.add_listener(_CHANNEL, self._notified)
            connection.add_termination_listener(lambda _: self._wake.set())
            while True:
                closing = self._closing
                self._wake.clear()
                await self._notify(connection)
                if not await self._catch_up(connection):
                    self._wake.set()
                if closing:
                    return
                await asyncio.sleep(_PAUSE_S)
                await self._rest()
        finally:
            connection.terminate()

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL_S):
                await self._wake.wait()

    def _notified(self, connection: Any, pid: int, channel: str, payload: object) -> None:
        if pid != connection.get_server_pid():
            self._wake.set()

    async def _notify(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """In a transaction of its own: a commit that notifies keeps all other commits of the database waiting."""
        if self._unsent:
            self._unsent = False
            await connection.execute(QUERIES.notify)

    async def _catch_up(self, connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
        """Tell what is settled. Whether that was all there is."""
        ((settled, last),) = await connection.fetch(QUERIES.settled_events)
        while self._told < settled:
            upto = min(settled, self._told + _STEP)
            missing = [seq for seq in range(self._told + 1, upto + 1) if seq not in self._own]
            rows = await connection.fetch(QUERIES.events_at, missing) if missing else []
            self._tell(rows, upto)
        return bool(settled >= last)

    def _tell(self, rows: Sequence[Row], upto: int) -> None:
        events = {seq: self._own.pop(seq) for seq in range(self._told + 1, upto + 1) if seq in self._own}
        self._told = upto
        for row in rows:
            if row[0] not in events:
                events[row[0]] = foreign = event_of(row)
                self._count(foreign, *row[7:])
        ordered = [event for _, event in sorted(events.items()) if event is not None]
        if ordered:
            self._call(ordered)

    def _count(self, event: Event, number: str, cool_down_s: int, due_ms: int | None) -> None:
        self.foreign += 1
        if event.type is EventType.CREATED:
            self._tally.appeared(number, due_ms)
        elif event.type in LEAVES_WAITING:
            self._tally.stopped_waiting(number, let_go=cool_down_s == 0)

    def _call(self, events: Sequence[Event]) -> None:
        for listener, newest in tuple(self._listeners):
            fresh = events if events[0].seq > newest else [event for event in events if event.seq > newest]
            if not fresh:
                continue
            try:
                listener(fresh)
            except Exception as error:
                _report("A listener of the store's events failed.", error)


def _report(message: str, error: Exception) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": message, "exception": error})
