"""One HTTP request and its answer, as the hot routes see it: nothing between them and ASGI."""

from collections.abc import Awaitable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from secrets import token_hex
from types import MappingProxyType
from typing import Any, Protocol

from starlette.types import Message, Receive, Scope, Send

from warmcall.web.errors import BodyTooLargeError

Header = tuple[bytes, bytes]
SHORT_CUT = "warmcall.short_cut"
"""Where the state of a request's scope has a `ShortCut`, if the server knows one; `warmcall.web.protocol` does."""

BODY_LIMIT_BYTES = 32 * 1024
# A sender that is cut off while it still sends may never read why; so a little more is taken and dropped.
_DRAIN_BYTES = 256 * 1024
SAFETY: tuple[Header, ...] = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))
_JSON: tuple[Header, ...] = ((b"content-type", b"application/json"), *SAFETY)

_NO_STATE: Mapping[str, Any] = MappingProxyType({})

_process = token_hex(4)
_numbers = count(1)


class ShortCut(Protocol):
    """Past the messages of ASGI, for what is whole."""

    def find(self, send: Send) -> Any:
        """What stands for the request with this `send`; `None` if everything of it must go the usual way."""

    def body(self, found: Any, limit_bytes: int) -> bytes | None:
        """The body, if all of it has come and it is within the limit; else it must come the usual way."""

    def answer(self, found: Any, status: int, lines: bytes, body: bytes) -> bool:
        """Send status, header lines and body. False if it could not, and the answer must go the usual way."""


class ClientGoneError(Exception):
    """The client hung up before its request was complete; nobody is left to answer."""


class Exchange:
    """A request and the way to answer it.

    Attributes:
        path: Below the address the application is mounted at.
        parts: The path split at its slashes; the first is empty.
        headers: By lower-case name; of a repeated header the last.
        request_id: Names this request in the log and in problems.
        cors: Headers that let the asking page read the answer.
        extra: Members to add to a problem, should the request end in one.
        started: Whether an answer is on its way.
        route: What to count it under.
    """

    cors: tuple[Header, ...] = ()
    extra: Mapping[str, Any] = MappingProxyType({})
    started = False
    status = 0
    route = "other"

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        root: str = scope.get("root_path", "")
        if root and path.startswith(root):
            path = path[len(root) :]
        self.scope = scope
        self.receive = receive
        self._send = send
        self._short_cut: ShortCut | None = scope.get("state", _NO_STATE).get(SHORT_CUT)
        self._found = self._short_cut and self._short_cut.find(send)
        self.method: str = scope["method"]
        self.path = path
        self.parts = path.split("/")
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.request_id = f"{_process}{next(_numbers)}"

    async def body(self, limit_bytes: int = BODY_LIMIT_BYTES) -> bytes:
        """Read the whole body.

        Raises:
            BodyTooLargeError: if it is above `limit_bytes`.
            ClientGoneError: if the client hung up.
        """
        if self._short_cut and self._found:
            whole = self._short_cut.body(self._found, limit_bytes)
            if whole is not None:
                return whole
        message = await self.receive()
        body: bytes = message.get("body", b"")
        if not message.get("more_body") and message["type"] == "http.request" and len(body) <= limit_bytes:
            return body
        return await self._rest(message, limit_bytes)

    async def _rest(self, message: Message, limit_bytes: int) -> bytes:
        body, seen_bytes = bytearray(), 0
        while True:
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            chunk: bytes = message.get("body", b"")
            seen_bytes += len(chunk)
            if seen_bytes <= limit_bytes:
                body += chunk
            if not message.get("more_body") or seen_bytes > limit_bytes + _DRAIN_BYTES:
                break
            message = await self.receive()
        if seen_bytes > limit_bytes:
            raise BodyTooLargeError(limit_bytes)
        return bytes(body)

    def json(self, status: int, body: bytes) -> Awaitable[None]:
        """Answer with JSON."""
        return self.answer(status, body, _JSON)

    async def answer(self, status: int, body: bytes, headers: Sequence[Header]) -> None:
        """Answer with a body and its headers; length, request id and CORS headers are added."""
        # RFC 9110, section 8.6: a 204 has no length.
        length = b"" if status == 204 else b"content-length: %d\r\n" % len(body)
        # Problems go the usual way: some end the connection, and speed is no concern of theirs.
        if self._short_cut and self._found and status < 400:
            own = _lines(tuple(headers)), _lines(self.cors), self.request_id.encode(), length
            if self._short_cut.answer(self._found, status, b"%b%bx-request-id: %b\r\n%b" % own, body):
                self.started, self.status = True, status
                return
        counted = ((b"content-length", b"%d" % len(body)),) if length else ()
        await self.start(status, (*headers, *counted))
        await self._send({"type": "http.response.body", "body": body})

    def start(self, status: int, headers: Sequence[Header]) -> Awaitable[None]:
        """Begin an answer whose body follows through `write`."""
        self.started, self.status = True, status
        named = [*headers, (b"x-request-id", self.request_id.encode()), *self.cors]
        return self._send({"type": "http.response.start", "status": status, "headers": named})

    async def write(self, chunk: bytes, more: bool = True) -> None:
        """Send a part of the body."""
        await self._send({"type": "http.response.body", "body": chunk, "more_body": more})

    async def send(self, message: Message) -> None:
        """The ASGI `send` for routes of the framework: adds what every answer carries."""
        if message["type"] == "http.response.start":
            have = {name for name, _ in message["headers"]}
            safety = [header for header in SAFETY if header[0] not in have]
            await self.start(message["status"], [*message["headers"], *safety])
        else:
            await self._send(message)


@lru_cache(maxsize=256)
def _lines(headers: tuple[Header, ...]) -> bytes:
    """Headers as they are sent."""
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    if lines.count(b"\n") != len(headers) or lines.count(b"\r") != len(headers):
        raise ValueError(f"A header holds a line break: {headers!r}.")
    return lines
