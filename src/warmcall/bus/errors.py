"""Why a command did not resolve.

CommandRejectedError
├── UnknownCommandError       the plugin exists, the command does not
├── CommandCancelledError     a before function did not return an object
├── PluginNotLoadedError      the plugin does not exist and could not be loaded
├── CommandFailedError        the handler raised; the exception is the cause
└── CommandInterruptedError   the handler was cancelled while it ran

PluginNameTakenError          a plugin could not be registered (Bus.plugin)
"""

from typing import Any, ClassVar

from warmcall.errors import WarmcallError


class CommandRejectedError(WarmcallError):
    """A command was rejected; the text is the one the page API contract names.

    Args:
        reason: What the handler rejected with: usually a sentence, but any object is passed on.

    Attributes:
        reason: The same object, unchanged. `str(error)` is its text.
    """

    code: ClassVar[str] = "command_rejected"

    def __init__(self, reason: Any = None) -> None:
        super().__init__("" if reason is None else str(reason))
        self.reason = reason


class UnknownCommandError(CommandRejectedError):
    """The plugin is registered and ready, but has no command of that name."""

    code: ClassVar[str] = "unknown_command"

    def __init__(self) -> None:
        super().__init__("Command does not exist")


class CommandCancelledError(CommandRejectedError):
    """A before function returned something that is not an object."""

    code: ClassVar[str] = "command_cancelled"

    def __init__(self) -> None:
        super().__init__("Command was cancelled by a 'before' function.")


class PluginNotLoadedError(CommandRejectedError):
    """Nobody registered the plugin, and loading it failed or is not set up."""

    code: ClassVar[str] = "plugin_not_loaded"

    def __init__(self) -> None:
        super().__init__("Could not load plugin file in given location. Check your plugins path option.")


class CommandFailedError(CommandRejectedError):
    """The handler raised an exception other than a rejection; `__cause__` is that exception.

    Args:
        cause: The exception. Its text becomes the reason; its type's name stands in for an empty text.
    """

    code: ClassVar[str] = "command_failed"

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause) or type(cause).__name__)
        self.__cause__ = cause
        if isinstance(cause, WarmcallError):
            self.details = cause.details


class CommandInterruptedError(CommandRejectedError):
    """The handler was cancelled before it settled the command."""

    code: ClassVar[str] = "command_interrupted"
    retryable: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__("Command was interrupted before it settled.")


class PluginNameTakenError(WarmcallError):
    """A plugin could not be registered under this name.

    Args:
        name: The name that was asked for.
    """

    code: ClassVar[str] = "plugin_name_taken"

    def __init__(self, name: object) -> None:
        super().__init__(
            f"Cannot register a plugin named {name!r}: names are strings, each used once, "
            "and registration may be locked. Choose another name or unlock the bus.",
            {"name": str(name)},
        )
