"""Finding the owner's extensions: named on the command line, or installed as packages."""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from warmcall.bus.bus import Bus
from warmcall.errors import WarmcallError

GROUP = "warmcall.extensions"
"""The entry point group in which an installed package names its extension."""

Extension = Callable[[Bus], Any]
"""Registers the owner's own plugins on the server's bus; may be a coroutine function."""


class ExtensionError(WarmcallError):
    """An extension that cannot be loaded.

    Args:
        name: As it was named: `module:function`.
        why: What went wrong, and what is expected.
    """

    code = "extension_not_loaded"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"The extension {name!r} cannot be loaded: {why}", {"extension": name})


def named_extension(name: str) -> Extension:
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
    extension: Extension = found
    return extension


def installed_extensions() -> list[Extension]:
    """The extensions of installed packages, by name.

    Raises:
        ExtensionError: if one cannot be loaded.
    """
    return [_load(point) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)]


def _load(point: EntryPoint) -> Extension:
    try:
        extension: Extension = point.load()
    except Exception as error:  # a module of the owner's may raise anything
        raise ExtensionError(point.value, f"{type(error).__name__}: {error}") from error
    return extension
