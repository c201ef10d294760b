"""Options of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--browser",
        choices=("all", "chromium", "firefox"),
        default="all",
        help="the engine for tests of the page; all: Chromium, and Firefox too where the engine can matter",
    )
