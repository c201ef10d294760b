"""Fixtures of the tests that need a real page, and which engines they run in."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import HostPage, chromium
from tests.browser.firefox import firefox

ENGINES = {"chromium": chromium, "firefox": firefox}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "chromium_only(reason): needs what only Chromium's driver or engine has")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "browser" not in metafunc.fixturenames:
        return
    wanted = metafunc.config.getoption("--browser")
    engines = [name for name in ENGINES if wanted in (name, "all")]
    metafunc.parametrize("engine", engines, scope="module")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    only_chromium = [item for item in items if item.get_closest_marker("chromium_only") and _engine(item) == "firefox"]
    config.hook.pytest_deselected(items=only_chromium)
    items[:] = [item for item in items if item not in only_chromium]


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
