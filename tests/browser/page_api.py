"""What docs/page-api.md promises, read from its tables."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "widget"
_QUOTED = re.compile(r"`([^`]+)`")


def text() -> str:
    """The page as it is written, and the one of the other plugins."""
    return "\n".join((ROOT / "docs" / name).read_text() for name in ("page-api.md", "siblings.md"))


def plugins() -> list[str]:
    """The plugins that have a chapter."""
    return [name for name in re.findall(r"^## (\w+)$", text(), re.MULTILINE) if listed(name, "command")]


def listed(plugin: str, kind: str) -> set[str]:
    """The first cells of a chapter's table of this kind: `command`, `event`, or `option of …`."""
    chapter = re.search(rf"^## {plugin}$(.*?)(?=^## |\Z)", text(), re.MULTILINE | re.DOTALL)
    table = re.search(rf"^\| {kind} \|.*\n\|[-|]+\|\n((?:\|.*\n)*)", chapter[1] if chapter else "", re.MULTILINE)
    return {name for row in (table[1] if table else "").splitlines() for name in _QUOTED.findall(row.split("|")[1])}


def sources() -> str:
    """All of the page script's sources that ship."""
    shipped = [path for path in SOURCES.rglob("*.ts") if not {"testing", "node_modules"} & set(path.parts)]
    return "\n".join(path.read_text() for path in sorted(shipped))
