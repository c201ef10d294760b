"""What stands between a plugin and the bus, where a plugin is not to be trusted to be quick and right."""

from collections.abc import Callable
from typing import Any, Protocol

from warmcall.bus.command import CommandEvent, Handler
from warmcall.bus.events import Subscriber

Around = Callable[[CommandEvent, Handler], Any]
"""Runs in place of a command's handler, which it gets; may be asynchronous."""


class Guard(Protocol):
    """Watches over the plugins of one extension."""

    def before(self, command: str, function: Callable[[Any], Any]) -> None:
        """Take over a before function: the guard sees to it that it is asked."""

    def handler(self, command: str, handler: Handler) -> Handler:
        """What to register in place of a handler."""

    def subscriber(self, event: str, handler: Subscriber) -> Subscriber:
        """What to subscribe in place of a subscriber."""


def surrounded(handler: Handler, around: Around) -> Handler:
    """A handler with another function around it."""

    async def run(e: CommandEvent) -> Any:
        return await around(e, handler)

    return run
