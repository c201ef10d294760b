"""Fixtures of all integration tests."""

from tests.postgres import database, empty_database, open_store, postgres

__all__ = ["database", "empty_database", "open_store", "postgres"]
