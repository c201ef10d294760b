"""Who may ask, and what an INVITE says of a call."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from warmcall.telephony.connector import Switchboard
from warmcall.telephony.ivr import InboundCall
from warmcall.telephony.redirect.identity import Claims, read_call
from warmcall.telephony.redirect.request import Request
from warmcall.telephony.redirect.settings import Network
from warmcall.telephony.refusals import Refusal, RefusedError

URI_CHARACTERS = 500

_URI = re.compile(r"(?:sips?|tel):[^\s<>\"]+", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+")


def listed(networks: Iterable[Network]) -> Callable[[str], bool]:
    """Return what tells whether an address is in one of the networks."""
    known = tuple(networks)

    @lru_cache(maxsize=4096)
    def is_listed(host: str) -> bool:
        address = ip_address(host.partition("%")[0])
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return any((mapped or address) in network for network in known)

    return is_listed


def check_peer(is_listed: bool) -> None:
    """Let a datagram pass that comes from a listed peer.

    Raises:
        RefusedError: PEER if it does not.
    """
    if not is_listed:
        raise RefusedError(Refusal.PEER, "the sender is not listed; if it is your trunk or proxy, add it to peers")


def uri_fault(uri: str) -> tuple[int, str] | None:
    """The status and reason that refuse a request's URI; `None` if calls can be asked for with it."""
    if len(uri) > URI_CHARACTERS:
        return 414, "Request-URI Too Long"
    if _URI.fullmatch(uri):
        return None
    return (416, "Unsupported URI Scheme") if _SCHEME.fullmatch(uri) else (400, "Bad Request-URI")


def call_of(request: Request, switchboard: Switchboard) -> InboundCall:
    """Describe the call an INVITE is about.

    Raises:
        RefusedError: MALFORMED if it names no number.
    """
    claims = Claims(
        sender=_text(request.first("from")),
        asserted=_text(request.first("p-asserted-identity")),
        privacy=_text(";".join(request.every("privacy"))),
        attested=_text(request.first("p-attestation-indicator") or request.first("attestation-info")),
        identity=request.first("identity"),
    )
    return read_call(switchboard, request.first("call-id"), _text(request.uri), claims)


def _text(raw: str) -> str:
    return raw if raw.isascii() else raw.encode("latin-1").decode("utf-8", "replace")
