"""Durable create against a bare echo, and against what one would otherwise build it with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.http import product
from benchmarks.http.bodies import CREATE_PATH, ORIGIN, call_requests
from benchmarks.http.load import Compared, Load, alternate
from benchmarks.http.process import CACHE, PEERS_PYTHON, Server, free_port, serving, uvicorn
from benchmarks.plan import Plan
from benchmarks.table import Row

WARM_S = 1
SIZE_PER_S = 20_000
"""More than any of the candidates answers in a second."""


def measure(plan: Plan) -> list[Row]:
    """Measure create on SQLite, synchronous=FULL, over the product's own route with all its checks."""
    with echoing() as echo:
        echo.slice(WARM_S)
        with product.running(create_size=SIZE_PER_S * plan.seconds) as warmcall:
            warmcall.create(WARM_S)
            ours = alternate(lambda: echo.slice(plan.seconds), lambda: warmcall.create(plan.seconds), plan.slices)
            warmcall.check()
        aiosqlite = _peer("plain_aiosqlite", echo, plan)
        tutorial = _peer("fastapi_sqlalchemy", echo, plan)
    return [
        ours.rate_row("durable create, requests/s", "bare echo", limit=0.42, goal=0.55),
        ours.cpu_row("durable create, CPU a request", "bare echo", limit=2.5, goal=1.9),
        _against("FastAPI + SQLAlchemy ORM", ours, tutorial, limit=14, goal=22),
        _against("aiosqlite, one commit each", ours, aiosqlite, limit=2.5, goal=3.5),
    ]


@contextmanager
def echoing() -> Iterator[Load]:
    """Run the baseline, and send it what is sent to the product."""
    port = free_port()
    with serving(uvicorn("benchmarks.http.peers.echo:app", port), port) as server:
        yield Load(server, CREATE_PATH, call_requests(10_000), ORIGIN, once=False)


@contextmanager
def peer(name: str) -> Iterator[tuple[Server, Path]]:
    """Run another stack on the same server and interpreter, and tell the folder of its database, on the same disk."""
    port = free_port()
    CACHE.mkdir(parents=True, exist_ok=True)
    command = uvicorn(f"benchmarks.http.peers.{name}:app", port, PEERS_PYTHON)
    with TemporaryDirectory(dir=CACHE) as folder, serving(command, port, {"BENCH_DATA": folder}) as server:
        yield server, Path(folder)


def _peer(name: str, echo: Load, plan: Plan) -> Compared:
    with peer(name) as (server, _):
        load = Load(server, CREATE_PATH, call_requests(SIZE_PER_S * plan.seconds), ORIGIN)
        load.slice(WARM_S)
        return alternate(lambda: echo.slice(plan.seconds), lambda: load.slice(plan.seconds), plan.slices)


def _against(name: str, ours: Compared, theirs: Compared, limit: float, goal: float) -> Row:
    """Both were measured beside the echo; their shares of it are compared, so that they need not run together."""
    return Row(
        name="durable create, share of the echo's rate",
        ours=f"{ours.ratio:.3f}",
        peer=name,
        peers=f"{theirs.ratio:.3f}",
        ratio=ours.ratio / theirs.ratio,
        limit=limit,
        at_least=True,
        goal=goal,
    )
