"""Phone numbers as phone systems write them: SIP and tel URIs, missing plus signs, withheld callers."""

import re
from urllib.parse import unquote

import msgspec

# Names that networks put where the caller's number would be (RFC 3323, section 4.1, and providers' habits);
# +266696687 is ANONYMOUS on a keypad.
_WITHHELD = frozenset(
    {"", "anonymous", "restricted", "unknown", "unavailable", "private", "withheld", "266696687", "+266696687"}
)
# RFC 3323, section 4.2, and RFC 3325, section 9.3: any of these asks that the number is not shown.
_PRIVACY = frozenset({"id", "user", "header"})
_SEPARATORS = re.compile(r"[\s().\-]+")
_URI = re.compile(r"(?:sips?|tel):([^@;?>\s]*)", re.IGNORECASE)
_ATTESTATION = re.compile(r"(?:(?:TN-Validation-)?Passed-)?([ABC])(?:-Passthrough)?", re.IGNORECASE)
_PHONE_CONTEXT = re.compile(r";phone-context=(\+\d+)", re.IGNORECASE)


class Caller(msgspec.Struct, frozen=True):
    """Who calls, as far as the network says.

    Attributes:
        number: The number, in E.164 if it was written with its country; `None` if there is none.
        withheld: The caller asked not to be known, or the network does not know.
    """

    number: str | None
    withheld: bool


def read_caller(address: str | None, privacy: str = "") -> Caller:
    """Read the caller's number.

    Args:
        address: A number, a URI, or a SIP header value such as `"Ada" <sip:+12025550123@example.com>;tag=1`.
        privacy: The value of a SIP `Privacy` header.

    >>> read_caller("sip:+12025550123@example.com").number
    '+12025550123'
    >>> read_caller('"Anonymous" <sip:anonymous@anonymous.invalid>').withheld
    True
    """
    asked = {part.strip().lower() for part in re.split("[;,]", privacy)}
    number = _number(address or "")
    if asked & _PRIVACY or number.lower() in _WITHHELD:
        return Caller(None, True)
    return Caller(number, False)


def read_dialled(address: str) -> str:
    """Read the number that was called; digits without a plus sign are taken to start with a country code.

    >>> read_dialled("<sip:12025550100@127.0.0.1:5066;transport=udp>")
    '+12025550100'
    """
    number = _number(address)
    return f"+{number}" if number.isascii() and number.isdigit() and not number.startswith("0") else number


def read_attestation(text: str | None) -> str | None:
    """Read how far the network vouches for the caller's number.

    Args:
        text: A, B or C, or what providers make of it, such as `TN-Validation-Passed-A`.

    Returns:
        A, B or C (RFC 8588), or `None`: nobody vouches for it. A check that failed is no attestation.

    >>> read_attestation("TN-Validation-Passed-B")
    'B'
    >>> read_attestation("TN-Validation-Failed-A") is None
    True
    """
    found = _ATTESTATION.fullmatch(text.strip()) if text else None
    return found[1].upper() if found else None


def read_name(text: str | None) -> str | None:
    """Read the caller's name: one printable line of at most 80 characters, or `None` if there is none.

    >>> read_name('  "Ada Lovelace" ')
    'Ada Lovelace'
    """
    line = "".join(letter if letter.isprintable() else " " for letter in (text or "")[:400])
    name = " ".join(line.split()).strip('" ')[:80].strip()
    return None if name.lower() in _WITHHELD else name


def _number(address: str) -> str:
    uri = _URI.search(address)
    user = unquote(uri.group(1) if uri else address.partition(";")[0])
    number = _SEPARATORS.sub("", user)
    context = _PHONE_CONTEXT.search(address)
    return context.group(1) + number if context and number.isdigit() else number
