"""The lock that lets one server process at a time use a data directory."""

import fcntl
import os
from pathlib import Path

from warmcall.store.sqlite.errors import DataDirectoryInUseError


class DataDirectoryLock:
    """An advisory lock on a file of the data directory; the system drops it when the process ends, however it ends.

    Raises:
        DataDirectoryInUseError: if another process, or another store of this one, holds it.
    """

    def __init__(self, data_dir: Path) -> None:
        self._file = os.open(data_dir / "warmcall.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._file, 20).decode("ascii", "replace").strip()
            os.close(self._file)
            raise DataDirectoryInUseError(data_dir, f" (process {holder})" if holder else "") from None
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let another process have the directory."""
        os.close(self._file)
