"""What `configure` sets."""

from collections.abc import Mapping
from typing import Any


class Options:
    """The options of the bus, by the names of the page API contract. A value of the wrong type is ignored."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: dict[str, Any] = {
            "debug": False,
            "async": True,
            "log": True,
            "logStore": False,
            "loadPlugins": True,
            "pluginsPath": "",
            "pluginFilenameFormat": "plugin.min.js",
            "pluginMap": {},
            "unlocked": False,
        }

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def update(self, options: Mapping[str, Any]) -> None:
        """Take over what is known and of the right type."""
        if not isinstance(options, Mapping):
            return
        for name, value in options.items():
            if name in self._values and type(value) is type(self._values[name]):
                self._values[name] = value
        path = self._values["pluginsPath"]
        if path and not path.endswith("/"):
            self._values["pluginsPath"] = f"{path}/"
