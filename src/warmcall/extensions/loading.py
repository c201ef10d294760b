"""Finds the owner's extensions: installed packages announce theirs by an entry point, other modules are named."""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from warmcall.errors import WarmcallError

GROUP = "warmcall.extensions"
"""The entry point group in which an installed package names its extension."""

Extension = Callable[..., Any]
"""Registers the owner's own plugins on the server's bus; may be a coroutine function.

It takes the bus and, if it has parameters of these names, `settings`, the table `[extensions.NAME]`, and `http`, where
it adds routes of its own.
"""


class ExtensionError(WarmcallError):
    """An extension that cannot be loaded.

    Args:
        name: As it was named: `module:function`.
        why: What went wrong, and what is expected.
    """

    code = "extension_not_loaded"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"The extension {name!r} cannot be loaded: {why}", {"extension": name})


@dataclass(frozen=True, slots=True)
class Loaded:
    """An extension under its name.

    Attributes:
        name: In logs, metrics, addresses and `[extensions.NAME]`: of an entry point its name, otherwise of the module.
    """

    name: str
    function: Extension

    def call(self, bus: Any, settings: Mapping[str, Any], http: Any) -> Any:
        """Let it register; what it returns may have to be awaited.

        Raises:
            ExtensionError: if it does not take what it is given.
        """
        given = {"settings": settings, "http": http}
        wanted = list(inspect.signature(self.function).parameters.values())
        named = {parameter.name: given[parameter.name] for parameter in wanted[1:] if parameter.name in given}
        more = [p.name for p in wanted[1:] if p.name not in given and p.default is p.empty and p.kind not in _REST]
        if not wanted or more:
            raise ExtensionError(self.name, f"it must take the bus, and may take settings and http; not {more}")
        return self.function(bus, **named)


_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def named_extension(name: str) -> Loaded:
    """Import an extension; modules in the current directory are found, too.

    Args:
        name: `module:function`, such as `crm:extension` for `extension` in `crm.py`.

    Raises:
        ExtensionError: if there is no such function, or its module cannot be imported.
    """
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    module, _, function = name.partition(":")
    if not module or not function:
        raise ExtensionError(name, "expected module:function, such as crm:extension")
    try:
        found = getattr(import_module(module), function, None)
    except Exception as error:  # a module of the owner's may raise anything
        raise ExtensionError(name, f"importing {module} raised {type(error).__name__}: {error}") from error
    if not callable(found):
        raise ExtensionError(name, f"{module} has no function {function}")
    return Loaded(module.rpartition(".")[2], found)


def installed_extensions() -> list[Loaded]:
    """The extensions of installed packages, by name.

    Raises:
        ExtensionError: if one cannot be loaded.
    """
    return [_load(point) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)]


def under_names(extensions: Iterable[Extension | Loaded]) -> list[Loaded]:
    """Extensions, each under a name of its own; a bare function goes by its module's."""
    found = [e if isinstance(e, Loaded) else Loaded(e.__module__.rpartition(".")[2], e) for e in extensions]
    taken: set[str] = set()
    named: list[Loaded] = []
    for extension in found:
        name, number = extension.name, 2
        while name in taken:
            name, number = f"{extension.name}-{number}", number + 1
        taken.add(name)
        named.append(Loaded(name, extension.function))
    return named


def _load(point: EntryPoint) -> Loaded:
    try:
        function: Extension = point.load()
    except Exception as error:  # a module of the owner's may raise anything
        raise ExtensionError(point.value, f"{type(error).__name__}: {error}") from error
    return Loaded(point.name, function)
