"""Events: what subscribers get, who they are, and what a late one still hears."""

from collections.abc import Callable
from typing import Any, Literal

from warmcall.bus.delivery import Delivery


class Event:
    """What a subscriber gets.

    Attributes:
        time: When it was published, in milliseconds since 1970, by the clock of that turn of the loop.
        publisher: The plugin that published it.
        event: The full name, such as `ClickToCall.opened`.
        data: What was published, the same object for all subscribers; `{}` when nothing was.
    """

    __slots__ = ("data", "event", "publisher", "time")

    def __init__(self, time: int, publisher: str, event: str, data: Any) -> None:
        self.time = time
        self.publisher = publisher
        self.event = event
        self.data = data

    def __repr__(self) -> str:
        return f"<{self.event} {self.data!r}>"


Subscriber = Callable[[Event], Any]


class Topic:
    """One event name.

    Attributes:
        subscriptions: Plugin and handler, in the order of subscription. Replaced, never changed in place, so that
            a publication keeps the subscribers it had.
        memory: The last republished event, for those who come later. Nobody's leaving ends it.
    """

    __slots__ = ("memory", "subscriptions")

    def __init__(self) -> None:
        self.subscriptions: tuple[tuple[str, Subscriber], ...] = ()
        self.memory: Event | None = None


class Events:
    """All topics of a bus."""

    __slots__ = ("_delivery", "_topics")

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._topics: dict[str, Topic] = {}

    def subscribe(self, name: str, event: str, handler: Subscriber) -> str | Literal[False]:
        """Add a handler for a plugin; a remembered event is on its way to it at once."""
        if not callable(handler) or not isinstance(event, str):
            return False
        topic = self._topics.setdefault(event, Topic())
        topic.subscriptions += ((name, handler),)
        if topic.memory is not None:
            self._delivery.put((handler, topic.memory))
        return event

    def unsubscribe(self, name: str, event: str) -> bool:
        """Remove all handlers of a plugin; false if nobody subscribed and nothing is remembered."""
        topic = self._topics.get(event)
        if topic is None:
            return False
        topic.subscriptions = tuple(pair for pair in topic.subscriptions if pair[0] != name)
        if not topic.subscriptions and topic.memory is None:
            del self._topics[event]
        return True

    def publish(self, name: str, event: str, data: Any) -> int:
        """Put the event on its way to each present subscriber; returns how many there are."""
        topic = self._topics.get(event)
        if topic is None:
            return 0
        return self._send(topic, name, event, data)

    def republish(self, name: str, event: str, data: Any) -> int:
        """Publish and remember."""
        topic = self._topics.setdefault(event, Topic())
        topic.memory = Event(self._delivery.clock_ms(), name, event, {} if data is None else data)
        return self._send(topic, name, event, topic.memory.data)

    def is_heard(self, event: str) -> bool:
        """Return whether anybody has subscribed to an event."""
        topic = self._topics.get(event)
        return topic is not None and bool(topic.subscriptions)

    def subscribers(self, name: str) -> dict[str, list[str]]:
        """Return the subscribers of a plugin's events: each plugin once, by event."""
        prefix = f"{name}."
        return {
            event: list(dict.fromkeys(subscriber for subscriber, _handler in topic.subscriptions))
            for event, topic in self._topics.items()
            if event.startswith(prefix) and topic.subscriptions
        }

    def _send(self, topic: Topic, name: str, full_name: str, data: Any) -> int:
        delivery = self._delivery
        event = Event(delivery.clock_ms(), name, full_name, {} if data is None else data)
        for _subscriber, handler in topic.subscriptions:
            delivery.put((handler, event))
        return len(topic.subscriptions)
