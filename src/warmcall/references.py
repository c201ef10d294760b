"""Secrets by reference: `env:NAME` stands for an environment variable, `file:PATH` for what a file holds."""

import os
from hashlib import sha256
from pathlib import Path

_ENVIRONMENT, _FILE = "env:", "file:"
_MOST_BYTES = 4096

KEPT = "kept:"
"""How a secret begins that is shown instead of one that a store keeps."""


class UnresolvedError(ValueError):
    """What is referred to is not there."""


def is_reference(text: str) -> bool:
    """Whether a text stands for something that is elsewhere."""
    return text.startswith((_ENVIRONMENT, _FILE))


def variable_of(text: str) -> str | None:
    """The environment variable that a text stands for, if it does."""
    return text.removeprefix(_ENVIRONMENT) if text.startswith(_ENVIRONMENT) else None


def look_up(text: str) -> str:
    """What a text stands for; itself, if it is no reference.

    Raises:
        UnresolvedError: if there is no such variable or file; the message says which.
    """
    if text.startswith(_ENVIRONMENT):
        return _from_environment(text.removeprefix(_ENVIRONMENT))
    if text.startswith(_FILE):
        return _from_file(Path(text.removeprefix(_FILE)))
    if text.startswith(KEPT):
        raise UnresolvedError(f"{text} stands for a secret that a store keeps; `warmcall export --secrets` prints it")
    return text


def shown(text: str) -> str:
    """What is shown instead of a secret: a reference as it is; else `kept:` and enough to tell it from another one."""
    if is_reference(text) or text.startswith(KEPT):
        return text
    return f"{KEPT}{sha256(text.encode()).hexdigest()[:8]}"


def _from_environment(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise UnresolvedError(f"the environment variable {variable} is not set")
    return value


def _from_file(path: Path) -> str:
    if not path.is_absolute():
        raise UnresolvedError(f'expected a file with its whole path, such as "file:/run/secrets/crm", got "{path}"')
    try:
        # Opening a pipe would keep the whole server waiting for whoever writes to it.
        if path.exists() and not path.is_file():
            raise UnresolvedError(f"{path} is no file")
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1).decode().strip()
    except UnresolvedError:
        raise
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "it is no text"
        raise UnresolvedError(f"{path} cannot be read: {why}") from error
    # Whatever else a server can read must not become a secret that is sent somewhere.
    if not text or not text.isprintable() or len(text) > _MOST_BYTES:
        raise UnresolvedError(f"{path} does not hold a secret: expected one line")
    return text
