"""Programs that the tests of the embedded store run as processes of their own.

python -m tests.integration.store_process PROGRAM DATA_DIR
"""

import asyncio
import math
import os
import resource
import signal
import sqlite3
import sys
from itertools import count
from pathlib import Path

from tests.contract.store.samples import NUMBER, OTHER_NUMBER, a_request, match
from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.model import CallRequest
from warmcall.store.sqlite import SqliteStore


def say(line: str) -> None:
    """Print a line at once."""
    os.write(1, f"{line}\n".encode())


async def add_for_ever(data_dir: Path) -> None:
    """Add and match requests from many tasks; say each id once it was answered."""
    await _serve(data_dir, math.inf)


async def die_in_the_middle(data_dir: Path) -> None:
    """Do the same, and die by a kill at the very moment of the 300th answer."""
    await _serve(data_dir, 300)


async def _serve(data_dir: Path, answers: float) -> None:
    store = await SqliteStore.open(data_dir)
    serial = count(1)

    def answer(line: str) -> None:
        say(line)
        if next(serial) >= answers:
            os.kill(os.getpid(), signal.SIGKILL)

    async def visitor() -> None:
        while True:
            request = a_request(number=NUMBER if os.urandom(1) < b"\x80" else OTHER_NUMBER, fields={"note": "x" * 500})
            if await store.add(request) is None:
                answer(f"waiting {request.id}")
            assert request.code is not None
            if request.code.endswith("0") and await match(store, request.number, request.code, request.id):
                answer(f"matched {request.id}")

    await asyncio.gather(*(visitor() for _ in range(64)))


async def keep_open(data_dir: Path) -> None:
    """Open the store and keep it."""
    await SqliteStore.open(data_dir)
    say("open")
    await asyncio.Event().wait()


async def hold_write_lock(data_dir: Path) -> None:
    """Hold the write lock until standard input ends, as a long `warmcall keys` would."""
    connection = sqlite3.connect(data_dir / "warmcall.sqlite3", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    say("locked")
    sys.stdin.read()
    connection.execute("COMMIT")


async def run_out_of_space(data_dir: Path) -> None:
    """Add while no file may grow any more, and once it may again; say what became of it."""
    store = await SqliteStore.open(data_dir)
    before = a_request()
    await store.add(before)
    full_bytes = (data_dir / "warmcall.sqlite3-wal").stat().st_size
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (full_bytes, hard))
    refused = [a_request(fields={"note": "x" * 20_000}) for _ in range(10)]
    answers = await asyncio.gather(*map(store.add, refused), return_exceptions=True)
    say(f"unavailable {sum(isinstance(answer, StoreUnavailableError) for answer in answers)}")
    try:
        await store.ping()
    except StoreUnavailableError:
        say("ping unavailable")
    say(f"live {store.live(NUMBER)}")

    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await store.ping()
    after = await asyncio.gather(*map(store.add, refused))
    say(f"added {after.count(None)}")
    found: list[CallRequest | None] = [await store.find(request.id) for request in (before, *refused)]
    say(f"found {sum(request is not None for request in found)}")
    await store.aclose()


if __name__ == "__main__":
    programs = {
        program.__name__: program
        for program in (add_for_ever, die_in_the_middle, keep_open, hold_write_lock, run_out_of_space)
    }
    asyncio.run(programs[sys.argv[1]](Path(sys.argv[2])))
