"""SIP calls decided, beside a Kamailio that decides nothing: `python -m benchmarks.telephony`.

sipp calls over loopback, 40 calls outstanding, each INVITE, 302 and ACK. Every call belongs to a visitor who waits for
it, so each decision is a match with all its checks, its event and its report to the bus, on a store in memory: what a
disk adds is measured elsewhere. The peer is a Kamailio that answers every INVITE with the same 302, without state. CPU
counts more than calls per second, which on a small machine are bounded by sipp.

`python -m benchmarks.telephony serve EVAPI PORT` is the measured process: it reads from its input how many visitors to
add.
"""

import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import uvloop

from tests.integration.telephony.sip.callers import NUMBER, SITE, visitors
from tests.integration.telephony.sip.kamailio import Ports, configured, free_ports, kamailio
from tests.integration.telephony.sip.sipp import HOST, Result, calls, free_port
from tests.integration.telephony.sip.waiting import until
from warmcall import app, settings
from warmcall.store.memory import MemoryStore
from warmcall.telephony.kamailio.connector import KamailioConnector

ROOT = Path(__file__).parents[1]
ROUNDS = 4
CALLS = 1_000
OUTSTANDING = 40
STRANGERS = [f"+1202557{index:04d}" for index in range(CALLS)]
PEER = "Kamailio, stateless 302"

# Times the peer's. A match is more work than none; these hold what it costs today, with room for a busy machine.
REDIRECT_CPU_LIMIT = 8.0
KAMAILIO_CPU_LIMIT = 8.0

STATELESS = """
debug=-2
log_stderror=yes
children=2
disable_tcp=yes
auto_aliases=no
listen=LISTEN
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
request_route {
    if (!is_method("INVITE")) exit;
    append_to_reply("Contact: <sip:sales@pbx.example.com>\\r\\n");
    sl_send_reply("302", "Moved Temporarily");
}
"""


class Candidate(msgspec.Struct, frozen=True):
    """Something that answers calls.

    Attributes:
        name: What is measured.
        port: Where it takes calls.
        processes: Main processes whose CPU counts as ours.
        others: Main processes that work for it, too.
    """

    name: str
    port: int
    processes: tuple[int, ...]
    others: tuple[int, ...] = ()


class Slice(msgspec.Struct, frozen=True):
    """One slice of load: calls a second, and CPU a call in microseconds."""

    calls_per_s: float
    cpu_us: float
    others_us: float


class Decider:
    """The measured process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self._process = process
        self._added = 0

    async def add_visitors(self, count: int) -> list[str]:
        """Let visitors wait, and return where they will call from."""
        await self._say(count)
        first, self._added = self._added, self._added + count
        return [f"+1202556{index:04d}" for index in range(first, first + count)]

    async def _say(self, count: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"%d\n" % count)
        await self.heard()

    async def heard(self) -> None:
        """Wait until it says that it is done."""
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            assert await self._process.stdout.readline() == b"done\n", "the measured process ended"


def measure() -> list[dict[str, Any]]:
    """Measure the redirect server and the Kamailio connector beside the peer, in turns.

    Returns:
        Two rows each: CPU a call (`ours_us`) and decisions a second (`ours_per_s`), with `peer` and `ratio`.
    """
    return asyncio.run(_measure())


async def _measure() -> list[dict[str, Any]]:
    async with AsyncExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="warmcall-bench-")))
        ports, redirect = free_ports(), free_port()
        relayer = await running.enter_async_context(kamailio("redirect", ports, "sip:reception@pbx.example.com"))
        peer_port = free_port()
        (folder / "stateless.cfg").write_text(STATELESS)
        peer = await running.enter_async_context(configured(folder / "stateless.cfg", Ports(peer_port, 0), {}))
        decider = await running.enter_async_context(_decider(ports, redirect))
        candidates = [
            Candidate(PEER, peer_port, (peer,)),
            Candidate("SIP redirect server", redirect, (decider.pid,)),
            Candidate("Kamailio connector", ports.sip, (decider.pid,), (relayer,)),
        ]
        slices: dict[str, list[Slice]] = {candidate.name: [] for candidate in candidates}
        for turn in range(ROUNDS):
            for candidate in candidates:
                callers = await decider.add_visitors(CALLS) if candidate.name != PEER else STRANGERS
                slices[candidate.name].append(await _slice(candidate, callers, folder / f"{candidate.port}-{turn}"))
        return _rows(slices)


async def _slice(candidate: Candidate, callers: list[str], folder: Path) -> Slice:
    ours_s, others_s = _cpu_s(candidate.processes), _cpu_s(candidate.others)
    started_s = perf_counter()
    rows = [(caller, NUMBER) for caller in callers]
    result: Result = await calls(
        "caller_in_a_hurry", candidate.port, folder, rows, rate=10_000, most_at_once=OUTSTANDING
    )
    took_s = perf_counter() - started_s
    assert (result.successful, result.failed) == (len(rows), 0), result.errors
    return Slice(
        calls_per_s=len(rows) / took_s,
        cpu_us=(_cpu_s(candidate.processes) - ours_s) / len(rows) * 1e6,
        others_us=(_cpu_s(candidate.others) - others_s) / len(rows) * 1e6,
    )


def _rows(slices: dict[str, list[Slice]]) -> list[dict[str, Any]]:
    peer = _median(slices.pop(PEER))
    rows = []
    limits = {"SIP redirect server": REDIRECT_CPU_LIMIT, "Kamailio connector": KAMAILIO_CPU_LIMIT}
    for name, measured in slices.items():
        ours = _median(measured)
        beside = f", and {ours.others_us:.0f} us in Kamailio" if ours.others_us else ""
        rows.append(
            {
                "name": f"{name}, CPU a matched call{beside}",
                "ours_us": round(ours.cpu_us),
                "peer": PEER,
                "peer_us": round(peer.cpu_us),
                "ratio": round(ours.cpu_us / peer.cpu_us, 2),
                "limit": limits[name],
            }
        )
        rows.append(
            {
                "name": f"{name}, decisions a second",
                "ours_per_s": round(ours.calls_per_s),
                "peer": PEER,
                "peer_per_s": round(peer.calls_per_s),
                "ratio": round(ours.calls_per_s / peer.calls_per_s, 2),
                "limit": None,
                "at_least": True,
            }
        )
    return rows


def _median(measured: list[Slice]) -> Slice:
    return Slice(
        *(
            statistics.median(getattr(part, field) for part in measured)
            for field in ("calls_per_s", "cpu_us", "others_us")
        )
    )


def _cpu_s(processes: tuple[int, ...]) -> float:
    """Seconds of CPU that processes and their children used so far."""
    used_ns = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if int(entry.name) in processes or parent in processes:
                used_ns += sum(int(task.read_text().split()[0]) for task in entry.glob("task/*/schedstat"))
        except OSError:
            continue
    return used_ns / 1e9


@asynccontextmanager
async def _decider(ports: Ports, redirect: int) -> AsyncIterator[Decider]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.telephony", "serve", str(ports.evapi), str(redirect)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        decider = Decider(process)
        await decider.heard()
        yield decider
    finally:
        process.terminate()
        await process.wait()


async def _serve(evapi: int, redirect: int) -> None:
    config = f"""{SITE}
[telephony.kamailio]
servers = ["{HOST}:{evapi}"]
pbx = "pbx.example.com"

[telephony.sip-redirect]
port = {redirect}
pbx = "pbx.example.com"
"""
    server = await app.start(settings.parse(config), MemoryStore(), public_url="http://127.0.0.1")
    connector = server.connectors.connector("kamailio")
    assert isinstance(connector, KamailioConnector)
    await until(lambda: connector.is_connected)
    added = 0
    print("done", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        await visitors(server, int(line), added)
        added += int(line)
        print("done", flush=True)
    await server.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        uvloop.run(_serve(int(sys.argv[2]), int(sys.argv[3])))
    else:
        for row in measure():
            print(row)
