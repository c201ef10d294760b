"""docs/page-api.md names whatever the page script's sources have; tests/browser compares it with what runs."""

import re

from tests.browser.page_api import SOURCES, listed, plugins, sources, text

_REJECTIONS = re.compile(r'[rR]eject\(\s*(?:"([^"]+)"|`([^`]+)`)')
_CLASSES = re.compile(r"\bcx-[a-z]+(?:-[a-zA-Z]+)*\b(?!-?\$)")
_OPTION_TABLES = re.compile(r"optionTypes\(\{(.*?)\n\}\)", re.DOTALL)


def missing(names: set[str]) -> list[str]:
    page = text()
    return sorted(name for name in names if f"`{name}`" not in page)


def test_the_page_names_every_rejection() -> None:
    found = {plain or re.sub(r"\$\{(\w+)\}", r"<\1>", filled) for plain, filled in _REJECTIONS.findall(sources())}
    assert found
    assert missing(found) == []


def test_the_page_names_every_class() -> None:
    found = set(_CLASSES.findall(sources()))
    assert found
    assert missing(found) == []


def test_the_page_names_every_option() -> None:
    tables = _OPTION_TABLES.findall(sources())
    found = {name for table in tables for names in re.findall(r':\s+"(.*?)"', table) for name in names.split()}
    assert {"lang", "apikey", "site"} <= found
    assert missing(found) == []


def test_the_types_have_every_name_of_the_page() -> None:
    types = (SOURCES / "warmcall.d.ts").read_text()
    namespaces = {"App": "main", "ClickToCall": "clicktocall"}
    assert {"ClickToCallService", "Overlay", "Remote"} <= set(plugins())
    for plugin in plugins():
        namespace = namespaces.get(plugin)
        names = {f'"{plugin}.{name}":' for kind in ("command", "event") for name in listed(plugin, kind)}
        if namespace:
            names |= {f"{name}?:" for name in listed(plugin, f"option of `{namespace}`")}
        unknown = {name for name in names if name not in types}
        assert unknown <= {'"App.configure":'}, plugin
