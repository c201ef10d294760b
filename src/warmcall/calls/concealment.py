"""Configurations without their secrets, for eyes and logs, and such a configuration with its secrets again."""

from collections.abc import Callable
from typing import Any

from warmcall.calls.errors import InvalidFieldError
from warmcall.calls.model import Json
from warmcall.references import KEPT, shown

_SECRET = ("secret", "secrets")
_Change = Callable[[str, str, str], str]
"""What stands for a secret: of the secret, its place, and the address that it is sent to."""


def concealed(document: Json) -> Json:
    """A document with `kept:…` in the place of every secret. References to secrets are none, and stay."""
    told: Json = _with_secrets(document, lambda secret, place, sent_to: shown(secret))
    return told


def revealed(document: Json, kept: Json) -> Json:
    """A document with the secrets of another one in the place of `kept:…`: what was shown can be applied again.

    A secret that is sent to an address is kept for that address alone: whoever may apply, and not see, secrets could
    otherwise have it sent elsewhere.

    Raises:
        InvalidFieldError: if the other one has no such secret for that address.
    """
    known = {(shown(secret), sent_to): secret for secret, sent_to in _secrets(kept)}

    def reveal(secret: str, place: str, sent_to: str) -> str:
        if secret.startswith(KEPT) and (secret, sent_to) not in known:
            to = f" for {sent_to}" if sent_to else ""
            raise InvalidFieldError(place, f"no secret like {secret} is kept{to}. Give the secret.")
        return known.get((secret, sent_to), secret)

    told: Json = _with_secrets(document, reveal)
    return told


def _secrets(document: Json) -> list[tuple[str, str]]:
    """Each secret, and the address that it is sent to; of most it is none."""
    found: list[tuple[str, str]] = []

    def note(secret: str, place: str, sent_to: str) -> str:
        found.append((secret, sent_to))
        return secret

    _with_secrets(document, note)
    return found


def _with_secrets(value: Any, change: _Change, place: str = "", secret: bool = False, sent_to: str = "") -> Any:
    if isinstance(value, dict):
        to = str(value.get("verify_url") or "")
        return {
            name: _with_secrets(below, change, f"{place}.{name}" if place else name, name in _SECRET, to)
            for name, below in value.items()
        }
    if isinstance(value, list):
        return [_with_secrets(below, change, f"{place}[{index}]", secret, sent_to) for index, below in enumerate(value)]
    return change(value, place, sent_to) if secret and isinstance(value, str) else value
