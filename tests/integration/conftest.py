"""Fixtures of all integration tests."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest

from tests.postgres import database, empty_database, open_store, postgres
from warmcall import logs

__all__ = ["database", "empty_database", "open_store", "postgres"]


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What the log would write, at its most talkative."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = StringIO()
    logs.configure("debug", as_json=True, stream=stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
