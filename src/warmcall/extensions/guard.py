"""Keeps an extension from costing a visitor the number: timed, named, given up on; it refuses only on purpose."""

import asyncio
import logging
import traceback
from collections.abc import Callable
from copy import deepcopy
from inspect import isawaitable, iscoroutinefunction
from time import monotonic, perf_counter
from typing import Any, Protocol

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent, Handler
from warmcall.bus.errors import CommandCancelledError, CommandRejectedError
from warmcall.bus.events import Event, Subscriber
from warmcall.calls.errors import InvalidFieldError, NumberInvalidError, RefusalError, UnknownError
from warmcall.errors import WarmcallError

log = logging.getLogger("warmcall.extensions")

BUDGET_S = 2.0
"""How long a before function may take."""
_TIMEOUTS = 3
_REST_S = 30.0
# What says that the data is wrong, which may be an extension's doing.
_ABOUT_DATA = (InvalidFieldError, NumberInvalidError, UnknownError)


class Watch(Protocol):
    """Told of everything that an extension's functions did."""

    def ran(self, extension: str, what: str, outcome: str, spent_s: float) -> None:
        """One function of an extension ran.

        Args:
            extension: Its name.
            what: Such as `before CallRequests.create` or `CallRequests.matched`.
            outcome: `ok`, `refused`, `failed`, `timeout`, `resting` or `invalid`.
            spent_s: How long it took.
        """


class Befores:
    """The before functions of all extensions: for each command one run through them, in the order of registration.

    Args:
        bus: Where the commands are.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._functions: dict[str, list[Before]] = {}

    def add(self, command: str, before: "Before") -> None:
        """Ask one more function before a command."""
        if command not in self._functions:
            self._functions[command] = []
            self._bus.around(command, self._run)
        self._functions[command].append(before)

    async def _run(self, e: CommandEvent, handler: Handler) -> Any:
        given, changed_by = e.data, None
        for before in self._functions[e.command]:
            data = await before.ask(e.data)
            if data != e.data:
                e.data, changed_by = data, before
        if changed_by is None:
            return await _call(handler, e)
        try:
            return await _call(handler, e)
        except _ABOUT_DATA as error:
            # Perhaps an extension made it so. As the visitor sent it, it may be right.
            changed_by.blame(error)
            e.data = given
            return await _call(handler, e)


class Before:
    """One before function of an extension.

    Args:
        guard: Of its extension.
        command: Before which.
        function: What the extension registered.
    """

    def __init__(self, guard: "ExtensionGuard", command: str, function: Callable[[Any], Any]) -> None:
        self._guard = guard
        self._what = f"before {command}"
        self._function = function
        self._timeouts = 0
        self._resting_until_s = 0.0

    async def ask(self, data: Any) -> Any:
        """The data to go on with: what the function says, or the same if it fails.

        Raises:
            RefusalError: if it refuses.
            CommandRejectedError: if it refuses in the bus's own way.
        """
        if monotonic() < self._resting_until_s:
            self._guard.ran(self._what, "resting", 0.0)
            return data
        began_s = perf_counter()
        try:
            # It gets a copy, so that what it did before it failed is undone.
            said = self._function(deepcopy(data))
            if isawaitable(said):
                async with asyncio.timeout(self._guard.budget_s):
                    said = await said
        except TimeoutError:
            self._give_up(perf_counter() - began_s)
            return data
        except Exception as error:
            if _refuses(error):
                self._guard.ran(self._what, "refused", perf_counter() - began_s)
                raise
            self._guard.failed(self._what, error, perf_counter() - began_s)
            return data
        return self._said(data, said, perf_counter() - began_s)

    def blame(self, error: WarmcallError) -> None:
        """Note that what the function made of the data was refused."""
        self._guard.ran(self._what, "invalid", 0.0)
        told = {"extension": self._guard.name, "hook": self._what, "reason": error.code}
        log.warning("extension made data that is refused; gone on without it", extra=told)

    def _said(self, data: Any, said: Any, spent_s: float) -> Any:
        self._timeouts = 0
        if said is None:
            self._guard.failed(self._what, TypeError("it returned nothing"), spent_s)
            return data
        if isinstance(said, bool | int | float | str | bytes):
            self._guard.ran(self._what, "refused", spent_s)
            raise CommandCancelledError
        self._guard.ran(self._what, "ok", spent_s)
        return said

    def _give_up(self, spent_s: float) -> None:
        self._guard.ran(self._what, "timeout", spent_s)
        told = {"extension": self._guard.name, "hook": self._what, "budget_s": self._guard.budget_s}
        log.warning("extension given up on", extra=told)
        self._timeouts += 1
        if self._timeouts >= _TIMEOUTS:
            # Whatever it waits for is out of order: the next visitors need not wait for it as well.
            self._timeouts, self._resting_until_s = 0, monotonic() + _REST_S
            log.warning("extension is left alone for a while", extra={**told, "rest_s": _REST_S})


class ExtensionGuard:
    """Watches over the plugins of one extension.

    Args:
        name: The extension's.
        befores: Where its before functions go.
        watch: Told of everything.
        budget_s: How long a before function may take.
    """

    def __init__(self, name: str, befores: Befores, watch: Watch | None = None, budget_s: float = BUDGET_S) -> None:
        self.name = name
        self.budget_s = budget_s
        self._befores = befores
        self._watch = watch

    def before(self, command: str, function: Callable[[Any], Any]) -> None:
        """Ask a function before a command; it may be asynchronous."""
        self._befores.add(command, Before(self, command, function))

    def handler(self, command: str, handler: Handler) -> Handler:
        """A handler that is timed. What it raises is its caller's business."""

        async def later(work: Any, began_s: float) -> Any:
            try:
                value = await work
            except Exception:
                self.ran(command, "failed", perf_counter() - began_s)
                raise
            self.ran(command, "ok", perf_counter() - began_s)
            return value

        def run(e: CommandEvent) -> Any:
            began_s = perf_counter()
            try:
                value = handler(e)
            except Exception:
                self.ran(command, "failed", perf_counter() - began_s)
                raise
            if isawaitable(value):
                return later(value, began_s)
            self.ran(command, "ok", perf_counter() - began_s)
            return value

        return run

    def subscriber(self, event: str, handler: Subscriber) -> Subscriber:
        """A subscriber that is timed, and whose failures carry the extension's name."""

        async def later(work: Any, began_s: float) -> None:
            try:
                await work
            except Exception as error:
                self.failed(event, error, perf_counter() - began_s)
            else:
                self.ran(event, "ok", perf_counter() - began_s)

        def run(e: Event) -> Any:
            began_s = perf_counter()
            try:
                left = handler(e)
            except Exception as error:
                self.failed(event, error, perf_counter() - began_s)
                return None
            if isawaitable(left):
                return later(left, began_s)
            self.ran(event, "ok", perf_counter() - began_s)
            return None

        return run

    def ran(self, what: str, outcome: str, spent_s: float) -> None:
        """Tell the watch; in the log, what held up everybody else."""
        if self._watch is not None:
            self._watch.ran(self.name, what, outcome, spent_s)
        if spent_s > self.budget_s and outcome != "timeout":
            told = {"extension": self.name, "hook": what, "spent_s": round(spent_s, 2)}
            log.warning("extension is slow", extra=told)

    def failed(self, what: str, error: Exception, spent_s: float) -> None:
        """Tell of a failure. The log gets where, and not what the exception says: that may be a visitor's data."""
        self.ran(what, "failed", spent_s)
        where = "".join(traceback.format_tb(error.__traceback__)[1:]).rstrip()
        told = {"extension": self.name, "hook": what, "reason": type(error).__name__, "where": where}
        log.warning("extension failed; gone on without it", extra=told)


async def _call(handler: Handler, e: CommandEvent) -> Any:
    if iscoroutinefunction(handler):
        return await handler(e)
    value = handler(e)
    return await value if isawaitable(value) else value


def _refuses(error: Exception) -> bool:
    return isinstance(error, RefusalError) or type(error) is CommandRejectedError
