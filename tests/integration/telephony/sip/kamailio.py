"""Runs a real Kamailio on free ports, with one of the example configurations, unchanged, or another."""

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from tests.integration.telephony.sip.sipp import HOST, free_port

EXAMPLES = Path(__file__).parents[4] / "examples" / "kamailio"
WITHIN_S = 10


class Ports(msgspec.Struct, frozen=True):
    """Where a Kamailio is found.

    Attributes:
        sip: UDP port for calls.
        evapi: TCP port for Warmcall; 0: none.
    """

    sip: int
    evapi: int


def free_ports() -> Ports:
    """Ports nobody listens on now."""
    return Ports(free_port(), free_port(socket.SOCK_STREAM))


@asynccontextmanager
async def kamailio(config: str, ports: Ports, fallback: str, decide_within_ms: int = 5000) -> AsyncIterator[int]:
    """Run Kamailio with an example configuration as long as the block lasts; gives its process id."""
    defines = {
        "EVAPI": f'"{HOST}:{ports.evapi}"',
        "FALLBACK": f'"{fallback}"',
        "DECIDE_WITHIN_MS": str(decide_within_ms),
    }
    async with configured(EXAMPLES / f"{config}.cfg", ports, defines) as pid:
        yield pid


@asynccontextmanager
async def configured(config: Path, ports: Ports, defines: dict[str, str]) -> AsyncIterator[int]:
    """Run Kamailio with any configuration that listens on LISTEN; gives its process id."""
    names = {"LISTEN": f"udp:{HOST}:{ports.sip}", **defines}
    # Its control sockets have a length limit that pytest's folders exceed.
    with tempfile.TemporaryDirectory(prefix="kam") as folder:
        log = Path(folder) / "log"
        options = [part for name, value in names.items() for part in ("-A", f"{name}={value}")]
        fixed = ["-f", str(config), "-DD", "-E", "-m", "64", "-M", "8", "-Y", folder, "-w", folder]
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec("kamailio", *fixed, *options, stdout=out, stderr=out)
        try:
            await _listening(ports, process, log)
            yield process.pid
        finally:
            await _stop(process)


async def _listening(ports: Ports, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            if process.returncode is not None:
                raise AssertionError(_text(log))
            # Not by connecting: that would count as a Warmcall.
            if _has("udp", ports.sip, "07") and (not ports.evapi or _has("tcp", ports.evapi, "0A")):
                return
            await asyncio.sleep(0.05)


def _text(log: Path) -> str:
    return log.read_text(errors="replace")


def _has(protocol: str, port: int, state: str) -> bool:
    rows = [row.split() for row in Path(f"/proc/net/{protocol}").read_text().splitlines()[1:]]
    return any(row[1].endswith(f":{port:04X}") and row[3] == state for row in rows)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    children = _children(process.pid)
    # The main process takes its children along.
    process.terminate()
    try:
        async with asyncio.timeout(WITHIN_S):
            await process.wait()
    except TimeoutError:
        # Killed, it does not.
        for pid in (process.pid, *children):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await process.wait()
        raise


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
