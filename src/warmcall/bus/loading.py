"""Loading what is not there yet: plugins, files and modules, each once."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from warmcall.bus.delivery import Delivery
from warmcall.bus.errors import PluginNotLoadedError
from warmcall.bus.promise import Promise, is_awaitable, new_promise

Loader = Callable[[str], Awaitable[None] | None]


class Loading:
    """Asks the owner's loader, and never twice at the same time for the same thing.

    Args:
        loader: Called with a plugin's name, a file's address or a module's name; it must register what it brings.
            `None` if nothing can be loaded.
        delivery: Runs the loads.
        has_plugin: Whether a plugin is registered.
        plugin_map: The option `pluginMap`: an address to load in place of the name, or `False` to forbid loading.
    """

    def __init__(
        self,
        loader: Loader | None,
        delivery: Delivery,
        has_plugin: Callable[[str], bool],
        plugin_map: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._loader = loader
        self._delivery = delivery
        self._has_plugin = has_plugin
        self._plugin_map = plugin_map
        self._modules: dict[str, Any] = {}
        self._under_way: dict[str, Promise] = {}

    def plugin(self, name: str) -> Promise:
        """Load a plugin, unless it is registered."""
        places = self._plugin_map()
        place = places.get(name, places.get(str(name).lower(), name))
        return self._load(place, lambda: self._has_plugin(name), lambda: None)

    def file(self, address: str) -> Promise:
        """Load a file, whatever it holds and however often."""
        return self._load(address, lambda: None, lambda: None)

    def module(self, name: str) -> Promise:
        """Load a module, unless it is registered; resolves with its value."""
        return self._load(name, lambda: name in self._modules, lambda: self._modules[name])

    def register_module(self, name: str, value: Any) -> bool:
        """Take what a module's file offers; false if the name is taken."""
        if name in self._modules:
            return False
        self._modules[name] = value
        return True

    def _load(self, place: Any, is_there: Callable[[], bool | None], value: Callable[[], Any]) -> Promise:
        """Return a promise of the value.

        Args:
            place: What to ask the loader for.
            is_there: Whether it is there; `None` if nobody can tell.
            value: What the promise resolves with.
        """
        promise = new_promise()
        if is_there():
            self._delivery.put((lambda _: promise._resolve(value()), None))
            return promise
        under_way = self._under_way.get(place) if isinstance(place, str) else None
        if under_way is None:
            under_way = self._start(place)
        under_way.fail(promise._reject)
        under_way.done(
            lambda _: promise._reject(PluginNotLoadedError()) if is_there() is False else promise._resolve(value())
        )
        return promise

    def _start(self, place: Any) -> Promise:
        promise = new_promise()
        if self._loader is None or not isinstance(place, str):
            self._delivery.put((promise._reject, PluginNotLoadedError()))
            return promise
        self._under_way[place] = promise
        self._delivery.put((lambda _: self._ask(place, promise), None))
        return promise

    async def _ask(self, place: str, promise: Promise) -> None:
        try:
            answer: Any = self._loader(place)  # type: ignore[misc]  # without a loader nobody gets here
            if is_awaitable(answer):
                await answer
        except BaseException as error:
            rejection = PluginNotLoadedError()
            rejection.__cause__ = error
            self._under_way.pop(place, None)
            promise._reject(rejection)
            if not isinstance(error, Exception):
                raise
        else:
            self._under_way.pop(place, None)
            promise._resolve(None)
