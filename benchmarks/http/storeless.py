"""The product with a store that costs nothing: `python -m benchmarks.http.storeless CONFIG PORT`.

What a create takes here is what the bus, the checks and HTTP take.
"""

import asyncio
import gc
import sys
from pathlib import Path

import uvloop

from warmcall import app, logs, settings
from warmcall.calls.model import CallRequest
from warmcall.calls.port import Collision
from warmcall.store.memory import MemoryStore
from warmcall.web.server import Server, bind, url_of


class NoStore(MemoryStore):
    """Takes every request and keeps none. Like a real one it answers later, those of one turn of the loop together."""

    async def add(self, request: CallRequest) -> Collision | None:
        """Say that the request was stored."""
        await asyncio.sleep(0)
        return None


async def _serve(config: Path, port: int) -> None:
    loaded = settings.load(config)
    logs.configure(loaded.server.log_level, loaded.server.log_json)
    listener = bind("127.0.0.1", port)
    warmcall = await app.start(loaded, NoStore(), public_url=url_of(listener))

    def calm() -> None:
        # As `warmcall serve` does.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)

    try:
        await Server(warmcall.application, warmcall.hub, calm).serve(sockets=[listener])
    finally:
        await warmcall.stop()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
