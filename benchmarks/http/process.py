"""A server as a process of its own: started, waited for, its CPU time and memory read, stopped."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache/benchmarks"
PEERS_PYTHON = ROOT / ".cache/bench-venv/bin/python"

# A store with a million live requests takes a while to open.
_START_S = 120.0
_STOP_S = 20.0


class Server:
    """A running server.

    Attributes:
        url: Its address, without a final slash.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._log = log

    def cpu_s(self) -> float:
        """CPU time of the process and its children so far, in kernel and user mode; threads that ended do not count."""
        return sum(_cpu_s(pid) for pid in _tree(self._process.pid))

    def memory_bytes(self) -> int:
        """Proportional set size of the process and its children."""
        return sum(_memory_bytes(pid) for pid in _tree(self._process.pid))

    def wait_until_it_listens(self) -> None:
        """Return once the port accepts connections.

        Raises:
            RuntimeError: if it does not within two minutes, or the process ends.
        """
        self.wait_until(self._listens)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Return once a condition holds.

        Raises:
            RuntimeError: if it does not within two minutes, or the process ends.
        """
        deadline = time.monotonic() + _START_S
        while not condition():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"the server did not start; its log says:\n{self._log.read_text()}")
            time.sleep(0.002)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End the process and wait for it."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.unlink(missing_ok=True)


def spawn(command: Sequence[str | Path], port: int, env: Mapping[str, str] | None = None) -> Server:
    """Start a server that listens on `port`; what it prints goes to a file."""
    CACHE.mkdir(parents=True, exist_ok=True)
    log = CACHE / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", **(env or {})},
        )
    return Server(process, port, log)


@contextmanager
def serving(command: Sequence[str | Path], port: int, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run a server for as long as the block lasts."""
    server = spawn(command, port, env)
    try:
        server.wait_until_it_listens()
        yield server
    finally:
        server.stop()


def uvicorn(application: str, port: int, python: Path | str = sys.executable) -> list[str | Path]:
    """The command for an ASGI application on uvicorn, set up as the product sets it up, which is as fast as it gets."""
    return [
        *(python, "-m", "uvicorn", application, "--port", str(port), "--loop", "uvloop", "--http", "httptools"),
        *("--no-access-log", "--no-server-header", "--no-proxy-headers", "--log-level", "warning"),
    ]


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _tree(int(child))


def _cpu_s(pid: int) -> float:
    # The scheduler's own account, in nanoseconds; the times in /proc/<pid>/stat are rounded to hundredths of a second.
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9


def _memory_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel does not tell the memory of a process")
