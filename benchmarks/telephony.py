"""Calls decided by each connector, beside a Kamailio that decides nothing: `python -m benchmarks.telephony`.

Over loopback, 40 calls outstanding. The SIP ones come from sipp, each INVITE, 302 and ACK; the others from this process
over the protocol of their phone system (`telephony_callers`). Every call belongs to a visitor who waits for it, so each
decision is a match with all its checks, its event and its report to the bus, on a store in memory: what a disk adds is
measured elsewhere. The peer is a Kamailio that answers every INVITE with the same 302, without state. CPU counts more
than calls per second, which on a small machine are bounded by whoever calls.

`python -m benchmarks.telephony serve EVAPI PORT` is the measured process: it says where it listens, and reads from its
input how many visitors to add.
"""

import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import uvloop

from benchmarks.table import markdown, row_of
from benchmarks.telephony_callers import CONNECTORS, TABLES, Call, Line, calls_to
from tests.integration.telephony.sip.callers import NUMBER, SITE, visitors
from tests.integration.telephony.sip.kamailio import Ports, configured, free_ports, kamailio
from tests.integration.telephony.sip.sipp import HOST, Result, calls, free_port
from tests.integration.telephony.sip.waiting import until
from warmcall.calls.model import Event, EventType
from warmcall.telephony.asterisk.connector import AsteriskConnector
from warmcall.telephony.freeswitch.connector import FreeswitchConnector
from warmcall.telephony.kamailio.connector import KamailioConnector
from warmcall.testing import running

ROOT = Path(__file__).parents[1]
ROUNDS = 3
CALLS = 1_000
OUTSTANDING = 40
STRANGERS = [f"+1202557{index:04d}" for index in range(CALLS)]
PEER = "Kamailio, stateless 302"

# Times the peer's. A match is more work than none; these hold what it costs today, with room for a busy machine.
SIP_CPU_LIMIT = 8.0
SIP = ("SIP redirect server", "Kamailio connector")
CALLER_NUMBERS = 10_000

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
        port: Where it takes SIP calls; 0: it is called otherwise.
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
        first, self._added = self._added, self._added + count
        await self._ask(f"add {first % CALLER_NUMBERS} {count}")
        return [f"+1202556{index % CALLER_NUMBERS:04d}" for index in range(first, first + count)]

    async def matched(self) -> int:
        """How many calls were matched so far."""
        return int(await self._ask("matched"))

    async def _ask(self, order: str) -> bytes:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n".encode())
        return await self.heard()

    async def heard(self) -> bytes:
        """The next line it says."""
        assert self._process.stdout is not None
        async with asyncio.timeout(120):
            line = await self._process.stdout.readline()
        assert line, "the measured process ended"
        return line


def measure() -> list[dict[str, Any]]:
    """Measure all connectors beside the peer, in turns.

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
        decider, line = await running.enter_async_context(_decider(ports, redirect))
        candidates = [
            Candidate(PEER, peer_port, (peer,)),
            Candidate(SIP[0], redirect, (decider.pid,)),
            Candidate(SIP[1], ports.sip, (decider.pid,), (relayer,)),
            *(Candidate(name, 0, (decider.pid,)) for name in CONNECTORS),
        ]
        slices: dict[str, list[Slice]] = {candidate.name: [] for candidate in candidates}
        for turn in range(ROUNDS):
            for candidate in candidates:
                callers = await decider.add_visitors(CALLS) if candidate.name != PEER else STRANGERS
                before = await decider.matched()
                part = await _slice(candidate, callers, line, folder / f"{candidate.port}-{turn}")
                expected = 0 if candidate.name == PEER else CALLS
                assert await decider.matched() - before == expected, f"{candidate.name}: not every call was matched"
                slices[candidate.name].append(part)
        return _rows(slices)


async def _slice(candidate: Candidate, callers: list[str], line: Line, folder: Path) -> Slice:
    ours_s, others_s = _cpu_s(candidate.processes), _cpu_s(candidate.others)
    started_s = perf_counter()
    if candidate.port:
        await _sip(candidate.port, callers, folder)
    else:
        await _loopback(line, candidate.name, callers)
    took_s = perf_counter() - started_s
    return Slice(
        calls_per_s=len(callers) / took_s,
        cpu_us=(_cpu_s(candidate.processes) - ours_s) / len(callers) * 1e6,
        others_us=(_cpu_s(candidate.others) - others_s) / len(callers) * 1e6,
    )


async def _sip(port: int, callers: list[str], folder: Path) -> None:
    rows = [(caller, NUMBER) for caller in callers]
    result: Result = await calls("caller_in_a_hurry", port, folder, rows, rate=10_000, most_at_once=OUTSTANDING)
    assert (result.successful, result.failed) == (len(rows), 0), result.errors


async def _loopback(line: Line, connector: str, callers: list[str]) -> None:
    waiting = iter(callers)

    async def keep_calling(call: Call) -> None:
        for caller in waiting:
            await call(caller)

    async with calls_to(line, connector, OUTSTANDING) as ways, asyncio.TaskGroup() as group:
        for call in ways:
            group.create_task(keep_calling(call))


def _rows(slices: dict[str, list[Slice]]) -> list[dict[str, Any]]:
    peer = _median(slices.pop(PEER))
    rows = []
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
                "limit": SIP_CPU_LIMIT if name in SIP else None,
            }
        )
        rows.append(
            {
                "name": f"{name}, decisions a second",
                "ours_calls_per_s": round(ours.calls_per_s),
                "peer": PEER,
                "peer_calls_per_s": round(peer.calls_per_s),
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
async def _decider(ports: Ports, redirect: int) -> AsyncIterator[tuple[Decider, Line]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.telephony", "serve", str(ports.evapi), str(redirect)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        decider = Decider(process)
        yield decider, msgspec.json.decode(await decider.heard(), type=Line)
    finally:
        # It ends with its orders; a signal would end the HTTP server only.
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _serve(evapi: int, redirect: int) -> None:
    # A destination that every connector can put a call through to.
    config = f"""{SITE.replace('"queue:sales"', '"sip:sales@pbx.example.com"')}
{TABLES}
[telephony.kamailio]
servers = ["{HOST}:{evapi}"]
pbx = "pbx.example.com"

[telephony.sip-redirect]
port = {redirect}
pbx = "pbx.example.com"
"""
    async with running(config) as server:
        connectors = server.warmcall.connectors
        kamailio, asterisk, freeswitch = map(connectors.connector, ("kamailio", "asterisk", "freeswitch"))
        assert isinstance(kamailio, KamailioConnector)
        assert isinstance(asterisk, AsteriskConnector)
        assert isinstance(freeswitch, FreeswitchConnector)
        await until(lambda: kamailio.is_connected)
        line = Line(server.base_url, await server.new_key(), asterisk.port, freeswitch.port)
        matched = 0

        def count(events: Sequence[Event]) -> None:
            nonlocal matched
            matched += sum(event.type is EventType.MATCHED for event in events)

        server.store.on_events(count)
        print(msgspec.json.encode(line).decode(), flush=True)
        while order := await asyncio.to_thread(sys.stdin.readline):
            match order.split():
                case ["add", first, number]:
                    await visitors(server, int(number), int(first))
            print(matched, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        uvloop.run(_serve(int(sys.argv[2]), int(sys.argv[3])))
    else:
        print(markdown(map(row_of, measure())))
