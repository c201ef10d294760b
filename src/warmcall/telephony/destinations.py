"""Where a call goes, read from the one line a group's `destination` is."""

import re
from enum import StrEnum

import msgspec

from warmcall.errors import WarmcallError

_SIP = re.compile(r"sips?:[A-Za-z0-9\-_.!~*'()%&=+$,;?/:\[\]@]{1,250}")
_NUMBER = re.compile(r"\+[1-9][0-9]{5,14}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+*#-]{0,63}")


class Kind(StrEnum):
    """What a destination names."""

    SIP = "sip"
    NUMBER = "number"
    QUEUE = "queue"
    EXTENSION = "extension"


class DestinationError(WarmcallError):
    """A destination that no phone system could be told."""

    code = "destination_invalid"


class Destination(msgspec.Struct, frozen=True):
    """Where a call goes.

    Attributes:
        kind: What `value` is.
        value: A SIP URI (`sip:sales@pbx.example.com`), a number (`+12025550199`), or a queue's or extension's name.
    """

    kind: Kind
    value: str


def read_destination(text: str) -> Destination:
    """Read a destination.

    Args:
        text: `sip:…` or `sips:…`; `+…` or `tel:+…`; `queue:NAME`; anything else is an extension of the owner's PBX.

    Raises:
        DestinationError: if it could break out of a URI, a dialplan line or a document.

    >>> read_destination("queue:sales")
    Destination(kind=<Kind.QUEUE: 'queue'>, value='sales')
    >>> read_destination("tel:+12025550199").value
    '+12025550199'
    """
    scheme, _, rest = text.partition(":")
    scheme = scheme.lower()
    if scheme in ("sip", "sips"):
        return _checked(Kind.SIP, f"{scheme}:{rest}", _SIP)
    if scheme == "tel" or text.startswith("+"):
        return _checked(Kind.NUMBER, rest or text, _NUMBER)
    if scheme == "queue":
        return _checked(Kind.QUEUE, rest, _NAME)
    return _checked(Kind.EXTENSION, text, _NAME)


def _checked(kind: Kind, value: str, allowed: re.Pattern[str]) -> Destination:
    if allowed.fullmatch(value) is None:
        raise DestinationError(
            f"{value!r} is no {kind.value} a phone system can be told; expected such as sip:sales@pbx.example.com, "
            "+12025550199, queue:sales, or an extension of letters, digits, dots and dashes."
        )
    return Destination(kind, value)
