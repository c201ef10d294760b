"""For tests of extensions and connectors: a clock that stands still, and a whole server in the test's own process."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from warmcall import app, settings
from warmcall.bus.bus import Bus
from warmcall.calls.clock import Clock
from warmcall.calls.port import Store
from warmcall.extensions import Extension
from warmcall.extensions.guard import Watch
from warmcall.extensions.loading import Loaded
from warmcall.web.assets import Assets
from warmcall.web.keys import key_hash, new_key
from warmcall.web.live.hub import HEARTBEAT_S
from warmcall.web.server import Server, bind, url_of

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


class FakeClock:
    """A clock that is set by hand.

    Args:
        now_ms: Where it starts: 2026-11-23 12:00 UTC, a Monday, unless told otherwise.
    """

    def __init__(self, now_ms: int = 1_795_435_200_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return self._now_ms

    def advance(self, *, seconds: float = 0, ms: int = 0) -> None:
        """Let time pass at once."""
        self._now_ms += int(seconds * 1000) + ms


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers.

    Attributes:
        base_url: Where it listens on this machine.
        http: A client for it.
    """

    base_url: str
    http: httpx.AsyncClient
    warmcall: app.Warmcall

    @property
    def bus(self) -> Bus:
        """The server's bus."""
        return self.warmcall.bus

    @property
    def store(self) -> Store:
        """The server's store."""
        return self.warmcall.store

    async def new_key(self, scope: str = "telephony") -> str:
        """Make an API key."""
        key = new_key(scope)
        await self.store.add_api_key(key_hash(key), scope, "test", 0)
        return key


@asynccontextmanager
async def running(
    config: str,
    *,
    data_dir: Path | None = None,
    clock: Clock | None = None,
    extensions: Iterable[Extension | Loaded] = (),
    assets: Assets | None = None,
    heartbeat_s: int = HEARTBEAT_S,
    watch: Watch | None = None,
    tracer: "Tracer | None" = None,
) -> AsyncIterator[RunningServer]:
    """Run a server on a free port of 127.0.0.1 as long as the block lasts.

    Args:
        config: The configuration, as TOML text.
        data_dir: Keep everything in a database there; in memory if `None`.
        clock: Tells the time; the machine's own if `None`.
        extensions: Called with the bus before the first request comes.
        assets: The page script; the one that ships with the package if `None`.
        heartbeat_s: Seconds between two signs of life of a live stream.
        watch: Told of what extensions do.
        tracer: Makes OpenTelemetry spans.
    """
    loaded = settings.parse(config)
    listener = bind("127.0.0.1", 0)
    base_url = url_of(listener)
    try:
        warmcall = await app.start(
            loaded,
            await _store(data_dir),
            public_url=base_url,
            clock=clock,
            extensions=extensions,
            assets=assets,
            heartbeat_s=heartbeat_s,
            watch=watch,
            tracer=tracer,
        )
    except BaseException:
        listener.close()
        raise
    server = Server(warmcall.application, warmcall.hub)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="test server")
    try:
        async with httpx.AsyncClient(base_url=base_url, timeout=10) as http:
            yield RunningServer(base_url, http, warmcall)
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving
        await warmcall.stop()


async def _store(data_dir: Path | None) -> Store:
    if data_dir is None:
        from warmcall.store.memory import MemoryStore

        return MemoryStore()
    from warmcall.store.sqlite import SqliteStore

    return await SqliteStore.open(data_dir)
