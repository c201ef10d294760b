"""What there is on a bus: the live list that `registry()` returns."""

from collections.abc import Iterable

Listing = dict[str, dict[str, list[str]]]


class Registry:
    """Names of all plugins with their commands and events, in order of registration.

    Attributes:
        plugins: The live object, as tools see it.
    """

    __slots__ = ("plugins",)

    def __init__(self) -> None:
        self.plugins: Listing = {}

    def add_plugin(self, name: str) -> None:
        """List a plugin without commands and events."""
        self.plugins[name] = {"events": [], "commands": []}

    def add_command(self, plugin: str, name: str) -> None:
        """List a command, once."""
        self._add(self.plugins[plugin]["commands"], (name,))

    def add_events(self, plugin: str, names: Iterable[str] | str) -> None:
        """List events, each once. One name may stand alone."""
        self._add(self.plugins[plugin]["events"], (names,) if isinstance(names, str) else names)

    def _add(self, listed: list[str], names: Iterable[str]) -> None:
        for name in names:
            if name not in listed:
                listed.append(name)
