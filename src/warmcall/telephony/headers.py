"""What travels with a call as SIP headers: one opaque token, never what it stands for."""

import re

from warmcall.errors import WarmcallError

TOKEN_HEADER = "X-Warmcall-Token"  # noqa: S105 - a header's name
UUI_HEADER = "User-to-User"
NAME_CHARACTERS = 64
VALUE_CHARACTERS = 256
TOTAL_CHARACTERS = 1000
"""All names and values together; some providers cut at 1,024."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_VALUE = re.compile(r"[\x20-\x7e]*")
_UUI = re.compile(r"\s*([0-9A-Fa-f]+)\s*((?:;[^;]*)*)")

Header = tuple[str, str]


class HeaderRefusedError(WarmcallError):
    """A header that must not travel with a call."""

    code = "header_refused"


def context_headers(token: str | None) -> tuple[Header, ...]:
    """The headers of a matched call; none without a token.

    The same token twice: `X-Warmcall-Token` as it is, and `User-to-User` as RFC 7433, section 4 wants it, which more
    equipment lets pass. Hexadecimal, so that nothing in it can end the line.

    Raises:
        HeaderRefusedError: if the token is not one of ours.

    >>> context_headers("AAAABBBB")
    (('X-Warmcall-Token', 'AAAABBBB'), ('User-to-User', '4141414142424242;encoding=hex'))
    """
    if token is None:
        return ()
    return check_headers(((TOKEN_HEADER, check_token(token)), (UUI_HEADER, user_to_user(token))))


def check_token(token: str) -> str:
    """Let a token pass that is safe in a header, a URI and a dialplan.

    Raises:
        HeaderRefusedError: if it is not.
    """
    if _TOKEN.fullmatch(token) is None:
        raise HeaderRefusedError("A token has 8 to 128 of the characters A-Z a-z 0-9 _ -.")
    return token


def user_to_user(token: str) -> str:
    """The value of `User-to-User` (RFC 7433) that carries a token."""
    return f"{check_token(token).encode().hex()};encoding=hex"


def token_of(value: str) -> str | None:
    """The token in a `User-to-User` value; `None` if there is none of ours.

    >>> token_of("4141414142424242;encoding=hex;purpose=x")
    'AAAABBBB'
    """
    found = _UUI.fullmatch(value[:VALUE_CHARACTERS])
    if found is None or len(found[1]) % 2:
        return None
    try:
        token = bytes.fromhex(found[1]).decode("ascii")
    except ValueError:
        return None
    return token if _TOKEN.fullmatch(token) else None


def check_headers(headers: tuple[Header, ...]) -> tuple[Header, ...]:
    """Let headers pass that may travel with a call: `X-` names and `User-to-User`, bounded, printable ASCII.

    Every name that SIP gives a meaning to (RFC 3261, section 20) is refused by that, and CR and LF never pass.

    Raises:
        HeaderRefusedError: naming the rule, never the value.
    """
    total = 0
    for name, value in headers:
        if len(name) > NAME_CHARACTERS or _NAME.fullmatch(name) is None:
            raise HeaderRefusedError("A header's name has at most 64 of the characters A-Z a-z 0-9 -.")
        if not name.lower().startswith("x-") and name.lower() != UUI_HEADER.lower():
            raise HeaderRefusedError(f"{name} is reserved; use a name that starts with X-.")
        if len(value) > VALUE_CHARACTERS or _VALUE.fullmatch(value) is None:
            raise HeaderRefusedError(f"{name}: a value is printable ASCII of at most {VALUE_CHARACTERS} characters.")
        total += len(name) + len(value) + 4
    if total > TOTAL_CHARACTERS:
        raise HeaderRefusedError(f"All headers together may have {TOTAL_CHARACTERS} characters, not {total}.")
    return headers
