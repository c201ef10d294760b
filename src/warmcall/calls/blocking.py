"""Caller numbers that a group does not serve: patterns with wildcards, or regular expressions."""

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

from warmcall.calls.model import E164

_SIMPLE = re.compile(r"\+[0-9*?]{1,32}")
_LONGEST = 200
_MEMORY_BYTES = 256 * 1024


class BlockedPatternError(ValueError):
    """A pattern that cannot be used; the message says what is expected."""


class _Pattern(Protocol):
    def fullmatch(self, text: str) -> Any: ...


def is_blocked(number: E164, patterns: Sequence[str]) -> bool:
    """Whether a number fits one of the patterns."""
    return any(compiled(pattern).fullmatch(number) is not None for pattern in patterns)


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> _Pattern:
    r"""Make a pattern ready for use.

    Args:
        pattern: `+1900*`, with `*` for any digits and `?` for one; or a regular expression between slashes, such as
            `/\+44(70|76)[0-9]+/`, which the whole number must fit.

    Raises:
        BlockedPatternError: if it is neither.
    """
    if len(pattern) > _LONGEST:
        raise BlockedPatternError(f"longer than {_LONGEST} characters; use several patterns")
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        return _expression(pattern[1:-1])
    if not _SIMPLE.fullmatch(pattern):
        raise BlockedPatternError(
            f'expected a number in E.164 form with * for any digits and ? for one, such as "+1900*", '
            f'or a regular expression such as "/\\+44(70|76)[0-9]+/", got "{pattern}"'
        )
    # The translation never tries a star twice, so no pattern takes long.
    return re.compile(translate(pattern))


def _expression(text: str) -> _Pattern:
    """Compile an expression with RE2, whose time grows with the length of the number and never with its powers."""
    try:
        re2 = import_module("re2")
    except ImportError as error:
        raise BlockedPatternError(
            "regular expressions need RE2. Install it with: pip install 'warmcall[patterns]', or use * and ?"
        ) from error
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    try:
        found: _Pattern = re2.compile(text, options)
    except re2.error as error:
        raise BlockedPatternError(f"not a regular expression of RE2: {_said(error)}") from error
    return found


def _said(error: Exception) -> str:
    why = error.args[0] if error.args else str(error)
    return why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
