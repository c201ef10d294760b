"""Open, self-hosted click-to-call. These are the names an extension author needs."""

from warmcall.bus.bus import Bus
from warmcall.bus.command import Command, CommandEvent
from warmcall.bus.errors import (
    CommandCancelledError,
    CommandFailedError,
    CommandInterruptedError,
    CommandRejectedError,
    PluginNotLoadedError,
    UnknownCommandError,
)
from warmcall.bus.events import Event
from warmcall.bus.plugin import Plugin
from warmcall.calls.errors import RefusalError
from warmcall.errors import WarmcallError

__version__ = "0.1.0"

__all__ = [
    "Bus",
    "Command",
    "CommandCancelledError",
    "CommandEvent",
    "CommandFailedError",
    "CommandInterruptedError",
    "CommandRejectedError",
    "Event",
    "Plugin",
    "PluginNotLoadedError",
    "RefusalError",
    "UnknownCommandError",
    "WarmcallError",
    "__version__",
]
