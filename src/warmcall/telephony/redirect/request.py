"""Reading SIP requests out of datagrams (RFC 3261, section 7), leniently: what can be understood is answered."""

import re
from dataclasses import dataclass

DATAGRAM_BYTES = 8192
HEADERS = 128

_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "l": "content-length",
    "m": "contact",
    "y": "identity",
}
_ONCE = ("from", "to", "call-id", "cseq")
_NEEDED = (*_ONCE, "via")
# What could end a line, or a string, in whatever reads the echo of it.
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_END = re.compile(r"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_START = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]{1,32})[ \t]+(\S.*?)[ \t]+SIP/([0-9]+\.[0-9]+)[ \t]*", re.IGNORECASE)
_CSEQ = re.compile(r"([0-9]{1,10})[ \t]+(\S{1,32})[ \t]*")
_VIA = re.compile(
    r"[ \t]*SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*[A-Za-z]{1,10}[ \t]+"
    r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,255})[ \t]*(?::[ \t]*([0-9]{1,5}))?[ \t]*((?:;.*)?)",
    re.IGNORECASE,
)
_QUOTED_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|,')


class UnanswerableError(Exception):
    """A datagram that cannot be answered, because it does not say to whom or to what."""


@dataclass(frozen=True, slots=True)
class Via:
    """The hop a request came from.

    Attributes:
        text: The whole entry.
        host: What the sender takes for its own address.
        port: The port it wants to be answered at; `None`: the default.
        parameters: With their semicolons.
    """

    text: str
    host: str
    port: int | None
    parameters: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request that can be answered.

    Attributes:
        method: As sent; methods are case-sensitive.
        uri: What was asked for.
        headers: The values of each header, in order, by its long lower-case name. Characters stand for bytes (Latin-1),
            so that they are echoed as they came.
        via: The topmost hop.
        fault: Why it is answered with an error; empty if it is in order.
        status: Which error.
    """

    method: str
    uri: str
    headers: dict[str, list[str]]
    via: Via
    fault: str = ""
    status: int = 400

    def first(self, name: str) -> str:
        """The first value of a header; empty if there is none."""
        values = self.headers.get(name)
        return values[0] if values else ""

    def every(self, name: str) -> list[str]:
        """All values of a header, line by line."""
        return self.headers.get(name, [])


def read_request(datagram: bytes) -> Request | None:
    """Read a request.

    Returns:
        `None` for what is not to be answered at all: responses, acknowledgements and keepalives.

    Raises:
        UnanswerableError: if it is too long, or lacks what every answer must repeat.
    """
    if len(datagram) > DATAGRAM_BYTES:
        raise UnanswerableError(f"it has more than {DATAGRAM_BYTES} bytes")
    text = datagram.decode("latin-1").lstrip("\r\n\0")
    if not text or text[:4].upper() in ("SIP/", "ACK "):
        return None
    ended = _END.search(text)
    head, body = (text[: ended.start()], text[ended.end() :]) if ended else (text, None)
    start, *lines = _lines(head)
    headers, broken = _headers(lines)
    request = _request(start, headers)
    return _faulty(request, broken or _fault(request, body)) if not request.fault else request


def _lines(head: str) -> list[str]:
    if _CONTROL.search(head) or head.count("\r") > head.count("\r\n"):
        raise UnanswerableError("there are control characters in its headers")
    if "\n " in head or "\n\t" in head:
        head = _FOLD.sub(" ", head)
    return head.replace("\r\n", "\n").split("\n")


def _headers(lines: list[str]) -> tuple[dict[str, list[str]], str]:
    headers: dict[str, list[str]] = {}
    broken = "Too Many Headers" if len(lines) > HEADERS else ""
    for line in lines[:HEADERS]:
        name, colon, value = line.partition(":")
        name = name.strip(" \t").lower()
        if colon and name:
            headers.setdefault(_COMPACT.get(name, name), []).append(value.strip(" \t"))
        elif line.strip():
            broken = broken or "Header Without Colon"
    return headers, broken


def _request(start: str, headers: dict[str, list[str]]) -> Request:
    for name in _NEEDED:
        if name not in headers:
            raise UnanswerableError(f"it has no {name}")
    via = _via(headers["via"][0])
    found = _START.fullmatch(start)
    if found is None:
        return Request("", "", headers, via, "Bad Request Line")
    request = Request(found[1], found[2], headers, via)
    return request if found[3] == "2.0" else _faulty(request, "Version Not Supported", 505)


def _via(line: str) -> Via:
    text = split_values(line)[0]
    found = _VIA.fullmatch(text)
    port = int(found[2]) if found and found[2] else None
    if found is None or (port is not None and not 0 < port < 65536):
        raise UnanswerableError("its topmost Via cannot be read")
    return Via(text, found[1], port, found[3])


def split_values(line: str) -> list[str]:
    """Split a header that may hold several values at the commas outside quotes."""
    if "," not in line:
        return [line]
    cuts = [found.start() for found in _QUOTED_OR_COMMA.finditer(line) if found[0] == ","]
    starts, ends = [0, *(cut + 1 for cut in cuts)], [*cuts, len(line)]
    return [line[start:end] for start, end in zip(starts, ends, strict=True)]


def _fault(request: Request, body: str | None) -> str:
    if any(len(request.headers[name]) > 1 for name in _ONCE):
        return "From, To, Call-ID or CSeq Repeated"
    cseq = _CSEQ.fullmatch(request.first("cseq"))
    if cseq is None or int(cseq[1]) > 2**31 - 1 or cseq[2] != request.method:
        return "Bad CSeq"
    if not all(request.first(name) for name in _ONCE):
        return "Empty Header"
    return "" if body is not None and _has_length(request, body) else "Bad Content-Length"


def _has_length(request: Request, body: str) -> bool:
    length = request.first("content-length")
    # More than it says is cut off (RFC 3261, section 18.3), less was lost on the way.
    return not length or (length.isascii() and length.isdigit() and len(length) < 6 and int(length) <= len(body))


def _faulty(request: Request, fault: str, status: int = 400) -> Request:
    if not fault:
        return request
    return Request(request.method, request.uri, request.headers, request.via, fault, status)
