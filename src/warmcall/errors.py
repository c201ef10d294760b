"""The root of the error tree.

WarmcallError
├── bus.errors.CommandRejectedError   a command on the bus was refused or failed
├── calls.errors.RefusalError         the domain says no to a visitor, with a reason the panel can show
├── calls.errors.InvalidRequestError  input that breaks a rule, naming the field
└── places.SettingsError              a configuration that cannot be used
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class WarmcallError(Exception):
    """Anything Warmcall raises on purpose.

    Args:
        message: A sentence a person can act on.
        details: JSON-safe facts for programs, such as the field or the next opening time.

    Attributes:
        code: Stable snake_case name of the kind of error; part of the public API.
        retryable: Whether the same call may succeed later without a change.
    """

    code: ClassVar[str] = "warmcall_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Any] = details or {}
