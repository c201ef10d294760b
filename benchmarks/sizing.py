"""How many servers a rate of call requests needs: `python -m benchmarks.sizing`, with figures measured on your machine.

Visitors are simulated: when they ask, whether and when they call, how long they talk. What they keep busy at the worst
moment, times what each thing costs, gives processes, memory and numbers.
"""

import heapq
import math
import random
from collections.abc import Iterator

import click
import msgspec

RATES_PER_H = (1_000, 100_000, 10_000_000)
# Above this a sample is taken and scaled up. Its peaks are higher in proportion, so the sizes are on the safe side.
_SAMPLED_PER_H = 100_000
_HOURS = 1.5
_WARM_S = 1_800
_SEED = 1

_CALLING = 0.75
_UNTIL_THE_CALL_S = 45
_TALKING_S = 240
_LOOKING_ON_S = 120
_HEARTBEAT_S = 15
# A process answers quickly while a core is half busy, and what one holds must fit beside what fails over to it.
_BUSY = 0.5
_STREAMS_A_PROCESS = 10_000
# Of the million codes of six digits a tenth may be held on a number, so that a draw hardly ever collides.
_HELD_A_NUMBER = 100_000


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What things cost, measured.

    Attributes:
        create_us: CPU of a create, in the server process.
        match_us: CPU of a match, or of a report that a call was connected or has ended.
        event_us: CPU of an event on its way to one live stream; a sign of life costs as much.
        stream_kib: Memory of an idle live stream.
        row_bytes: What a request and its events take on disk.
    """

    create_us: float
    match_us: float
    event_us: float
    stream_kib: float
    row_bytes: float


class Peak(msgspec.Struct):
    """The most there was at one time.

    Attributes:
        waiting: Requests that wait for their call.
        held: Numbers and codes that are taken, those that cool down included.
        streams: Pages that follow their request live.
    """

    waiting: float = 0
    held: float = 0
    streams: float = 0


def simulate(rate_per_h: int, lifetime_s: int = 600, cool_down_s: int = 60) -> Peak:
    """Let visitors come for an hour and a half, and look at the last hour."""
    sampled = min(rate_per_h, _SAMPLED_PER_H)
    now = Peak()
    peak = Peak()
    for at_s, name, change in _changes(random.Random(_SEED), sampled, lifetime_s, cool_down_s):
        setattr(now, name, getattr(now, name) + change)
        if at_s > _WARM_S:
            setattr(peak, name, max(getattr(peak, name), getattr(now, name)))
    scale = rate_per_h / sampled
    return Peak(peak.waiting * scale, peak.held * scale, peak.streams * scale)


def _changes(
    chance: random.Random, rate_per_h: int, lifetime_s: int, cool_down_s: int
) -> Iterator[tuple[float, str, int]]:
    """What begins and ends, in the order of time."""
    due: list[tuple[float, str, int]] = []
    at_s = 0.0
    while at_s < _HOURS * 3600:
        at_s += chance.expovariate(rate_per_h / 3600)
        while due and due[0][0] <= at_s:
            yield heapq.heappop(due)
        waits_s, looks_on_s = _visit(chance, lifetime_s)
        for name, ends_s in (("waiting", waits_s), ("held", waits_s + cool_down_s), ("streams", looks_on_s)):
            yield at_s, name, 1
            heapq.heappush(due, (at_s + ends_s, name, -1))


def _visit(chance: random.Random, lifetime_s: int) -> tuple[float, float]:
    """How long a visitor's request waits, and how long the page looks on."""
    if chance.random() < _CALLING:
        waits_s = min(chance.expovariate(1 / _UNTIL_THE_CALL_S), lifetime_s)
        return waits_s, waits_s + chance.expovariate(1 / _TALKING_S)
    return lifetime_s, min(chance.expovariate(1 / _LOOKING_ON_S), lifetime_s)


def busy_cores(rate_per_h: int, peak: Peak, costs: Costs) -> float:
    """The cores that the server processes keep busy."""
    a_second = rate_per_h / 3600
    # Matched, connected and ended: three reports, and three events to the page.
    reports, events = 3 * _CALLING * a_second, 3 * _CALLING * a_second + peak.streams / _HEARTBEAT_S
    return (a_second * costs.create_us + reports * costs.match_us + events * costs.event_us) / 1e6


def table(costs: Costs) -> str:
    """The sizes of all rates, as Markdown."""
    lines = [
        "| call requests an hour | creates/s | live at most | live streams | cores busy | processes "
        "| memory of streams | numbers, shared | on disk a day |",
        "|" + "---:|" * 9,
    ]
    for rate in RATES_PER_H:
        peak = simulate(rate)
        cores = busy_cores(rate, peak, costs)
        processes = max(math.ceil(cores / _BUSY), math.ceil(peak.streams / _STREAMS_A_PROCESS))
        cells = [
            f"{rate:,}",
            f"{rate / 3600:,.1f}",
            f"{peak.waiting:,.0f}",
            f"{peak.streams:,.0f}",
            f"{cores:.3g}",
            f"{processes:,}",
            f"{peak.streams * costs.stream_kib / 1024:,.1f} MB",
            f"{math.ceil(peak.held / _HELD_A_NUMBER):,}",
            f"{rate * 24 * costs.row_bytes / 1e9:,.2f} GB",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


@click.command()
@click.option("--create-us", default=300.0, show_default=True, help="CPU of a create.")
@click.option("--match-us", default=400.0, show_default=True, help="CPU of a match or a report.")
@click.option("--event-us", default=40.0, show_default=True, help="CPU of an event to one live stream.")
@click.option("--stream-kib", default=12.5, show_default=True, help="Memory of an idle live stream.")
@click.option("--row-bytes", default=1600.0, show_default=True, help="Disk of a request with its events.")
def main(create_us: float, match_us: float, event_us: float, stream_kib: float, row_bytes: float) -> None:
    """Print how much it takes to serve 10^3, 10^5 and 10^7 call requests an hour."""
    costs = Costs(create_us=create_us, match_us=match_us, event_us=event_us, stream_kib=stream_kib, row_bytes=row_bytes)
    click.echo(table(costs))


if __name__ == "__main__":
    main()
