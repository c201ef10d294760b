"""One queue for everything that passes, and one flush for all that is in it."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from time import time
from typing import TYPE_CHECKING, Any

from warmcall.bus.promise import is_awaitable

if TYPE_CHECKING:
    from warmcall.bus.command import Command

log = logging.getLogger("warmcall.bus")

DELIVERIES_PER_TURN = 1000
"""After so many the loop gets a turn, so that plugins that answer each other for ever starve nobody."""

Call = tuple[Callable[[Any], Any], Any]
_CLOSED: Any = object()


class Delivery:
    """Delivers in order, later, all that is pending, in one callback of the loop.

    An asynchronous handler becomes a task; the queue goes on only after that task's first step, so that handlers
    begin in the order in which they were called for, whether they are asynchronous or not.

    Attributes:
        only: `None` while a flush is due and nothing is pending. A command given then stands here, not in the queue,
            and may be taken and run by whoever awaits it. At all other times something else that is no command.
        now_ms: The time of this turn of the loop, valid while a flush is due.
        tasks: What still runs.
    """

    __slots__ = ("_context", "_due", "_loop", "now_ms", "only", "queue", "synchronous", "tasks")

    def __init__(self) -> None:
        self.only: Any = _CLOSED
        self.now_ms = 0
        self.queue: deque[Command | Call] = deque()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.synchronous = False
        self._context: Context = copy_context()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due = False

    def put_command(self, command: "Command") -> None:
        """Deliver a command in its turn."""
        if self.synchronous:
            self._deliver(command)
            return
        if not self._due:
            self.schedule()
            command.time = self.now_ms
        if self.only is None:
            self.only = command
        else:
            self.put(command)

    def put(self, item: "Command | Call") -> None:
        """Deliver a command, or call a function with its argument, in its turn."""
        if self.synchronous:
            self._deliver(item)
            return
        self._queue_only()
        self.queue.append(item)
        if not self._due:
            self.schedule()

    def clock_ms(self) -> int:
        """Return the time of this turn of the loop, in milliseconds since 1970."""
        if not self._due:
            self.now_ms = int(time() * 1000)
        return self.now_ms

    def schedule(self) -> None:
        """See to it that the running loop empties the queue. Without one, the next call within a loop does."""
        if self._due and self._loop is _running_loop():
            return
        self.now_ms = int(time() * 1000)
        loop = _running_loop()
        if loop is None:
            return
        self._loop, self._due = loop, True
        if not self.queue and self.only is _CLOSED:
            self.only = None
        loop.call_soon(self._flush, context=self._context)

    def spawn(self, work: Coroutine[Any, Any, Any], context: Context | None = None) -> asyncio.Task[Any]:
        """Run a coroutine as a task of the bus."""
        task = asyncio.get_running_loop().create_task(work, context=context)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def settle(self) -> None:
        """Return when nothing is pending and no task of the bus runs but the one that asks."""
        while True:
            if self.queue or self._due:
                self.schedule()
                await asyncio.sleep(0)
            elif others := self.tasks - {asyncio.current_task()}:
                await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
            else:
                return

    async def close(self, grace_s: float) -> None:
        """Let what is pending settle for a while, then cancel the tasks of the bus and wait for them."""
        try:
            await asyncio.wait_for(self.settle(), grace_s)
        except TimeoutError:
            others = self.tasks - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.wait(others)

    def _queue_only(self) -> None:
        if self.only is not None and self.only is not _CLOSED:
            self.queue.append(self.only)
        self.only = _CLOSED

    def _flush(self) -> None:
        loop = self._loop
        if loop is not _running_loop() or loop is None:
            return
        self._queue_only()
        self.now_ms = int(time() * 1000)
        finished = False
        try:
            finished = self._deliver_some()
        finally:
            if finished:
                self._due = False
            else:
                loop.call_soon(self._flush, context=self._context)

    def _deliver_some(self) -> bool:
        """Deliver until the queue is empty (true), a task was started, or the loop deserves a turn (false)."""
        for _ in range(DELIVERIES_PER_TURN):
            if not self.queue:
                return True
            if self._deliver(self.queue.popleft()):
                return False
        return False

    def _deliver(self, item: "Command | Call") -> bool:
        """Deliver one item; true if that started a task."""
        if type(item) is not tuple:
            left: Any = item._deliver()  # type: ignore[union-attr]  # mypy does not narrow by `type(…) is`
            if left is None:
                return False
            self.spawn(left, item._context())  # type: ignore[union-attr]  # as above
            return True
        function, argument = item
        try:
            left = function(argument)
        except (Exception, asyncio.CancelledError) as error:
            report(function, error)
            return False
        if not is_awaitable(left):
            return False
        self.spawn(_guarded(function, left))
        return True


async def _guarded(function: Callable[[Any], Any], work: Any) -> None:
    try:
        await work
    except Exception as error:
        report(function, error)


def report(function: Callable[..., Any], error: BaseException) -> None:
    """Log that a function given to the bus raised."""
    log.error("%s raised %s", getattr(function, "__qualname__", function), type(error).__name__, exc_info=error)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
