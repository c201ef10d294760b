"""Who wants to hear of a store's events."""

import asyncio
from collections.abc import Callable, Sequence

from warmcall.calls.model import Event

Listener = Callable[[Sequence[Event]], None]


class Listeners:
    """Calls listeners one after the other; one that fails stops no other."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def __bool__(self) -> bool:
        return bool(self._listeners)

    def add(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` from now on. Returns how to stop it."""

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        self._listeners.append(listener)
        return stop

    def tell(self, events: Sequence[Event]) -> None:
        """Hand events to every listener."""
        for listener in tuple(self._listeners) if events else ():
            try:
                listener(events)
            except Exception as error:
                context = {"message": "A listener of the store's events failed.", "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)
