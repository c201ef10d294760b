"""Matching an inbound call: against create on the same server, on a full store, and on the usual stack."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.http import product
from benchmarks.http.bodies import CREATE_PATH, MATCH_PATH, ORIGIN, call_requests, inbound_calls
from benchmarks.http.create import SIZE_PER_S, WARM_S, echoing, peer
from benchmarks.http.load import Compared, Load, Slice, compared
from benchmarks.plan import Plan
from benchmarks.table import Row, amount

# More than is matched in a second.
_STOCK_PER_S = 12_000
_PEER_STOCK_PER_S = 800


def measure(plan: Plan) -> list[Row]:
    """Measure matches by code, each of a call and a code of its own."""
    beside_create = _beside_create(plan)
    full = _full_beside_empty(plan)
    ours, tutorial = _beside_echo(plan)
    return [
        beside_create.rate_row("match by code, requests/s", "durable create, same server", limit=0.9, goal=1.1),
        Row(
            name=f"match, {plan.live_requests:,} live requests, time each",
            ours=amount(1e6 / full.per_s, "us"),
            peer="match, store nearly empty",
            peers=amount(1e6 / full.base_per_s, "us"),
            ratio=1 / full.ratio,
            limit=1.2,
        ),
        Row(
            name="match by code, share of the echo's rate",
            ours=f"{ours.ratio:.3f}",
            peer="FastAPI + SQLAlchemy ORM",
            peers=f"{tutorial.ratio:.3f}",
            ratio=ours.ratio / tutorial.ratio,
            limit=14,
            at_least=True,
        ),
    ]


def _beside_create(plan: Plan) -> Compared:
    with product.running(create_size=SIZE_PER_S * plan.seconds) as warmcall:
        pairs: list[tuple[Slice, Slice]] = []
        for _ in range(plan.slices):
            warmcall.stock(_STOCK_PER_S * plan.seconds)
            pairs.append((warmcall.create(plan.seconds), warmcall.match(plan.seconds)))
        warmcall.check()
    return compared(pairs)


def _full_beside_empty(plan: Plan) -> Compared:
    """Alternate two servers, each with what it needs for a slice and one of them with many more."""
    stock = _STOCK_PER_S * plan.seconds
    with product.running(plan.live_requests) as full, product.running() as empty:
        pairs: list[tuple[Slice, Slice]] = []
        for _ in range(plan.slices):
            empty.stock(stock)
            full.stock(plan.live_requests + stock)
            pairs.append((empty.match(plan.seconds), full.match(plan.seconds)))
        empty.check()
        full.check()
    return compared(pairs)


def _beside_echo(plan: Plan) -> tuple[Compared, Compared]:
    with echoing() as echo:
        echo.slice(WARM_S)
        with product.running() as warmcall:
            ours: list[tuple[Slice, Slice]] = []
            for _ in range(plan.slices):
                warmcall.stock(_STOCK_PER_S * plan.seconds)
                ours.append((echo.slice(plan.seconds), warmcall.match(plan.seconds)))
            warmcall.check()
        return compared(ours), _peer_beside_echo(echo, plan)


def _peer_beside_echo(echo: Load, plan: Plan) -> Compared:
    with peer("fastapi_sqlalchemy") as (server, data_dir):
        create = Load(server, CREATE_PATH, call_requests(SIZE_PER_S), ORIGIN)
        match = Load(server, MATCH_PATH, lambda: _calls_of_peer(data_dir))
        pairs: list[tuple[Slice, Slice]] = []
        for _ in range(plan.slices):
            while len(_codes_of_peer(data_dir)) < _PEER_STOCK_PER_S * plan.seconds:
                create.slice(1)
            pairs.append((echo.slice(plan.seconds), match.slice(plan.seconds)))
    return compared(pairs)


def _calls_of_peer(data_dir: Path) -> Iterator[bytes]:
    return inbound_calls(_codes_of_peer(data_dir), secrets.token_hex(4))


def _codes_of_peer(data_dir: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(data_dir / "peer.db")) as connection:
        return connection.execute("SELECT number, code FROM call_request WHERE state = 'waiting'").fetchall()
