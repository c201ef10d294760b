"""The product itself: `warmcall serve` on a data directory of its own, with limits that load does not reach."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.http.bodies import CREATE_PATH, MATCH_PATH, ORIGIN, call_requests, inbound_calls
from benchmarks.http.load import Load, LoadError, Slice
from benchmarks.http.process import CACHE, ROOT, Server, free_port, serving
from benchmarks.http.stored import InPostgres, InSqlite, Stored
from warmcall.calls.codes import draw_code
from warmcall.calls.ids import new_request_id
from warmcall.calls.model import E164, CallRequest, GroupName, Page, SiteId, State
from warmcall.store.sqlite import SqliteStore

Command = list[str | Path]
WARMCALL = (sys.executable, "-m", "warmcall.cli")
NUMBERS = [f"+4930555001{n:02}" for n in range(10)]
CONFIG = f"""
[[site]]
id = "shop"
origins = ["https://www.example.com"]
limits = {{ per_address_per_min = 1000000000, per_caller_per_hour = 20 }}

[[site.group]]
name = "sales"
numbers = {NUMBERS}
access_code = {{ digits = 8 }}
lifetime_s = 86400
destination = "sip:sales@pbx.example.com"
countries = ["DE", "AT", "CH"]
"""
_FILL_CHUNK = 256


class Product:
    """A running Warmcall.

    Attributes:
        server: Its process.
        key: An API key of a phone system.
    """

    def __init__(self, server: Server, stored: Stored, key: str, create_size: int) -> None:
        self.server = server
        self.key = key
        self._stored = stored
        self._create = Load(server, CREATE_PATH, call_requests(create_size), ORIGIN)
        self._match = Load(server, MATCH_PATH, self._calls, {"Authorization": f"Bearer {key}"})
        self._created = self._matched = self._runs = 0

    def create(self, seconds: int) -> Slice:
        """Create call requests for a while."""
        taken = self._create.slice(seconds)
        self._created += taken.requests
        return taken

    def match(self, seconds: int) -> Slice:
        """Match waiting requests by their codes for a while; enough must have been created."""
        taken = self._match.slice(seconds)
        self._matched += taken.requests
        return taken

    def stock(self, requests: int) -> None:
        """Create until at least so many requests wait."""
        while self._stored.counts().waiting < requests:
            self.create(1)

    def check(self) -> None:
        """See that all that was answered is on disk.

        Raises:
            LoadError: if fewer requests are stored, or matched, than were answered.
        """
        stored = self._stored.counts()
        if stored.all < self._created or stored.matched < self._matched:
            answered = f"{self._created} creates and {self._matched} matches"
            raise LoadError(f"{answered} were answered, but {stored.all} and {stored.matched} are stored")

    def _calls(self) -> Iterator[bytes]:
        self._runs += 1
        return inbound_calls(self._stored.codes(), f"run{self._runs}")


@contextmanager
def running(live_requests: int = 0, create_size: int = 40_000, database_url: str | None = None) -> Iterator[Product]:
    """Run Warmcall on an empty store, or on one in which so many requests are live already.

    Args:
        live_requests: How many.
        create_size: The most requests that one slice of creates may take.
        database_url: A PostgreSQL to keep them in, empty; `None`: the embedded store.
    """
    with prepared() as (data_dir, config):
        if live_requests:
            asyncio.run(_fill(data_dir, live_requests))
        where = {} if database_url is None else {"WARMCALL_DATABASE_URL": database_url}
        key = new_key(data_dir, where)
        port = free_port()
        with serving(command(config, data_dir, port), port, where) as server:
            stored = InSqlite(data_dir) if database_url is None else InPostgres(database_url)
            yield Product(server, stored, key, create_size)


@contextmanager
def prepared() -> Iterator[tuple[Path, Path]]:
    """A data directory on a real disk, for as long as the block lasts, and a configuration file."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as folder:
        config = Path(folder) / "warmcall.toml"
        config.write_text(CONFIG)
        yield Path(folder) / "data", config


def command(config: Path, data_dir: Path, port: int) -> Command:
    """The command line that serves."""
    return [*WARMCALL, "serve", "--config", config, "--data", data_dir, "--port", str(port)]


def new_key(data_dir: Path, where: Mapping[str, str] | None = None) -> str:
    """An API key for the data directory, made as an owner makes it."""
    made = subprocess.run(
        [*WARMCALL, "keys", "new", "--scope", "telephony", "--data", str(data_dir)],
        capture_output=True,
        text=True,
        check=True,
        env={**environment(), **(where or {})},
    )
    return made.stdout.split()[-1]


def environment() -> Mapping[str, str]:
    """The environment in which this very source tree is what runs."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


async def _fill(data_dir: Path, count: int) -> None:
    store = await SqliteStore.open(data_dir)
    try:
        for first in range(0, count, _FILL_CHUNK):
            chunk = range(first, min(first + _FILL_CHUNK, count))
            await asyncio.gather(*(store.add(_waiting(n)) for n in chunk))
    finally:
        await store.aclose()


def _waiting(n: int) -> CallRequest:
    now_ms = time.time_ns() // 1_000_000
    return CallRequest(
        id=new_request_id(now_ms),
        site=SiteId("shop"),
        group=GroupName("sales"),
        state=State.WAITING,
        number=E164(NUMBERS[n % len(NUMBERS)]),
        code=draw_code(8),
        caller=E164(f"+4916{n:09}"),
        exclusive=False,
        cool_down_s=60,
        created_at_ms=now_ms,
        expires_at_ms=now_ms + 86_400_000,
        fields={"firstname": "Anna", "lastname": "Schmidt", "phonenumber": f"+4916{n:09}"},
        user_data={"product": f"item-{n}"},
        page=Page(url=f"https://www.example.com/shop/{n}", title="Shop", language="en"),
    )
