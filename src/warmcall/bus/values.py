"""The values plugins keep on the bus for each other."""

from collections.abc import Callable
from typing import Any

NOTHING: Any = object()
"""Stands for an argument that was not given."""


class Values:
    """The stores of all plugins.

    Args:
        publish: Publishes an event of a plugin: plugin, short name, data.
        clock_ms: Tells the time.
    """

    __slots__ = ("_clock_ms", "_publish", "_stores")

    def __init__(self, publish: Callable[[str, str, Any], Any], clock_ms: Callable[[], int]) -> None:
        self._publish = publish
        self._clock_ms = clock_ms
        self._stores: dict[str, dict[str, Any]] = {}

    def store(self, plugin: str) -> dict[str, Any]:
        """Return all values of a plugin, live."""
        return self._stores.setdefault(plugin, {})

    def read(self, plugin: str, name: str) -> Any:
        """Return a plugin's own value, or another plugin's by `Other.name`; `None` if there is none."""
        own = self.store(plugin)
        owner, dot, key = name.partition(".")
        if name in own or not dot:
            return own.get(name)
        return self._stores.get(owner, {}).get(key)

    def write(self, plugin: str, name: str, value: Any) -> None:
        """Keep a value and, if it is another than before, say so by three events."""
        store = self.store(plugin)
        last = store.get(name)
        store[name] = value
        if _same(last, value):
            return
        change = {"last": last, "value": value, "time": self._clock_ms()}
        self._publish(plugin, "data", store)
        self._publish(plugin, f"data.{name}", change)
        self._publish(plugin, f"data.{name}:{_text(value)}", change)


def _same(last: Any, value: Any) -> bool:
    """Whether a page would find the two identical: scalars by value, everything else by identity."""
    if isinstance(last, bool) or isinstance(value, bool) or not isinstance(last, str | int | float):
        return last is value
    return isinstance(value, str | int | float) and last == value


def _text(value: Any) -> str:
    """The value as the name of an event spells it, which is how a page spells it."""
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, list | tuple):
        return ",".join(_text(item).strip("'") for item in value)
    return "[object Object]"
