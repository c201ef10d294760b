"""Named queries: an adapter keeps its SQL in a file `queries.sql` beside its code."""

import re
from importlib import resources
from types import SimpleNamespace

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_COMMENT = re.compile(r"^--.*$\n?", re.MULTILINE)


def parse(text: str) -> dict[str, str]:
    """Split a file of queries at its `-- name:` lines.

    Returns:
        The queries by name, without comments and without the final semicolon.
    """
    _, *parts = _NAME.split(text)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {name: _COMMENT.sub("", sql).strip().rstrip(";") for name, sql in pairs}


def load(package: str) -> SimpleNamespace:
    """The queries of a package's `queries.sql`, each an attribute."""
    return SimpleNamespace(**parse(resources.files(package).joinpath("queries.sql").read_text("utf-8")))
