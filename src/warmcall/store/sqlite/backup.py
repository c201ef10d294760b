"""Backup of the embedded database while it is used, and putting one back."""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from warmcall.errors import WarmcallError
from warmcall.store.sqlite import schema
from warmcall.store.sqlite.lock import DataDirectoryLock

NAME = "warmcall.sqlite3"
_BESIDE = ("-wal", "-shm")


class BackupError(WarmcallError):
    """A backup that cannot be made or put back."""

    code = "backup_failed"


def back_up(data_dir: Path, target: Path) -> int:
    """Copy the database as it is at this moment, also while a server writes to it: nobody waits for it.

    Args:
        data_dir: Where the database is.
        target: The file to make; nobody else may read it. One that is there is replaced once the copy is complete.

    Returns:
        Its size in bytes.

    Raises:
        BackupError: if there is no database, or it cannot be read or the copy not be written.
    """
    source = data_dir / NAME
    if not source.exists():
        raise BackupError(f"{data_dir} has no database. Name the server's --data directory.")
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy(source, part)
        _check(part)
        _sync(part)
        part.replace(target)
        _sync(target.absolute().parent)
        return target.stat().st_size
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise BackupError(f"The backup was not made: {error}.") from error


def restore(backup: Path, data_dir: Path, *, replace: bool = False) -> Path | None:
    """Put a backup in the place of the database, while no server uses the directory.

    Args:
        backup: What `back_up` made.
        data_dir: Made if missing.
        replace: Whether a database that is there may be put aside.

    Returns:
        Where the database that was there is now; `None` if there was none.

    Raises:
        BackupError: if the file is no whole backup, or there is a database and `replace` is false.
        DataDirectoryInUseError: if a server uses the directory.
        SchemaNewerError: if a later version made the backup.
    """
    if not backup.is_file():
        raise BackupError(f"{backup} is no file.")
    try:
        _check(backup)
        with closing(_open(backup)) as connection:
            schema.pending(connection, backup)
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = DataDirectoryLock(data_dir)
        try:
            return _put(backup, data_dir, replace)
        finally:
            lock.release()
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"Nothing was restored: {error}.") from error


def _put(backup: Path, data_dir: Path, replace: bool) -> Path | None:
    place = data_dir / NAME
    aside = None
    if place.exists():
        if not replace:
            raise BackupError(f"{data_dir} has a database already. Say --replace to put it aside.")
        aside = data_dir / f"{NAME}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        # What is in its log would be lost with the log.
        with closing(sqlite3.connect(place)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    part = data_dir / f"{NAME}.part"
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    _copy(backup, part)
    _sync(part)
    if aside is not None:
        os.link(place, aside)
    for suffix in _BESIDE:
        Path(f"{place}{suffix}").unlink(missing_ok=True)
    part.replace(place)
    _sync(data_dir)
    return aside


def _copy(source: Path, target: Path) -> None:
    """In one step: SQLite would begin anew whenever another process writes between two."""
    with closing(_open(source)) as read, closing(sqlite3.connect(target)) as write:
        read.backup(write, pages=-1)
        # The copy is to be one file, not one with a log beside it.
        write.execute("PRAGMA journal_mode=DELETE")


def _check(file: Path) -> None:
    with closing(_open(file)) as connection:
        try:
            problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'migration'").fetchone()
        except sqlite3.DatabaseError as error:
            raise BackupError(f"{file} is no database of Warmcall: {error}.") from error
    if problem != "ok":
        raise BackupError(f"{file} is damaged: {problem}.")
    if known is None:
        raise BackupError(f"{file} is no database of Warmcall.")


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=10)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
