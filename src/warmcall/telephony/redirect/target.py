"""The SIP URI a call is sent to, and how the token travels in it.

Of what a redirect can say about a call, only the target URI itself reaches the other end in practice: headers written
into a Contact are lost by most that follow it. So the token stands in the user part, where every dialplan sees it, and
in a parameter, where it does no harm.
"""

import re

from warmcall.telephony.destinations import Destination, DestinationError, Kind
from warmcall.telephony.headers import check_token

MARK = "~"
"""Between the user part and the token: legal there (RFC 3261, section 25.1), and rare enough to split at."""

PARAMETER = "ctc"

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)(?::[0-9]{1,5})?")


def read_host(text: str) -> str:
    """Read a host, or a host and port.

    Raises:
        DestinationError: if it is neither.

    >>> read_host("pbx1:5070")
    'pbx1:5070'
    """
    if _HOST.fullmatch(text) is None:
        raise DestinationError(f"{text!r} is no host; expected such as pbx.example.com or 10.0.0.5:5070.")
    return text


def uri_of(destination: Destination, pbx: str | None) -> str:
    """The SIP URI of a destination.

    Args:
        destination: Where the call goes.
        pbx: The host on which queues, extensions and numbers are dialled.

    Raises:
        DestinationError: if the destination needs a host and there is none.

    >>> uri_of(Destination(Kind.QUEUE, "sales"), "pbx.example.com")
    'sip:sales@pbx.example.com'
    """
    if destination.kind is Kind.SIP:
        return destination.value
    if pbx is None:
        raise DestinationError(f"{destination.value!r} is no SIP URI; set pbx to the host on which it is dialled.")
    # A hash would start a fragment to whoever reads the URI as one; in a user part it is escaped (RFC 3261, 25.1).
    return f"sip:{destination.value.replace('#', '%23')}@{pbx}"


def with_token(uri: str, token: str | None) -> str:
    """Let a token travel in a SIP URI, as suffix of the user part and as parameter.

    A phone number gets the parameter only: a suffix would make it a number nobody has.

    >>> with_token("sip:sales@pbx.example.com;transport=tcp", "AAAABBBB")
    'sip:sales~AAAABBBB@pbx.example.com;transport=tcp;ctc=AAAABBBB'
    >>> with_token("sip:+12025550199@trunk.example.com", "AAAABBBB")
    'sip:+12025550199@trunk.example.com;ctc=AAAABBBB'
    """
    if token is None:
        return uri
    check_token(token)
    address, question, headers = uri.partition("?")
    scheme, _, rest = address.partition(":")
    user, at, host = rest.rpartition("@")
    return f"{scheme}:{_marked(user, token)}{at}{host};{PARAMETER}={token}{question}{headers}"


def _marked(user: str, token: str) -> str:
    # What follows a colon is a password, what follows a semicolon belongs to the number.
    name = re.split("[:;]", user, maxsplit=1)[0]
    if not name or name.startswith("+"):
        return user
    return f"{name}{MARK}{token}{user[len(name) :]}"
