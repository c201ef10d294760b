"""Access codes: what a caller keys in so that the call finds its request."""

import re

import msgspec

from warmcall.calls.chance import random_bytes
from warmcall.calls.model import AccessCode

_RUNS = ("0123456789", "9876543210", *(digit * 8 for digit in "0123456789"))
_WEAK = frozenset(run[start : start + digits] for run in _RUNS for digits in range(4, 9) for start in range(len(run)))
_PREFIX = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")
DRAWN_DIGITS = 3
"""How many digits of a code are left to chance at least, whatever its prefix."""


class CodePrefix(msgspec.Struct, frozen=True):
    """What the codes of one server begin with, so that servers that know nothing of each other never give out the same.

    Attributes:
        low: The least number a code begins with.
        count: How many there are from there on.
        digits: Their length.
    """

    low: int
    count: int
    digits: int


def draw_code(digits: int, prefix: CodePrefix | None = None) -> AccessCode:
    """Draw an unpredictable code that nobody would guess first: never all digits equal, never a sequence.

    Args:
        digits: Length, 4 to 8.
        prefix: What it begins with; at most `digits - DRAWN_DIGITS` long.
    """
    if prefix is None:
        first, count = 0, 10**digits
    else:
        rest: int = 10 ** (digits - prefix.digits)
        first, count = prefix.low * rest, prefix.count * rest
    while True:
        # Of 64 random bits the remainder is even to one part in a hundred billion, and costs a third of `secrets`.
        code = str(first + int.from_bytes(random_bytes(8)) % count).zfill(digits)
        if not is_weak(code):
            return AccessCode(code)


def is_weak(code: str) -> bool:
    """Whether all digits are equal, or count up or down by one.

    >>> is_weak("4444"), is_weak("3456"), is_weak("9876"), is_weak("3457")
    (True, True, True, False)
    """
    return code in _WEAK


def parse_prefix(text: str) -> CodePrefix:
    """Read a prefix: digits such as `71`, or a range of them such as `7-9`.

    Raises:
        ValueError: if it is neither.
    """
    found = _PREFIX.fullmatch(text)
    low, high = (found[1], found[2] or found[1]) if found and text.isascii() else ("1", "0")
    if len(low) != len(high) or low > high:
        raise ValueError(f'expected digits such as "71", or a range of as many digits such as "7-9", got "{text}"')
    return CodePrefix(int(low), int(high) - int(low) + 1, len(low))
