"""Dependencies point one way: bus ← calls ← {store, client, telephony, challenge, web, webhooks} ← everything else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import warmcall

ROOT = Path(warmcall.__file__).parent
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "validation": set(),
    "references": set(),
    "bus": {"errors"},
    "calls": {"errors", "validation", "references", "bus"},
    "store": {"errors", "validation", "references", "bus", "calls"},
    "client": {"errors", "validation", "references", "bus", "calls"},
    "telephony": {"errors", "validation", "references", "bus", "calls"},
    "challenge": {"errors", "validation", "references", "bus", "calls"},
    "web": {"errors", "validation", "references", "bus", "calls"},
    "webhooks": {"errors", "validation", "references", "bus", "calls"},
}
FRAMEWORKS = {"starlette", "uvicorn", "httpx", "sqlite3", "asyncpg", "jinja2", "click", "baresip"}
FRAMEWORK_FREE = {"errors", "validation", "references", "bus", "calls"}


def imports_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports name the module that owns the thing, not a relative one"
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def modules(part: str) -> list[Path]:
    return [ROOT / f"{part}.py"] if (ROOT / f"{part}.py").exists() else sorted((ROOT / part).rglob("*.py"))


@pytest.mark.parametrize("part", ALLOWED)
def test_a_part_imports_only_what_stands_before_it(part: str) -> None:
    for file in modules(part):
        for name in imports_of(file):
            if name.startswith("warmcall."):
                owner = name.split(".")[1]
                assert owner == part or owner in ALLOWED[part], f"{file.relative_to(ROOT)} may not import {name}"


@pytest.mark.parametrize("part", sorted(FRAMEWORK_FREE))
def test_bus_and_domain_know_no_framework(part: str) -> None:
    for file in modules(part):
        found = {name.split(".")[0] for name in imports_of(file)} & FRAMEWORKS
        assert not found, f"{file.relative_to(ROOT)} may not import {found}"


def test_no_module_is_named_after_nothing_in_particular() -> None:
    vague = {"utils", "util", "helpers", "common", "manager", "misc", "tools"}
    assert not [file for file in ROOT.rglob("*.py") if file.stem in vague]
