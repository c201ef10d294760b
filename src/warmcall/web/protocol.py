"""HTTP/1.1 as uvicorn speaks it, and a way to take a whole body and hand over a whole answer at once."""

import asyncio
from typing import Any

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from warmcall.web.exchange import SHORT_CUT

# None of these is part of uvicorn's public interface (docs/decisions/0013-a-short-cut-past-uvicorn.md).
_USED = (
    "body",
    "default_headers",
    "disconnected",
    "flow",
    "keep_alive",
    "message_event",
    "more_body",
    "on_response",
    "response_complete",
    "response_started",
    "scope",
    "transport",
    "waiting_for_100_continue",
)


class ShortCut:
    """Past the messages of ASGI to uvicorn's own state of a request, which is found by the request's `send`.

    It is one object for all requests of a server: a request that its own scope led to would be garbage that only the
    collector finds.

    Attributes:
        fits: Whether this uvicorn has what is needed; if not, everything goes the usual way. `None`: nobody has looked.
    """

    def __init__(self) -> None:
        self.fits: bool | None = None
        self._defaults: list[tuple[bytes, bytes]] = []
        self._default_lines = b""
        self._posted: list[tuple[asyncio.Transport, bytes]] = []

    def find(self, send: Send) -> RequestResponseCycle | None:
        """What uvicorn knows of the request with this `send`; `None` if there is none that is known here."""
        cycle = getattr(send, "__self__", None)
        if not isinstance(cycle, RequestResponseCycle):
            return None
        if self.fits is None:
            self.fits = all(hasattr(cycle, name) for name in _USED)
        return cycle if self.fits else None

    def body(self, cycle: RequestResponseCycle, limit_bytes: int) -> bytes | None:
        """The body if all of it is there; `None`: ask `receive`. Does what `RequestResponseCycle.receive` does."""
        if cycle.more_body or cycle.waiting_for_100_continue or len(cycle.body) > limit_bytes:
            return None
        if cycle.disconnected or cycle.response_complete:
            return None
        body = bytes(cycle.body)
        cycle.body = bytearray()
        cycle.message_event.clear()
        return body

    def answer(self, cycle: RequestResponseCycle, status: int, lines: bytes, body: bytes) -> bool:
        """Do in one go what `RequestResponseCycle.send` does for the two messages of an answer; false: it may not."""
        if cycle.response_started or cycle.disconnected or cycle.flow.write_paused:
            return False
        if cycle.scope["method"] == "HEAD":
            return False
        # uvicorn makes them anew each second, for the date.
        if cycle.default_headers is not self._defaults:
            self._defaults = cycle.default_headers
            self._default_lines = b"".join([b"%b: %b\r\n" % header for header in self._defaults])
        last = b"" if cycle.keep_alive else b"connection: close\r\n"
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        whole = b"%b%b%b%b\r\n%b" % (STATUS_LINE[status], self._default_lines, lines, last, body)
        cycle.message_event.set()
        if cycle.keep_alive:
            self._post(cycle.transport, whole)
        else:
            cycle.transport.write(whole)
            cycle.transport.close()
        cycle.on_response()
        return True

    def _post(self, transport: asyncio.Transport, whole: bytes) -> None:
        """Write it once this turn of the loop is over, with all others that a commit has answered.

        A write wakes who waits for it, who then competes with the rest of that turn. The next request of a connection
        is begun by a later turn, so answers keep their order.
        """
        if not self._posted:
            asyncio.get_running_loop().call_soon(self.flush)
        self._posted.append((transport, whole))

    def flush(self) -> None:
        """Write all that was posted."""
        posted, self._posted = self._posted, []
        for transport, whole in posted:
            if not transport.is_closing():
                transport.write(whole)


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol with a `ShortCut` in the state of each request's scope.

    By ASGI an answer is two messages, which uvicorn checks header by header and writes by a system call each. For a
    small answer that costs a third of what a bare echo takes in all; an answer that is known to be whole and well
    formed needs one write.
    """

    def __init__(self, config: Any, server_state: Any, app_state: dict[str, Any], **others: Any) -> None:
        # uvicorn hands the same state to all connections of a server.
        self._short_cut: ShortCut = app_state.setdefault(SHORT_CUT, ShortCut())
        super().__init__(config, server_state, app_state, **others)

    def shutdown(self) -> None:
        """End the connection, but not before what was answered is written."""
        self._short_cut.flush()
        super().shutdown()
