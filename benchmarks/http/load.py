"""Slices of load on a server, and what they cost it."""

import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.http.process import CACHE, Server
from benchmarks.table import Row, amount

CONNECTIONS = 64
_SCRIPT = Path(__file__).with_name("replay.lua")


class LoadError(Exception):
    """A server answered with errors, or ran out of something: the figures would be worth nothing."""


class Slice(msgspec.Struct, frozen=True):
    """What one slice of load came to."""

    requests: int
    per_s: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


class _Result(msgspec.Struct):
    requests: int
    duration_us: int
    p50_us: int
    p99_us: int
    failed: int
    broken: int


class Load:
    """Requests to one path of a server.

    Args:
        server: Who is measured.
        path: Where to send.
        bodies: Makes the bodies of a slice, at least as many as the server can answer in it.
        headers: To send with each request.
        once: Whether each body may be sent only once.
    """

    def __init__(
        self,
        server: Server,
        path: str,
        bodies: Callable[[], Iterable[bytes]],
        headers: Mapping[str, str] | None = None,
        *,
        once: bool = True,
    ) -> None:
        self._server = server
        self._url = server.url + path
        self._bodies = bodies
        self._headers = [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._once = once

    def slice(self, seconds: int, connections: int = CONNECTIONS) -> Slice:
        """Send for a while, from many connections.

        Raises:
            LoadError: if anything but success was answered, or the bodies did not last.
        """
        file = CACHE / f"bodies-{self._server.port}.jsonl"
        lines = list(self._bodies())
        file.write_bytes(b"\n".join(lines) + b"\n")
        before_s = self._server.cpu_s()
        result = self._wrk(file, seconds, connections)
        file.unlink()
        cpu_s = self._server.cpu_s() - before_s
        if result.failed or result.broken or not result.requests:
            raise LoadError(f"{self._url}: {result.failed} refused, {result.broken} broken of {result.requests}")
        if self._once and result.requests + connections > len(lines):
            raise LoadError(f"{self._url}: {len(lines)} bodies were too few for {result.requests} requests")
        return Slice(
            requests=result.requests,
            per_s=result.requests / result.duration_us * 1e6,
            cpu_us=cpu_s / result.requests * 1e6,
            p50_ms=result.p50_us / 1000,
            p99_ms=result.p99_us / 1000,
        )

    def _wrk(self, file: Path, seconds: int, connections: int) -> _Result:
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(_SCRIPT)]
        headers = [part for header in self._headers for part in ("-H", header)]
        ended = subprocess.run(
            [*command, *headers, self._url, "--", str(file)],
            capture_output=True,
            text=True,
            timeout=seconds + 30,
            check=False,
        )
        found = [line for line in ended.stdout.splitlines() if line.startswith("RESULT ")]
        if not found:
            raise LoadError(f"wrk failed: {ended.stdout}{ended.stderr}")
        return msgspec.json.decode(found[0].removeprefix("RESULT "), type=_Result)


class Compared(msgspec.Struct, frozen=True):
    """Medians of slices that alternated with slices of a baseline."""

    per_s: float
    base_per_s: float
    ratio: float
    cpu_us: float
    base_cpu_us: float
    cpu_ratio: float
    p99_ms: float

    def rate_row(self, name: str, peer: str, limit: float, goal: float) -> Row:
        """Our rate beside the baseline's, which it must not fall too far below."""
        return Row(
            name=name,
            ours=amount(self.per_s, "/s"),
            peer=peer,
            peers=amount(self.base_per_s, "/s"),
            ratio=self.ratio,
            limit=limit,
            at_least=True,
            goal=goal,
        )

    def cpu_row(self, name: str, peer: str, limit: float, goal: float) -> Row:
        """Our CPU a request beside the baseline's, which it must not exceed too far."""
        return Row(
            name=name,
            ours=amount(self.cpu_us, "us"),
            peer=peer,
            peers=amount(self.base_cpu_us, "us"),
            ratio=self.cpu_ratio,
            limit=limit,
            goal=goal,
        )


def alternate(baseline: Callable[[], Slice], ours: Callable[[], Slice], slices: int) -> Compared:
    """Take slices in turn; each ratio is of two neighbours, so that what else the machine does hits both."""
    return compared([(baseline(), ours()) for _ in range(slices)])


def compared(pairs: Sequence[tuple[Slice, Slice]]) -> Compared:
    """The medians of (baseline, ours) pairs."""
    return Compared(
        per_s=median(ours.per_s for _, ours in pairs),
        base_per_s=median(base.per_s for base, _ in pairs),
        ratio=median(ours.per_s / base.per_s for base, ours in pairs),
        cpu_us=median(ours.cpu_us for _, ours in pairs),
        base_cpu_us=median(base.cpu_us for base, _ in pairs),
        cpu_ratio=median(ours.cpu_us / base.cpu_us for base, ours in pairs),
        p99_ms=median(ours.p99_ms for _, ours in pairs),
    )
