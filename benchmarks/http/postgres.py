"""Create and match over HTTP on the shared store, beside the echo, a create without a store, and each other."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.http import product
from benchmarks.http.bodies import CREATE_PATH, ORIGIN, call_requests
from benchmarks.http.create import SIZE_PER_S, WARM_S, echoing
from benchmarks.http.load import Load, Slice, compared
from benchmarks.http.process import free_port, serving
from benchmarks.plan import Plan
from benchmarks.table import Row
from tests.postgres_server import PostgresServer

# More than is matched in a second.
_STOCK_PER_S = 6_000


def measure(plan: Plan) -> list[Row]:
    """Measure the product with one PostgreSQL on the same machine, every commit on disk. CPU is the product's own."""
    size = SIZE_PER_S * plan.seconds
    beside_echo: list[tuple[Slice, Slice]] = []
    beside_none: list[tuple[Slice, Slice]] = []
    beside_create: list[tuple[Slice, Slice]] = []
    with (
        echoing() as echo,
        _storeless(size) as without,
        _database() as dsn,
        product.running(create_size=size, database_url=dsn) as warmcall,
    ):
        echo.slice(WARM_S)
        without.slice(WARM_S)
        warmcall.create(WARM_S)
        for _ in range(plan.slices):
            base, bare = echo.slice(plan.seconds), without.slice(plan.seconds)
            created = warmcall.create(plan.seconds)
            beside_echo.append((base, created))
            beside_none.append((bare, created))
            warmcall.stock(_STOCK_PER_S * plan.seconds)
            beside_create.append((created, warmcall.match(plan.seconds)))
        warmcall.check()
    ours, none, match = compared(beside_echo), compared(beside_none), compared(beside_create)
    return [
        ours.rate_row("PostgreSQL: durable create over HTTP, requests/s", "bare echo", limit=0.42, goal=0.55),
        none.cpu_row(
            "PostgreSQL: durable create over HTTP, the application's CPU",
            "a create without a store",
            limit=1.15,
            goal=1.0,
        ),
        match.rate_row(
            "PostgreSQL: match by code over HTTP, requests/s", "durable create, same server", limit=0.9, goal=1.1
        ),
    ]


@contextmanager
def _database() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="warmcall-pg-"))
    server = PostgresServer(folder, durable=True)
    try:
        server.make()
        server.start()
        yield server.dsn()
    finally:
        server.stop()
        shutil.rmtree(folder)


@contextmanager
def _storeless(size: int) -> Iterator[Load]:
    port = free_port()
    with product.prepared() as (_, config):
        command: product.Command = [sys.executable, "-m", "benchmarks.http.storeless", config, str(port)]
        with serving(command, port) as server:
            yield Load(server, CREATE_PATH, call_requests(size), ORIGIN)
