"""Runs sipp, the SIP test tool, for a bounded time, and reads what its scenarios logged."""

import asyncio
import csv
import os
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from tests.integration.telephony.sip.callers import PROBE

SCENARIOS = Path(__file__).with_name("scenarios")
HOST = "127.0.0.1"
WITHIN_S = 40


class Result(msgspec.Struct, frozen=True):
    """What came of a run.

    Attributes:
        successful: Calls that went as the scenario says.
        failed: Calls that did not.
        retransmissions: Messages that were sent again.
        logged: What the scenario logged, line by line.
        errors: What sipp complained about.
    """

    successful: int
    failed: int
    retransmissions: int
    logged: list[list[str]]
    errors: str


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """A port nobody listens on now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


async def calls(
    scenario: str,
    server_port: int,
    folder: Path,
    callers: Iterable[tuple[str, ...]],
    *,
    rate: int = 100,
    most_at_once: int = 200,
    lost_percent: int = 0,
) -> Result:
    """Make one call for each row, as the scenario says, and wait until all are over."""
    rows = list(callers)
    table = _table(folder, rows)
    options = ["-inf", str(table), "-m", str(len(rows)), "-r", str(rate), "-l", str(most_at_once)]
    if lost_percent:
        # With sipp's own five repetitions one call in some 20,000 would fail by mere chance.
        options += ["-lost", str(lost_percent), "-max_invite_retrans", "7"]
    process = await _start(scenario, folder, [f"{HOST}:{server_port}", *options, "-p", str(free_port())])
    try:
        async with asyncio.timeout(WITHIN_S + 5):
            await process.wait()
    finally:
        await _stop(process)
    return _result(folder)


@asynccontextmanager
async def agent(scenario: str, port: int, folder: Path) -> AsyncIterator[Path]:
    """Answer calls at a port as the scenario says; gives the folder to read the log from with `logged`."""
    process = await _start(scenario, folder, ["-p", str(port)])
    try:
        yield folder
    finally:
        await _stop(process)


def logged(folder: Path) -> list[list[str]]:
    """What a scenario logged so far: the words of each line. Probes go to reception until Warmcall is asked."""
    file = folder / "log"
    lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    return [line for line in lines if line[:1] != [PROBE]]


def _table(folder: Path, rows: list[tuple[str, ...]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "callers.csv"
    table.write_text("SEQUENTIAL\n" + "".join(";".join(row) + "\n" for row in rows))
    return table


def _screen(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "screen").open("wb")


async def _start(scenario: str, folder: Path, options: list[str]) -> asyncio.subprocess.Process:
    fixed = ["-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", HOST, "-nostdin", "-timeout", f"{WITHIN_S}s"]
    traces = ["-trace_logs", "-log_file", str(folder / "log"), "-trace_err", "-error_file", str(folder / "errors")]
    counts = ["-trace_stat", "-stf", str(folder / "counts.csv"), "-fd", "1"]
    with _screen(folder) as screen:
        return await asyncio.create_subprocess_exec(
            "sipp",
            *options,
            *fixed,
            *traces,
            *counts,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=screen,
            stderr=screen,
            cwd=folder,
            env={**os.environ, "TERM": "dumb"},
        )


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _result(folder: Path) -> Result:
    with (folder / "counts.csv").open() as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    errors = folder / "errors"
    return Result(
        successful=int(last["SuccessfulCall(C)"]),
        failed=int(last["FailedCall(C)"]),
        retransmissions=int(last["Retransmissions(C)"]),
        logged=logged(folder),
        errors=errors.read_text() if errors.exists() else "",
    )
