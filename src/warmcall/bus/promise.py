"""What a command call gives back: a value or a rejection, later."""

import asyncio
import logging
from collections.abc import Callable, Generator, Iterable
from contextvars import Context, copy_context
from types import coroutine
from typing import Any, Literal, Self

from warmcall.bus.errors import CommandFailedError, CommandInterruptedError, CommandRejectedError

log = logging.getLogger("warmcall.bus")

State = Literal["pending", "resolved", "rejected"]
Callback = Callable[[Any], Any]
Callbacks = Callback | Iterable[Callback] | None
Kind = Literal["done", "fail", "always", "progress", "watch"]

PENDING: Any = object()
"""The outcome of a promise that nobody has asked about yet: the common case, which needs no record."""


class Pending:
    """The outcome of an unsettled promise that somebody waits for or whose handler took over.

    Attributes:
        callbacks: Who wants to know, in order.
        taken: Whether the handler settles by its deferred, so that its return value is ignored.
        task: The task that runs an asynchronous handler.
        context: The context variables of the first awaiter, in which the handler then runs.
    """

    __slots__ = ("callbacks", "context", "taken", "task")

    def __init__(self) -> None:
        self.callbacks: list[tuple[Kind, Callback]] = []
        self.taken = False
        self.task: asyncio.Task[Any] | None = None
        self.context: Context | None = None


class Rejection:
    """The outcome of a rejected promise. Says so in the log if it goes without anybody having heard."""

    __slots__ = ("error", "heard", "name")

    def __init__(self, name: str, error: CommandRejectedError) -> None:
        self.name = name
        self.error = error
        self.heard = False

    def __del__(self) -> None:
        if not self.heard:
            log.warning("Error (%s): %s", self.name, self.error)


class Promise:
    """A value or a rejection to come: awaitable, and with the page's callback methods.

    Callbacks run at the moment the promise settles, or at once if it has. One that raises is logged and stops
    nothing. `done`, `fail`, `always` and `progress` take a function or several and return the promise itself.

    Cancelling the task that awaits a promise first cancels the work behind it, as with a coroutine;
    `asyncio.shield` or a callback in place of `await` leaves it alone.
    """

    __slots__ = ("_outcome",)
    _outcome: Any

    def state(self) -> State:
        """Return `"pending"`, `"resolved"` or `"rejected"`."""
        if self._is_pending():
            return "pending"
        return "rejected" if type(self._outcome) is Rejection else "resolved"

    def done(self, callbacks: Callbacks) -> Self:
        """Call each with the value once resolved."""
        return self._listen("done", callbacks)

    def fail(self, callbacks: Callbacks) -> Self:
        """Call each with the `CommandRejectedError` once rejected."""
        return self._listen("fail", callbacks)

    def always(self, callbacks: Callbacks) -> Self:
        """Call each with the value or the error once settled."""
        return self._listen("always", callbacks)

    def progress(self, callbacks: Callbacks) -> Self:
        """Call each with every value the handler gives to `e.deferred.notify`."""
        return self._listen("progress", callbacks)

    def promise(self) -> Self:
        """Return the promise itself."""
        return self

    def then(self, on_done: Callback | None = None, on_fail: Callback | None = None) -> "Promise":
        """Return a promise of what the function for the outcome returns or, if awaitable, comes to.

        Args:
            on_done: Gets the value. `None` passes the value on.
            on_fail: Gets the error; what it returns resolves the new promise. `None` passes the rejection on.
        """
        follower = new_promise()
        self.done(follower._resolve if on_done is None else lambda value: follower._follow(on_done, value))
        self.fail(follower._reject if on_fail is None else lambda error: follower._follow(on_fail, error))
        return follower

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from self._wait())

    def _watch(self, callback: Callback) -> None:
        """Call with the outcome, without counting as having heard a rejection."""
        self._listen("watch", callback)

    def _label(self) -> str:
        return "promise"

    def _is_pending(self) -> bool:
        return self._outcome is PENDING or type(self._outcome) is Pending

    def _pending(self) -> Pending:
        """Return the record of an unsettled promise, made when first needed."""
        if self._outcome is PENDING:
            self._outcome = Pending()
        outcome: Pending = self._outcome
        return outcome

    @coroutine
    def _wait(self) -> Generator[Any, Any, Any]:
        if self._is_pending():
            pending = self._pending()
            first = pending.context is None
            if first:
                pending.context = copy_context()
            waiter = asyncio.get_running_loop().create_future()
            self._listen("always", lambda _outcome: None if waiter.done() else waiter.set_result(None))
            try:
                yield from waiter
            except asyncio.CancelledError:
                if first:
                    yield from self._abandon(pending)
                raise
        outcome = self._outcome
        if type(outcome) is Rejection:
            outcome.heard = True
            raise outcome.error
        return outcome

    @coroutine
    def _abandon(self, pending: Pending) -> Generator[Any, Any, None]:
        """Stop the work behind the promise and wait until it has let go, as awaiting a task would."""
        if pending.task is None:
            if not pending.taken:
                self._reject(CommandInterruptedError())
        elif pending.task is not asyncio.current_task():
            pending.task.cancel()
            while not pending.task.done():
                try:
                    yield from asyncio.wait({pending.task}).__await__()
                except asyncio.CancelledError:
                    pending.task.cancel()
        self._mark_heard()

    def _mark_heard(self) -> None:
        """Keep a rejection out of the log, because whom it concerns has been told otherwise."""
        if type(self._outcome) is Rejection:
            self._outcome.heard = True

    def _listen(self, kind: Kind, callbacks: Callbacks) -> Self:
        if callbacks is None:
            return self
        for callback in (callbacks,) if callable(callbacks) else callbacks:
            if self._is_pending():
                self._pending().callbacks.append((kind, callback))
            else:
                self._call(kind, callback)
        return self

    def _call(self, kind: Kind, callback: Callback) -> None:
        outcome = self._outcome
        if type(outcome) is Rejection:
            if kind in ("fail", "always", "watch"):
                outcome.heard = outcome.heard or kind != "watch"
                self._guard(callback, outcome.error)
        elif kind in ("done", "always", "watch"):
            self._guard(callback, outcome)

    def _guard(self, callback: Callback, value: Any) -> None:
        try:
            callback(value)
        except Exception:
            log.exception("A callback of %s raised", self._label())

    def _settle(self, outcome: Any) -> None:
        before, self._outcome = self._outcome, outcome
        if before is not PENDING:
            for kind, callback in before.callbacks:
                self._call(kind, callback)

    def _resolve(self, value: Any) -> None:
        if self._is_pending():
            self._settle(value)

    def _reject(self, error: CommandRejectedError) -> None:
        if self._is_pending():
            self._settle(Rejection(self._label(), error))

    def _notify(self, value: Any) -> None:
        if type(self._outcome) is Pending:
            for kind, callback in tuple(self._outcome.callbacks):
                if kind == "progress":
                    self._guard(callback, value)

    def _follow(self, function: Callback, outcome: Any) -> None:
        try:
            result = function(outcome)
        except Exception as error:
            self._reject(as_rejection(error))
            return
        if is_awaitable(result):
            task = asyncio.ensure_future(self._follow_later(result))
            self._pending().task = task
        else:
            self._resolve(result)

    async def _follow_later(self, result: Any) -> None:
        try:
            self._resolve(await result)
        except asyncio.CancelledError:
            self._reject(CommandInterruptedError())
            raise
        except Exception as error:
            self._reject(as_rejection(error))


def new_promise() -> Promise:
    """Return an unsettled promise."""
    promise = Promise()
    promise._outcome = PENDING
    return promise


def as_rejection(reason: Any) -> CommandRejectedError:
    """Return the error for a reason: itself if it is one, an exception as a cause, anything else as the reason."""
    if isinstance(reason, CommandRejectedError):
        return reason
    if isinstance(reason, BaseException):
        return CommandFailedError(reason)
    return CommandRejectedError(reason)


def is_awaitable(result: Any) -> bool:
    """Whether a result must be awaited; quick for what most handlers return."""
    return type(result) not in _PLAIN and hasattr(result, "__await__")


_PLAIN = frozenset({type(None), bool, int, float, str, list, dict})
