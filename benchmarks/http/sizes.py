"""What a create and a match cost with few and with very many live requests."""

from contextlib import ExitStack
from statistics import median

from benchmarks.http import product
from benchmarks.http.create import SIZE_PER_S, WARM_S, echoing
from benchmarks.http.product import Product
from benchmarks.plan import Plan
from benchmarks.table import Row, amount

SIZES = (1_000, 100_000, 1_000_000)
# More than is matched in a second.
_STOCK_PER_S = 8_000


def measure(plan: Plan) -> list[Row]:
    """Alternate servers that differ in how many requests are live before a slice begins; CPU in echoes of that moment.

    The least of them is as empty as a store can be that has codes to match by.
    """
    costs: dict[tuple[str, int], list[float]] = {}
    with ExitStack() as stack:
        echo = stack.enter_context(echoing())
        servers = {size: stack.enter_context(product.running(size, SIZE_PER_S * plan.seconds)) for size in SIZES}
        echo.slice(WARM_S)
        for _ in range(plan.slices):
            for size, warmcall in servers.items():
                base_us = echo.slice(plan.seconds).cpu_us
                for what, cpu_us in _slice(warmcall, size, plan.seconds).items():
                    costs.setdefault((what, size), []).append(cpu_us / base_us)
        for warmcall in servers.values():
            warmcall.check()
    echoes = {key: median(measured) for key, measured in costs.items()}
    return [_row(what, size, echoes) for what in ("create", "match") for size in SIZES]


def _slice(warmcall: Product, size: int, seconds: int) -> dict[str, float]:
    create_us = warmcall.create(seconds).cpu_us
    warmcall.stock(max(size, _STOCK_PER_S * seconds))
    return {"create": create_us, "match": warmcall.match(seconds).cpu_us}


def _row(what: str, size: int, echoes: dict[tuple[str, int], float]) -> Row:
    least = SIZES[0]
    ours, base = echoes[what, size], echoes[what, least]
    return Row(
        name=f"{what}, {size:,} live requests, CPU",
        ours=amount(ours, "echoes"),
        peer="" if size == least else f"{what}, {least:,} live requests",
        peers="" if size == least else amount(base, "echoes"),
        ratio=ours / base,
        limit=None if size == least else 1.2,
        at=size,
        figure=ours,
    )
