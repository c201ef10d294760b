"""Fixtures of the tests that need a real page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import HostPage, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def host(browser: Browser) -> Iterator[HostPage]:
    """Yield an empty host page; the test fails if errors are left on it."""
    context = browser.new_context()
    host = HostPage(context.new_page())
    yield host
    context.close()
    assert host.errors == []
