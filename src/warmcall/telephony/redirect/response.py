"""Writing SIP responses (RFC 3261, section 8.2.6), and where they are sent."""

import re
from hashlib import blake2b

from warmcall.telephony.redirect.request import Request

Address = tuple[str, int]

DEFAULT_PORT = 5060
_RPORT = re.compile(r";[ \t]*rport[ \t]*(?:=[^;]*)?(?=;|$)", re.IGNORECASE)
_RECEIVED = re.compile(r";[ \t]*received[ \t]*=[^;]*(?=;|$)", re.IGNORECASE)
_TAG = re.compile(r";[ \t]*tag[ \t]*=", re.IGNORECASE)


def respond(
    request: Request, status: int, reason: str, source: Address, headers: tuple[tuple[str, str], ...] = ()
) -> bytes:
    """Write a response.

    Args:
        request: What is answered.
        status: 200 to 699: such a response ends the request, so it gets a To-tag.
        reason: In a few words.
        source: Where the request came from.
        headers: Name and value of each header of its own.
    """
    lines = [f"SIP/2.0 {status} {reason}", *_vias(request, source)]
    lines += [f"From: {request.first('from')}", f"To: {_tagged(request)}"]
    lines += [f"Call-ID: {request.first('call-id')}", f"CSeq: {request.first('cseq')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode("latin-1", "replace")


def return_address(request: Request, source: Address) -> Address:
    """Where a response goes: always to the address it came from, to the port that RFC 3581 or RFC 3261, 18.2.2 says.

    What a Via says of hosts is not followed: it would let anybody have datagrams sent to others.
    """
    if _RPORT.search(request.via.parameters):
        return source
    return source[0], request.via.port or DEFAULT_PORT


def _vias(request: Request, source: Address) -> list[str]:
    first, *others = request.every("via")
    rest = first[len(request.via.text) :]
    return [f"Via: {_received(request, source)}{rest}", *(f"Via: {line}" for line in others)]


def _received(request: Request, source: Address) -> str:
    via = request.via
    parameters = _RECEIVED.sub("", via.parameters)
    asked = _RPORT.search(parameters) is not None
    if asked:
        parameters = _RPORT.sub(f";rport={source[1]}", parameters, count=1)
    if asked or via.host.strip("[]") != source[0]:
        parameters += f";received={source[0].partition('%')[0]}"
    start = via.text[: len(via.text) - len(via.parameters)]
    return f"{start.strip()}{parameters}"


def _tagged(request: Request) -> str:
    to = request.first("to")
    if has_tag(to):
        return to
    # Made from the request alone: a retransmission gets the same one from any node, even after a restart.
    text = "\n".join((request.first("call-id"), request.first("from"), request.via.text))
    return f"{to};tag={blake2b(text.encode('latin-1'), digest_size=8, person=b'to-tag').hexdigest()}"


def has_tag(to: str) -> bool:
    """Whether a To or From value has a tag."""
    return _TAG.search(to.rpartition(">")[2]) is not None
