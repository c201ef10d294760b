"""A plugin: everything an extension does on the bus, it does through one of these."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from warmcall.bus.command import Command, Entry, Handler, Route
from warmcall.bus.events import Subscriber
from warmcall.bus.promise import PENDING
from warmcall.bus.registry import Listing
from warmcall.bus.values import NOTHING

if TYPE_CHECKING:
    from warmcall.bus.bus import Bus
    from warmcall.bus.guarding import Guard


class Plugin:
    """The interface of one registered plugin. `Bus.register_plugin` makes them."""

    __slots__ = ("_buffered", "_bus", "_delivery", "_entries", "_guard", "_name", "_ready", "_routes")

    def __init__(self, bus: "Bus", name: str, guard: "Guard | None" = None) -> None:
        self._bus = bus
        self._guard = guard
        self._delivery = bus._delivery
        self._name = name
        self._ready = False
        self._entries: dict[str, Entry] = {}
        self._routes: dict[str, Route] = {}
        self._buffered: list[Command] = []

    def namespace(self) -> str:
        """Return the plugin's name."""
        return self._name

    def register_command(self, name: str, handler: Handler) -> Literal[True]:
        """Offer a command.

        Args:
            name: The short name, such as `open`; others call it `ClickToCall.open`. A second registration
                replaces the handler.
            handler: Gets a `CommandEvent`; may be asynchronous. What it returns resolves the command, what it raises
                rejects it, unless it touches `e.deferred`.

        Raises:
            TypeError: If the handler cannot be called.
        """
        if self._guard is not None and callable(handler):
            handler = self._guard.handler(f"{self._name}.{name}", handler)
        return self._bus._register_command(self, name, handler)

    def register_events(self, names: Iterable[str] | str) -> None:
        """List events in the registry, for tools. Others can be published as well."""
        self._bus._registry.add_events(self._name, names)

    def before(self, command: str, function: Callable[[Any], Any]) -> Literal[True]:
        """See, change or cancel every call of a command before it happens.

        Args:
            command: The full name, such as `CallRequests.create`.
            function: Gets the options and returns an object to go on with, the same or another. Anything that is
                no object (`None`, `False`, text, a number) cancels the command, and so does raising: then the
                command rejects with what was raised. Not asynchronous. Several run in order of registration.
                For a plugin of an extension other rules hold: docs/howto/extend-in-python.md.
        """
        if self._guard is not None:
            self._guard.before(command, function)
            return True
        return self._bus._before(command, function)

    def command(self, name: str, options: Any = None) -> Command:
        """Give a command and return at once. Await the result for its value, or attach callbacks.

        Args:
            name: The full name, such as `ClickToCall.open`; without a dot, a command of this plugin.
            options: What the handler gets as `e.data`; `None` means none, which is `{}`.

        Returns:
            The command on its way. Awaiting it raises `CommandRejectedError` if it is rejected.
        """
        try:
            route = self._routes[name]
        except KeyError:
            return self._bus._command(self, name, options)
        delivery = self._delivery
        command = Command()
        command._route = route
        command._outcome = PENDING
        command.time = delivery.now_ms
        command.data = {} if options is None else options
        if delivery.only is None:
            delivery.only = command
        else:
            delivery.put_command(command)
        return command

    def subscribe(self, event: str, handler: Subscriber) -> str | Literal[False]:
        """Hear an event.

        Args:
            event: The full name, such as `CallRequests.matched`. The plugin need not exist yet.
            handler: Gets an `Event`; may be asynchronous. If it raises, that is logged and stops nothing.

        Returns:
            The name of the event, or `False` without a function.
        """
        if self._guard is not None and callable(handler):
            handler = self._guard.subscriber(event, handler)
        return self._bus._events.subscribe(self._name, event, handler)

    def unsubscribe(self, event: str) -> bool:
        """Drop all of this plugin's handlers of an event. `False` if nothing is known of that event."""
        return self._bus._events.unsubscribe(self._name, event)

    def publish(self, name: str, data: Any = None) -> Literal[True]:
        """Publish `<plugin>.<name>` to those who have subscribed by now."""
        return self._bus._publish(self._name, name, data)

    def is_heard(self, name: str) -> bool:
        """Whether a publication of `<plugin>.<name>` would reach a subscriber or the trace.

        For frequent events whose data is costly to put together; what is republished must be published anyway.
        """
        return self._bus._is_heard(f"{self._name}.{name}")

    def publish_direct(self, name: str, data: Any = None) -> Literal[True]:
        """Publish, and trace it only if somebody listens: for frequent ticks."""
        return self._bus._publish(self._name, name, data, direct=True)

    def republish(self, name: str, data: Any = None) -> Literal[True]:
        """Publish, and repeat it to everyone who subscribes later."""
        return self._bus._republish(self._name, name, data)

    def data(self, name: str | None = None, value: Any = NOTHING) -> Any:
        """Read or keep a value.

        Args:
            name: The value's name; to read another plugin's, `Other.name`; `None` for all of this plugin's.
            value: What to keep; `None` is ignored. A change is published as `data`, `data.<name>` and
                `data.<name>:<value>`.

        Returns:
            The value, or `None` if there is none.
        """
        return self._bus._data(self._name, name, value)

    def registry(self) -> Listing:
        """Return the live list of all plugins with their commands and events."""
        return self._bus._registry.plugins

    def subscribers(self) -> dict[str, list[str]]:
        """Return who subscribed to which of this plugin's events."""
        return self._bus._events.subscribers(self._name)

    def ready(self) -> None:
        """Say that commands may come. Those that came early run now, in order."""
        self._ready = True
        buffered, self._buffered = self._buffered, []
        for command in buffered:
            self._delivery.put(command)

    def __repr__(self) -> str:
        return f"<Plugin {self._name}{'' if self._ready else ', not ready'}>"
