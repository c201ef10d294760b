"""The embedded store: one SQLite file, one writer, group commit."""

from warmcall.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
