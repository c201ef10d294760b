"""HTTP/1.1 as uvicorn speaks it, and a way to hand it a whole answer at once."""

from functools import partial

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from warmcall.web.exchange import WHOLE_ANSWER

# None of these is part of uvicorn's public interface (docs/decisions/0013-a-whole-answer-past-uvicorn.md).
_USED = (
    "default_headers",
    "disconnected",
    "flow",
    "keep_alive",
    "message_event",
    "on_response",
    "response_complete",
    "response_started",
    "scope",
    "transport",
    "waiting_for_100_continue",
)


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol with the extension `WHOLE_ANSWER`.

    By ASGI an answer is two messages, which uvicorn checks header by header and writes by a system call each. For a
    small answer that costs a third of what a bare echo takes in all; an answer that is known to be whole and well
    formed needs one write.

    Attributes:
        fits: Whether this uvicorn has what a whole answer needs; if not, all answers go the usual way. `None`: nobody
            has looked yet.
    """

    fits: bool | None = None

    def on_headers_complete(self) -> None:
        """Begin to answer a request. Its task runs only after this, so it finds the extension."""
        super().on_headers_complete()
        if Protocol.fits is None:
            Protocol.fits = all(hasattr(self.cycle, name) for name in _USED)
        if not Protocol.fits:
            return
        # The type knows only the extensions of the ASGI specification, whose values are dictionaries.
        self.scope["extensions"] = {WHOLE_ANSWER: partial(_write_whole, self.cycle)}  # type: ignore[dict-item]


def _write_whole(cycle: RequestResponseCycle, status: int, lines: bytes, body: bytes) -> bool:
    """Do in one go what `RequestResponseCycle.send` does for the two messages of an answer."""
    if cycle.response_started or cycle.disconnected or cycle.flow.write_paused or cycle.scope["method"] == "HEAD":
        return False
    defaults = b"".join([b"%b: %b\r\n" % header for header in cycle.default_headers])
    last = b"" if cycle.keep_alive else b"connection: close\r\n"
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"%b%b%b%b\r\n%b" % (STATUS_LINE[status], defaults, lines, last, body))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True
