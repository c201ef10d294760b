"""Configurations without their secrets, for eyes and logs, and such a configuration with its secrets again."""

from collections.abc import Callable
from typing import Any

from warmcall.calls.errors import InvalidFieldError
from warmcall.calls.model import Json
from warmcall.references import KEPT, shown

_SECRET = ("secret", "secrets")


def concealed(document: Json) -> Json:
    """A document with `kept:…` in the place of every secret. References to secrets are none, and stay."""
    told: Json = _with_secrets(document, lambda secret, place: shown(secret))
    return told


def revealed(document: Json, kept: Json) -> Json:
    """A document with the secrets of another one in the place of `kept:…`: what was shown can be applied again.

    Raises:
        InvalidFieldError: if the other one has no such secret.
    """
    known = {shown(secret): secret for secret in _secrets(kept)}

    def reveal(secret: str, place: str) -> str:
        if secret.startswith(KEPT) and secret not in known:
            raise InvalidFieldError(place, f"no secret like {secret} is kept any more. Give the secret.")
        return known.get(secret, secret)

    told: Json = _with_secrets(document, reveal)
    return told


def _secrets(document: Json) -> list[str]:
    found: list[str] = []

    def note(secret: str, place: str) -> str:
        found.append(secret)
        return secret

    _with_secrets(document, note)
    return found


def _with_secrets(value: Any, change: Callable[[str, str], str], place: str = "", secret: bool = False) -> Any:
    if isinstance(value, dict):
        return {
            name: _with_secrets(below, change, f"{place}.{name}" if place else name, name in _SECRET)
            for name, below in value.items()
        }
    if isinstance(value, list):
        return [_with_secrets(below, change, f"{place}[{index}]", secret) for index, below in enumerate(value)]
    return change(value, place) if secret and isinstance(value, str) else value
