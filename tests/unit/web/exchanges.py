"""Exchanges without a server: what is received is given, what is sent is kept."""

from collections.abc import Sequence
from typing import Any

from starlette.types import Message

from warmcall.web.exchange import Exchange


class Wire:
    """The far end of an exchange."""

    def __init__(self, incoming: Sequence[Message] = ()) -> None:
        self.incoming = list(incoming)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        return self.incoming.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    def exchange(self, path: str = "/", headers: dict[str, str] | None = None, **scope: Any) -> Exchange:
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
        given = {"type": "http", "method": "POST", "path": path, "headers": raw, "client": ("203.0.113.9", 5), **scope}
        return Exchange(given, self.receive, self.send)
