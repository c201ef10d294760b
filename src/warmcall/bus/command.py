"""A command call, what its handler gets, and how it settles.

The way of an awaited command is short: a command that is the only thing pending when it is awaited runs inside the
awaiting task, without a task, a future or a turn of the loop of its own. Order is kept, because whatever was given or
published before it makes it wait its turn in the queue.
"""

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Generator
from inspect import iscoroutinefunction
from types import coroutine
from typing import TYPE_CHECKING, Any

from warmcall.bus.errors import CommandInterruptedError, UnknownCommandError
from warmcall.bus.promise import PENDING, Pending, Promise, as_rejection, is_awaitable
from warmcall.errors import WarmcallError

if TYPE_CHECKING:
    from warmcall.bus.delivery import Delivery

log = logging.getLogger("warmcall.bus")


class Deferred:
    """How a handler settles its command otherwise than by returning. The first settlement counts."""

    __slots__ = ("_command",)

    def __init__(self, command: "Command") -> None:
        self._command = command

    def resolve(self, value: Any = None) -> None:
        """Resolve the command with a value."""
        self._command._resolve(value)

    def reject(self, reason: Any = None) -> None:
        """Reject the command.

        Args:
            reason: A sentence, a `CommandRejectedError`, another exception, or any object.
        """
        self._command._reject(as_rejection(reason))

    def notify(self, value: Any = None) -> None:
        """Hand a value to the caller's progress callbacks."""
        self._command._notify(value)

    def state(self) -> str:
        """Return the state of the command."""
        return self._command.state()

    def promise(self) -> Promise:
        """Return the command as its caller sees it."""
        return self._command


class CommandEvent:
    """What a command handler gets. These five attributes are all it may rely on.

    Attributes:
        time: When the command was given, in milliseconds since 1970, by the clock of that turn of the loop.
        commander: The plugin that gave the command; `CXBus` for the bus itself.
        command: The full name, such as `ClickToCall.open`.
        deferred: Settles the command by hand. Once touched, what the handler returns is ignored.
        data: The options after every before function; `{}` when none were given.
    """

    __slots__ = ()

    time: int
    data: Any

    @property
    @abstractmethod
    def commander(self) -> str:
        """The plugin that gave the command."""

    @property
    @abstractmethod
    def command(self) -> str:
        """The full name."""

    @property
    @abstractmethod
    def deferred(self) -> Deferred:
        """Settles the command by hand."""


Handler = Callable[[CommandEvent], Any]


class Entry:
    """A registered command. A second registration puts another handler into the same entry.

    Attributes:
        handler: What runs.
        is_coroutine: Whether calling it always gives a coroutine; saves looking at what it gave.
    """

    __slots__ = ("handler", "is_coroutine")

    def __init__(self, handler: Handler) -> None:
        self.use(handler)

    def use(self, handler: Handler) -> None:
        """Run this handler from now on."""
        self.handler = handler
        self.is_coroutine = iscoroutinefunction(handler)


class Route:
    """The way from a commander to a command: everything that calls by this name have in common.

    Attributes:
        name: The full name of the command.
        commander: Who gives it.
        delivery: The queue it takes.
        find: Looks the command up once it is delivered.
        entry: The command, if it was registered when the route was made.
    """

    __slots__ = ("commander", "delivery", "entry", "find", "name")

    def __init__(self, name: str, commander: str, delivery: "Delivery", find: Callable[[str], Entry | None]) -> None:
        self.name = name
        self.commander = commander
        self.delivery = delivery
        self.find = find
        self.entry = find(name)


class Command(CommandEvent, Promise):
    """A command on its way: await it for the value, or attach callbacks. It runs even if nobody does.

    It is also what the handler gets, seen there as a `CommandEvent`: one object is cheaper than two.
    """

    __slots__ = ("_route", "data", "time")

    _route: Route

    @property
    def commander(self) -> str:
        """The plugin that gave the command; `CXBus` for the bus itself."""
        return self._route.commander

    @property
    def command(self) -> str:
        """The full name, such as `ClickToCall.open`."""
        return self._route.name

    @property
    def deferred(self) -> Deferred:
        """Settles the command by hand; from now on what the handler returns is ignored."""
        if self._is_pending():
            self._pending().taken = True
        return Deferred(self)

    def __dir__(self) -> list[str]:
        return ["command", "commander", "data", "deferred", "time"]

    def __repr__(self) -> str:
        return f"<{self.command} by {self.commander} {self.data!r}>"

    def __await__(self) -> Generator[Any, Any, Any]:
        delivery = self._route.delivery
        if delivery.only is self:
            delivery.only = None
            return (yield from _run_inline(self, self._route.entry))
        if self._is_pending():
            delivery.schedule()
        return (yield from self._wait())

    def _label(self) -> str:
        return self._route.name

    def _deliver(self) -> Coroutine[Any, Any, None] | None:
        """Call the handler; return what is left to run if it is asynchronous."""
        if not self._is_pending():
            return None
        entry = self._route.entry or self._route.find(self._route.name)
        if entry is None:
            self._reject(UnknownCommandError())
            return None
        return self._start(entry.handler)

    def _start(self, handler: Handler) -> Coroutine[Any, Any, None] | None:
        try:
            result = self._call_handler(handler)
        except (Exception, asyncio.CancelledError) as error:
            self._fail(error)
            return None
        if is_awaitable(result):
            return self._drive(result)
        self._finish(result)
        return None

    def _call_handler(self, handler: Handler) -> Any:
        context = self._context()
        return handler(self) if context is None else context.run(handler, self)

    def _context(self) -> Any:
        return self._outcome.context if type(self._outcome) is Pending else None

    async def _drive(self, result: Awaitable[Any]) -> None:
        if self._is_pending():
            self._pending().task = asyncio.current_task()
        try:
            value = await result
        except BaseException as error:
            self._fail(error)
            if not isinstance(error, Exception | asyncio.CancelledError):
                raise
        else:
            self._finish(value)

    def _finish(self, value: Any) -> None:
        """Resolve with what the handler returned, unless it settles by its deferred."""
        if self._outcome is PENDING or (type(self._outcome) is Pending and not self._outcome.taken):
            self._settle(value)

    def _fail(self, error: BaseException) -> None:
        """Reject because the handler raised; an exception nobody expects is reported as well."""
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            self._reject(CommandInterruptedError())
            return
        if isinstance(error, Exception) and not isinstance(error, WarmcallError):
            log.error("The handler of %s raised %s", self._route.name, type(error).__name__, exc_info=error)
            self._reject(as_rejection(error))
            self._mark_heard()
        else:
            self._reject(as_rejection(error))


@coroutine
def _run_inline(command: Command, entry: Any) -> Generator[Any, Any, Any]:
    """Run the handler in the awaiting task.

    A generator marked as a coroutine may await the handler and be delegated to from `__await__`. An `async def`
    could not without a wrapper object, which costs as much as the coroutine itself.
    """
    try:
        if entry.is_coroutine:
            result = yield from entry.handler(command)
        else:
            result = entry.handler(command)
            if is_awaitable(result):
                result = yield from result.__await__()
    except BaseException as error:
        command._fail(error)
        if _is_for_caller(error):
            command._mark_heard()
            raise
        return (yield from command._wait())
    if command._outcome is PENDING:
        command._outcome = result
        return result
    command._finish(result)
    return (yield from command._wait())


def _is_for_caller(error: BaseException) -> bool:
    """Whether the exception ends the awaiting task too, not only the command."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return not isinstance(error, Exception)
