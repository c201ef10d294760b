"""Access codes: what a caller keys in so that the call finds its request."""

import os

from warmcall.calls.model import AccessCode

_RUNS = ("0123456789", "9876543210", *(digit * 8 for digit in "0123456789"))
_WEAK = frozenset(run[start : start + digits] for run in _RUNS for digits in range(4, 9) for start in range(len(run)))


def draw_code(digits: int) -> AccessCode:
    """Draw an unpredictable code that nobody would guess first: never all digits equal, never a sequence.

    Args:
        digits: Length, 4 to 8.
    """
    while True:
        # Of 64 random bits the remainder is even to one part in a hundred billion, and costs a third of `secrets`.
        code = f"{int.from_bytes(os.urandom(8)) % 10**digits:0{digits}d}"
        if not is_weak(code):
            return AccessCode(code)


def is_weak(code: str) -> bool:
    """Whether all digits are equal, or count up or down by one.

    >>> is_weak("4444"), is_weak("3456"), is_weak("9876"), is_weak("3457")
    (True, True, True, False)
    """
    return code in _WEAK
