"""The bus in Python against its peers, in one process: `python -m benchmarks.bus_python`.

Each figure is the best of several rounds in which ours and the peer take turns. A command is measured twice: beside the
same coroutine function called directly with the same options, which is what the bus costs a caller, and with a
handler that does nothing at all, where all that is left is the bus.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter_ns
from typing import Any

import blinker

from warmcall import Bus, CommandEvent, Event, Plugin

ROUNDS = 60
CALLS = 1_000

Loop = Callable[[int], Awaitable[None]]


def measure() -> list[dict[str, Any]]:
    """Measure every pair.

    Returns:
        One row a pair: `name`, `ours_ns`, `peer`, `peer_ns`, `ratio`, the `limit` of the ratio, perhaps a `goal`.
    """
    return asyncio.run(_measure())


async def _measure() -> list[dict[str, Any]]:
    bus = Bus()
    a, b = bus.plugin("A"), bus.plugin("B")
    a.ready()
    a.register_command("double", _double)
    a.register_command("nothing", _nothing)
    b.subscribe("A.ev", _hear)
    pairs: list[tuple[str, Loop, str, Loop, float, dict[str, float]]] = [
        ("await command(name, options)", _asked(b), "await the handler directly", _asked_directly, 5.0, {}),
        ("await command(name), empty handler", _awaited(b), "await an empty coroutine", _coroutine, 6.5, {"goal": 5.0}),
        ("publish to one, delivered", _published(bus, a), "blinker send to one", _blinker(), 1.5, {}),
    ]
    best = await _best({loop for pair in pairs for loop in (pair[1], pair[3])})
    return [
        {
            "name": name,
            "ours_ns": round(best[ours]),
            "peer": peer,
            "peer_ns": round(best[theirs]),
            "ratio": round(best[ours] / best[theirs], 2),
            "limit": limit,
            **more,
        }
        for name, ours, peer, theirs, limit, more in pairs
    ]


async def _best(loops: set[Loop]) -> dict[Loop, float]:
    """Return the best time of one call in each loop, in nanoseconds."""
    best = dict.fromkeys(loops, float("inf"))
    for _ in range(ROUNDS):
        for loop in loops:
            start = perf_counter_ns()
            await loop(CALLS)
            best[loop] = min(best[loop], (perf_counter_ns() - start) / CALLS)
    return best


async def _double(e: CommandEvent) -> int:
    number: int = e.data["n"]
    return number * 2


async def _nothing(e: CommandEvent) -> int:
    return 1


async def _double_directly(options: dict[str, int]) -> int:
    return options["n"] * 2


def _hear(e: Event) -> None:
    pass


async def _coroutine(calls: int) -> None:
    event: Any = None
    for _ in range(calls):
        await _nothing(event)


async def _asked_directly(calls: int) -> None:
    for number in range(calls):
        await _double_directly({"n": number})


def _asked(plugin: Plugin) -> Loop:
    async def loop(calls: int) -> None:
        for number in range(calls):
            await plugin.command("A.double", {"n": number})

    return loop


def _awaited(plugin: Plugin) -> Loop:
    async def loop(calls: int) -> None:
        for _ in range(calls):
            await plugin.command("A.nothing")

    return loop


def _published(bus: Bus, plugin: Plugin) -> Loop:
    async def loop(calls: int) -> None:
        for _ in range(calls):
            plugin.publish("ev")
        await bus.settle()

    return loop


def _blinker() -> Loop:
    signal = blinker.Signal()

    def hear(sender: object, **data: object) -> None:
        pass

    signal.connect(hear, weak=False)

    async def loop(calls: int) -> None:
        for _ in range(calls):
            signal.send(None, data=1)

    return loop


if __name__ == "__main__":
    for row in measure():
        print("{name:34} {ours_ns:6} ns   {peer:26} {peer_ns:6} ns   {ratio:5} x (limit {limit})".format(**row))
