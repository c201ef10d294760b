import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall import Bus, CommandEvent, Event
from warmcall.bus.delivery import DELIVERIES_PER_TURN


async def test_a_subscriber_gets_an_event() -> None:
    bus = Bus()
    a, b = bus.plugin("A"), bus.plugin("B")
    seen: list[Event] = []
    b.subscribe("A.ev", seen.append)
    a.publish("ev", {"n": 1})
    await bus.settle()
    (event,) = seen
    assert (event.publisher, event.event, event.data) == ("A", "A.ev", {"n": 1})
    assert abs(event.time - time.time() * 1000) < 10_000


async def test_an_asynchronous_subscriber_runs_to_its_end() -> None:
    bus = Bus()
    a, b = bus.plugin("A"), bus.plugin("B")
    seen: list[int] = []

    async def hear(e: Event) -> None:
        await asyncio.sleep(0)
        seen.append(e.data)

    b.subscribe("A.ev", hear)
    a.publish("ev", 1)
    a.publish("ev", 2)
    await bus.settle()
    assert seen == [1, 2]


async def test_a_failing_subscriber_is_reported_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus()
    a, b = bus.plugin("A"), bus.plugin("B")
    seen: list[Event] = []

    async def fails_later(e: Event) -> None:
        raise LookupError("later")

    def fails(e: Event) -> None:
        raise LookupError("at once")

    b.subscribe("A.ev", fails_later)
    b.subscribe("A.ev", fails)
    b.subscribe("A.ev", seen.append)
    a.publish("ev")
    await bus.settle()
    assert len(seen) == 1
    assert [record.exc_info[1].args[0] for record in caplog.records if record.exc_info and record.exc_info[1]] == [
        "later",
        "at once",
    ]


async def test_plugins_that_answer_each_other_for_ever_leave_the_loop_its_turns() -> None:
    bus = Bus()
    a, b = bus.plugin("A"), bus.plugin("B")
    heard = 0

    def answer(e: Event) -> None:
        nonlocal heard
        heard += 1
        b.publish("pong")

    a.subscribe("B.pong", answer)
    b.publish("pong")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert DELIVERIES_PER_TURN <= heard <= 4 * DELIVERIES_PER_TURN
    a.unsubscribe("B.pong")


async def test_nothing_is_kept_of_an_event_without_subscribers() -> None:
    bus = Bus()
    a = bus.plugin("A")
    for number in range(10):
        a.publish(f"ev{number}")
    a.subscribe("A.ev1", print)
    a.unsubscribe("A.ev1")
    assert bus._events._topics == {}


async def test_whoever_commands_inside_a_subscriber_may_await() -> None:
    bus = Bus()
    a, b = bus.plugin("A"), bus.plugin("B")
    a.ready()
    a.register_command("double", lambda e: e.data["n"] * 2)
    seen: list[int] = []

    async def hear(e: Event) -> None:
        seen.append(await b.command("A.double", e.data))

    b.subscribe("A.ev", hear)
    a.publish("ev", {"n": 4})
    await bus.settle()
    assert seen == [8]


@given(st.lists(st.sampled_from(["event", "command", "slow command", "slow event"]), max_size=30))
def test_deliveries_begin_in_the_order_of_their_calls(calls: list[str]) -> None:
    begun: list[int] = []

    async def slow(e: Event | CommandEvent) -> None:
        begun.append(e.data["n"])
        await asyncio.sleep(0)

    def quick(e: Event | CommandEvent) -> None:
        begun.append(e.data["n"])

    async def run() -> None:
        bus = Bus()
        a, b = bus.plugin("A"), bus.plugin("B")
        a.ready()
        a.register_command("command", quick)
        a.register_command("slow command", slow)
        b.subscribe("A.event", quick)
        b.subscribe("A.slow event", slow)
        for number, call in enumerate(calls):
            if "command" in call:
                b.command(f"A.{call}", {"n": number})
            else:
                a.publish(call, {"n": number})
        await bus.settle()

    asyncio.run(run())
    assert begun == list(range(len(calls)))


def test_an_event_is_heard_while_somebody_subscribes() -> None:
    bus = Bus()
    a, b = bus.plugin("A"), bus.plugin("B")
    assert not a.is_heard("ev")
    b.subscribe("A.ev", lambda _: None)
    assert a.is_heard("ev")
    b.unsubscribe("A.ev")
    assert not a.is_heard("ev")


def test_a_trace_hears_every_event() -> None:
    bus = Bus()
    a = bus.plugin("A")
    bus.configure({"debug": True, "log": True})
    assert a.is_heard("ev")
