"""The bus: it ties plugins together by commands and events."""

import inspect
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from warmcall.bus import trace
from warmcall.bus.command import Command, Entry, Handler, Route
from warmcall.bus.delivery import Delivery, report
from warmcall.bus.errors import CommandCancelledError, CommandRejectedError, PluginNameTakenError
from warmcall.bus.events import Events, Subscriber
from warmcall.bus.guarding import Around, Guard, surrounded
from warmcall.bus.loading import Loader, Loading
from warmcall.bus.master import Master
from warmcall.bus.options import Options
from warmcall.bus.plugin import Plugin
from warmcall.bus.promise import PENDING, Promise, as_rejection
from warmcall.bus.registry import Registry
from warmcall.bus.values import NOTHING, Values
from warmcall.errors import WarmcallError

log = logging.getLogger("warmcall.bus")

OWN_NAME = "CXBus"


class Bus:
    """Plugins, their commands and their events, as the page's bus has them.

    Belongs to one event loop and is not safe to use from other threads: hand over with `loop.call_soon_threadsafe`.
    It may be built, and plugins registered, before a loop runs.

    Args:
        loader: Called with the name of a plugin that a command needs and nobody registered, with the address given
            to `load_file`, or with the name given to `load_module`. Must register what it brings; may be
            asynchronous. Without one nothing can be loaded.

    Attributes:
        options: What `configure` has set, by name.
    """

    def __init__(self, loader: Loader | None = None) -> None:
        self.options = Options()
        self._delivery = Delivery()
        self._events = Events(self._delivery)
        self._registry = Registry()
        self._values = Values(self._publish, self._delivery.clock_ms)
        self._plugins: dict[str, Plugin] = {}
        self._befores: dict[str, list[Callable[[Any], Any]]] = {}
        self._arounds: dict[str, list[Around]] = {}
        self._guard: Guard | None = None
        self._loading = Loading(loader, self._delivery, self._plugins.__contains__, lambda: self.options["pluginMap"])
        self._master: Master | None = None
        self._environment_trace = trace.write_from_environment()
        self._trace = self._environment_trace
        self._own = self.plugin(OWN_NAME)

    def register_plugin(self, name: str) -> Plugin | Literal[False]:
        """Register a plugin.

        Args:
            name: Any string not taken yet, upper and lower case being different.

        Returns:
            Its interface; `False`, and a line in the log, if the name is taken or no string, or if registration
            is locked.
        """
        locked = self._master is not None and self._master.locked
        if locked or not isinstance(name, str) or name in self._plugins:
            self._say("Cannot register plugin %r: the name is taken or no string, or the bus is locked", name)
            return False
        plugin = self._plugins[name] = Plugin(self, name, self._guard)
        self._registry.add_plugin(name)
        plugin.register_command("COMMANDS", lambda e: self._list(name, "commands"))
        plugin.register_command("EVENTS", lambda e: self._list(name, "events"))
        plugin.register_command("LOAD", lambda e: None)
        return plugin

    def plugin(self, name: str) -> Plugin:
        """Register a plugin or raise: `register_plugin` for typed code.

        Raises:
            PluginNameTakenError: If `register_plugin` would return `False`.
        """
        plugin = self.register_plugin(name)
        if not plugin:
            raise PluginNameTakenError(name)
        return plugin

    @contextmanager
    def guarded(self, guard: Guard) -> Iterator[None]:
        """Let `guard` watch over every plugin that is registered while the block lasts, for as long as it lives."""
        self._guard = guard
        try:
            yield
        finally:
            self._guard = None

    def around(self, command: str, function: Around) -> None:
        """Run a function in place of a command's handler, now and if it is registered anew. The last one is outermost.

        It runs once the command is delivered, after every before function, and unlike those may be asynchronous.

        Args:
            command: The full name.
            function: A coroutine function; gets the event and the handler. What it does with both is its business.
        """
        self._arounds.setdefault(command, []).append(function)
        entry = self._find(command)
        if entry is not None:
            entry.use(surrounded(entry.handler, function))

    def register_master(self) -> Master | None:
        """Return the object that locks registration; only the first call ever gets it."""
        if self._master is not None:
            return None
        self._master = Master(self.configure)
        return self._master

    def configure(self, options: Mapping[str, Any]) -> None:
        """Set options.

        Args:
            options: Any of `debug`, `async`, `log`, `logStore`, `loadPlugins`, `pluginsPath`,
                `pluginFilenameFormat`, `pluginMap` and `unlocked`. Those of the wrong type are ignored.
        """
        self.options.update(options)
        self._delivery.synchronous = not self.options["async"]
        debug = logging.getLogger("warmcall.bus.trace").info
        self._trace = debug if self.options["debug"] and self.options["log"] else self._environment_trace
        self._forget_routes()

    def get_plugin_interface(self, name: str) -> Plugin | Literal[False]:
        """Return the interface of a registered plugin, while the option `unlocked` is on; else `False`."""
        return self._plugins.get(name, False) if self.options["unlocked"] else False

    def load_plugin(self, name: str) -> Promise:
        """Load a plugin unless it is registered.

        Raises:
            PluginNotLoadedError: If there is no loader, it fails, or it registers no such plugin (when awaited).
        """
        return self._loading.plugin(name)

    def load_file(self, address: str) -> Promise:
        """Hand an address to the loader, each time anew.

        Raises:
            PluginNotLoadedError: If there is no loader or it fails (when awaited).
        """
        return self._loading.file(address)

    def load_module(self, name: str) -> Promise:
        """Load a module unless it is registered; resolves with what `register_module` was given.

        Raises:
            PluginNotLoadedError: If there is no loader, it fails, or it registers no such module (when awaited).
        """
        return self._loading.module(name)

    def register_module(self, name: str, value: Any) -> bool:
        """Offer a module to `load_module`. `False` if the name is taken."""
        return self._loading.register_module(name, value)

    def command(self, name: str, options: Any = None) -> Command:
        """Give a command in the name of the bus, `CXBus`."""
        return self._own.command(name, options)

    def subscribe(self, event: str, handler: Subscriber) -> str | Literal[False]:
        """Hear an event in the name of the bus."""
        return self._own.subscribe(event, handler)

    def data(self, name: str | None = None, value: Any = NOTHING) -> Any:
        """Read or keep a value in the name of the bus."""
        return self._own.data(name, value)

    async def settle(self) -> None:
        """Return when nothing is pending: queue empty, no handler of the bus running, nothing loading."""
        await self._delivery.settle()

    async def aclose(self, grace_s: float = 1.0) -> None:
        """Let what is pending settle, then cancel the handlers that still run.

        Args:
            grace_s: How long to wait before cancelling.
        """
        await self._delivery.close(grace_s)

    def _register_command(self, plugin: Plugin, name: str, handler: Handler) -> Literal[True]:
        if not callable(handler):
            raise TypeError(f"The handler of {plugin._name}.{name} cannot be called; pass a function of one argument.")
        for around in self._arounds.get(f"{plugin._name}.{name}", ()):
            handler = surrounded(handler, around)
        if name in plugin._entries:
            plugin._entries[name].use(handler)
        else:
            plugin._entries[name] = Entry(handler)
        self._registry.add_command(plugin._name, name)
        return True

    def _before(self, command: str, function: Callable[[Any], Any]) -> Literal[True]:
        self._befores.setdefault(command, []).append(function)
        self._forget_routes()
        return True

    def _command(self, caller: Plugin, name: str, options: Any) -> Command:
        """Give a command by the long way, and remember the way if it was a plain one."""
        full_name = str(name) if "." in str(name) else f"{caller._name}.{name}"
        route = Route(full_name, caller._name, self._delivery, self._find)
        command = Command()
        command._route, command._outcome, command.time = route, PENDING, self._delivery.clock_ms()
        command.data = {} if options is None else options
        if self._trace:
            trace.trace_command(self._trace, command)
        refusal = self._ask_befores(command)
        if refusal is not None:
            self._delivery.put((command._reject, refusal))
            return command
        target = self._plugins.get(full_name.partition(".")[0])
        if target is None:
            self._load_for(caller, command)
        else:
            self._send(caller, target, command)
            if route.entry and (target._ready or target is caller) and self._is_plain(full_name):
                caller._routes[name] = route
        return command

    def _is_plain(self, full_name: str) -> bool:
        """Whether calls by this name need nothing but to be delivered."""
        return not (self._trace or self._delivery.synchronous or full_name in self._befores)

    def _ask_befores(self, command: Command) -> CommandRejectedError | None:
        """Run the before functions; return why the command must not happen, if so."""
        for function in self._befores.get(command.command, ()):
            try:
                options = function(command.data)
                if inspect.iscoroutine(options):
                    options.close()
                    raise TypeError(f"The before function of {command.command} is asynchronous; make it synchronous.")
            except Exception as error:
                if not isinstance(error, WarmcallError):
                    report(function, error)
                return as_rejection(error)
            if options is None or isinstance(options, bool | int | float | str | bytes):
                return CommandCancelledError()
            command.data = options
        return None

    def _send(self, caller: Plugin, target: Plugin, command: Command) -> None:
        if not target._ready and target is not caller:
            target._buffered.append(command)
        elif command._route.entry is None:
            self._delivery.put(command)
        else:
            self._delivery.put_command(command)

    def _load_for(self, caller: Plugin, command: Command) -> None:
        name = command.command.partition(".")[0]
        loaded = self._loading.plugin(name)
        loaded.done(lambda _: self._send(caller, self._plugins[name], command))
        loaded.fail(command._reject)

    def _find(self, full_name: str) -> Entry | None:
        owner, _, name = full_name.partition(".")
        plugin = self._plugins.get(owner)
        return plugin._entries.get(name) if plugin and "." not in name else None

    def _publish(self, plugin: str, name: str, data: Any, *, direct: bool = False) -> Literal[True]:
        event = f"{plugin}.{name}"
        subscribers = self._events.publish(plugin, event, data)
        if self._trace and (subscribers or not direct):
            trace.trace_event(self._trace, event, data, subscribers)
        return True

    def _is_heard(self, event: str) -> bool:
        return bool(self._trace) or self._events.is_heard(event)

    def _republish(self, plugin: str, name: str, data: Any) -> Literal[True]:
        event = f"{plugin}.{name}"
        subscribers = self._events.republish(plugin, event, data)
        if self._trace:
            trace.trace_event(self._trace, event, data, subscribers)
        return True

    def _data(self, plugin: str, name: str | None, value: Any) -> Any:
        if name is None:
            return self._values.store(plugin)
        if value is not NOTHING and value is not None:
            self._values.write(plugin, name, value)
        return self._values.read(plugin, name)

    def _forget_routes(self) -> None:
        for plugin in self._plugins.values():
            plugin._routes.clear()

    def _list(self, plugin: str, kind: str) -> None:
        self._say("%s of %s: %s", kind.capitalize(), plugin, ", ".join(self._registry.plugins[plugin][kind]))

    def _say(self, line: str, *details: object) -> None:
        if self.options["log"]:
            log.info(line, *details)
