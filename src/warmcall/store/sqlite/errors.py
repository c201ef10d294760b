"""Why a data directory cannot be opened (see also `warmcall.store.migrations`).

WarmcallError
├── DataDirectoryInUseError   data_directory_in_use: another server process has it
└── SqliteTooOldError         sqlite_too_old: Python was built with an SQLite that lacks what the store uses
"""

from pathlib import Path

from warmcall.errors import WarmcallError


class DataDirectoryInUseError(WarmcallError):
    """The embedded store serves one server process at a time."""

    code = "data_directory_in_use"

    def __init__(self, data_dir: Path, holder: str) -> None:
        super().__init__(
            f"Another Warmcall server{holder} uses {data_dir}. Stop it first, or give this one a --data of its own; "
            "several processes on the same data need PostgreSQL.",
            {"dataDirectory": str(data_dir)},
        )


class SqliteTooOldError(WarmcallError):
    """The SQLite library of this Python is too old."""

    code = "sqlite_too_old"

    def __init__(self, version: str, needed: str) -> None:
        super().__init__(
            f"This Python has SQLite {version}; Warmcall needs {needed} or later. Use a Python from python.org, uv or "
            "a container image, or keep the data in PostgreSQL.",
            {"version": version, "needed": needed},
        )
