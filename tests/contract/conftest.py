"""The engines of the browser tests, for the scenarios that run in a page."""

from tests.browser.conftest import browser, pytest_generate_tests

__all__ = ["browser", "pytest_generate_tests"]
