"""The object that may lock the bus, handed out once."""

from collections.abc import Callable, Mapping
from typing import Any


class Master:
    """Locks and unlocks registration, and configures the bus.

    Attributes:
        locked: Whether registering plugins is refused.
    """

    __slots__ = ("config", "locked")

    def __init__(self, configure: Callable[[Mapping[str, Any]], None]) -> None:
        self.config = configure
        self.locked = False

    def lock(self) -> None:
        """Refuse to register plugins from now on."""
        self.locked = True

    def unlock(self) -> None:
        """Register plugins again."""
        self.locked = False
