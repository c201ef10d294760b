"""Fixtures of the tests that need a real page, and which engines they run in."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import HostPage, chromium
from tests.browser.firefox import firefox

ENGINES = {"chromium": chromium, "firefox": firefox}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "chromium_only(reason): needs what only Chromium's driver or engine has")
    config.addinivalue_line("markers", "once(reason): where every engine is wanted, in Chromium alone to save time")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "browser" not in metafunc.fixturenames:
        return
    wanted = metafunc.config.getoption("--browser")
    engines = [name for name in ENGINES if wanted in (name, "all")]
    metafunc.parametrize("engine", engines, scope="module")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    markers = ["chromium_only", *(["once"] if config.getoption("--browser") == "all" else [])]
    left_out = [item for item in items if _engine(item) == "firefox" and any(map(item.get_closest_marker, markers))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _engine(item: pytest.Item) -> object:
    return item.callspec.params.get("engine") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ""


@pytest.fixture(scope="module")
def browser(engine: str) -> Iterator[Browser]:
    with ENGINES[engine]() as running:
        yield running


@pytest.fixture
def host(browser: Browser) -> Iterator[HostPage]:
    """Yield an empty host page; the test fails if errors are left on it."""
    context = browser.new_context()
    host = HostPage(context.new_page())
    yield host
    context.close()
    assert host.errors == []
