"""Options of the whole suite."""

import pytest
from hypothesis import settings

# On a busy machine any example may take long once; what hangs is ended by the timeout every test has.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--browser",
        choices=("all", "chromium", "firefox"),
        default="all",
        help="the engine for tests of the page; all: Chromium, and Firefox too where the engine can matter",
    )
