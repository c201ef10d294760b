"""What the writer's queue holds: a request to add, or a unit of work."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from warmcall.calls.model import CallRequest
from warmcall.calls.port import Collision
from warmcall.store.driving import drive

if TYPE_CHECKING:
    from warmcall.store.sqlite.transaction import SqliteTransaction


class Addition:
    """A new request on its way to the table.

    Attributes:
        row: The parameters of the insert; the first is set when it is written.
        collision: Which rule of the tables it broke, known once it was written.
    """

    __slots__ = ("collision", "future", "request", "row")

    def __init__(self, request: CallRequest, row: list[Any], future: asyncio.Future[Collision | None]) -> None:
        self.request = request
        self.row = row
        self.future = future
        self.collision: Collision | None = None


class Work:
    """A unit of work that waits for its transaction. It runs with the context variables of who handed it in."""

    __slots__ = ("_context", "_work", "error", "future", "result")

    def __init__(self, work: "Callable[[SqliteTransaction], Awaitable[Any]]", future: asyncio.Future[Any]) -> None:
        self._work = work
        self._context: Context = copy_context()
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, tx: "SqliteTransaction") -> None:
        """Run to the end; `result` or `error` says how it went."""
        self.result = self.error = None
        try:
            self.result = self._context.run(drive, self._work, tx)
        except (Exception, asyncio.CancelledError) as error:
            self.error = error


Item = Addition | Work
