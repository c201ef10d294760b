"""Places in a configuration, so that every complaint can say where, and the checks that many settings share."""

import re
from typing import ClassVar
from urllib.parse import urlsplit

from warmcall.errors import WarmcallError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class SettingsError(WarmcallError):
    """A configuration that cannot be used.

    Args:
        name: The file.
        place: Path of the setting, such as `site[0].group[1].lifetime_s`; empty for the file as a whole.
        why: What is expected there.
    """

    code: ClassVar[str] = "settings_invalid"

    def __init__(self, name: str, place: str, why: str) -> None:
        super().__init__(": ".join(filter(None, (name, place, why))), {"file": name, "setting": place})


class Place:
    """A spot in a configuration.

    Args:
        name: What the configuration is called, usually a file's path.
        path: Such as `site[0].group[1]`; empty for all of it.
    """

    def __init__(self, name: str, path: str = "") -> None:
        self._name = name
        self._path = path

    def __getitem__(self, index: int) -> "Place":
        return Place(self._name, f"{self._path}[{index}]")

    def at(self, key: str) -> "Place":
        """A member of the table here."""
        return Place(self._name, f"{self._path}.{key}" if self._path else key)

    def error(self, why: str) -> SettingsError:
        """A complaint about what is here."""
        return SettingsError(self._name, self._path, why)

    def check(self, passes: bool, why: str) -> None:
        """Complain unless something holds."""
        if not passes:
            raise self.error(why)

    def matching(self, pattern: re.Pattern[str], value: str, what: str) -> str:
        """Let a text pass that fits a pattern as a whole."""
        self.check(pattern.fullmatch(value) is not None, f'expected {what}, got "{value}"')
        return value

    def between(self, value: int, low: int, high: int) -> int:
        """Let an integer pass that is within bounds."""
        self.check(low <= value <= high, f"expected an integer from {low} to {high}, got {value}")
        return value

    def each(self, values: tuple[str, ...], pattern: re.Pattern[str], what: str) -> tuple[str, ...]:
        """Let different texts pass that all fit a pattern."""
        for index, value in enumerate(values):
            self[index].matching(pattern, value, what)
        self.check(len(set(values)) == len(values), "names the same thing twice")
        return values


def one_of(allowed: tuple[str, ...], got: str) -> str:
    """What to complain with about a name that is not among some."""
    return f'expected one of {", ".join(allowed)}, got "{got}"'


def is_address(text: str) -> bool:
    """Whether a text is an http or https address without query, fragment, user and final slash."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or port == 0 or text.endswith("/")) and text.isascii()
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)
