"""docs/page-api.md names whatever the page script's sources have; tests/browser compares it with what runs."""

import re

from tests.browser.page_api import sources, text

_REJECTIONS = re.compile(r'[rR]eject\(\s*(?:"([^"]+)"|`([^`]+)`)')
_CLASSES = re.compile(r"\bcx-[a-z]+(?:-[a-z]+)*\b(?!-?\$)")
_OF_ONE_TYPE = re.compile(r"SAME_TYPE = \{(.*?)\n?\}", re.DOTALL)
_OPTION_TABLES = re.compile(r"OptionTypes = \{(.*?)\n?\}", re.DOTALL)


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
    found = {name for table in tables for name in re.findall(r"(\w+): ", table)}
    for table in _OF_ONE_TYPE.findall(sources()):
        found |= {name for names in re.findall(r'"(.*?)"', table) for name in names.split()}
    assert {"lang", "apikey", "site"} <= found
    assert missing(found) == []
