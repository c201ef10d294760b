import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest

from warmcall import Bus, CommandEvent, CommandInterruptedError, CommandRejectedError, Plugin


class Work:
    """An asynchronous handler that waits until it is let go, and says how it ended."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.ended: list[str] = []

    async def __call__(self, e: CommandEvent) -> str:
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("finished")
        return "done"


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def a(bus: Bus) -> Plugin:
    plugin = bus.plugin("A")
    plugin.ready()
    return plugin


@pytest.fixture
def b(bus: Bus) -> Plugin:
    return bus.plugin("B")


@pytest.fixture
async def work(a: Plugin) -> Work:
    work = Work()
    a.register_command("work", work)
    a.register_command("quick", lambda e: "quick")
    return work


async def inline(a: Plugin, b: Plugin) -> object:
    return await b.command("A.work")


async def queued(a: Plugin, b: Plugin) -> object:
    b.subscribe("A.ev", lambda e: None)
    a.publish("ev")
    return await b.command("A.work")


ways = pytest.mark.parametrize("way", [inline, queued])
Way = Callable[[Plugin, Plugin], Awaitable[object]]


@ways
async def test_cancelling_the_caller_cancels_the_handler(
    way: Way, a: Plugin, b: Plugin, work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    caller = asyncio.ensure_future(way(a, b))
    await work.begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    del caller
    gc.collect()
    assert work.ended == ["cancelled"]
    assert caplog.messages == []
    assert await b.command("A.quick") == "quick"


@ways
async def test_a_timeout_around_a_command_cancels_the_handler_and_stays_a_timeout(
    way: Way, a: Plugin, b: Plugin, work: Work
) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await way(a, b)
    assert work.ended == ["cancelled"]
    assert await b.command("A.quick") == "quick"


@ways
async def test_a_shielded_command_goes_on(way: Way, a: Plugin, b: Plugin, work: Work) -> None:
    inner = asyncio.ensure_future(way(a, b))
    caller = asyncio.ensure_future(asyncio.wait_for(asyncio.shield(inner), 5))
    await work.begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    work.go_on.set()
    assert await inner == "done"
    assert work.ended == ["finished"]


@ways
async def test_a_failing_sibling_in_a_task_group_cancels_the_handler(
    way: Way, a: Plugin, b: Plugin, work: Work
) -> None:
    async def fail() -> None:
        await work.begun.wait()
        raise LookupError

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            group.create_task(way(a, b))  # type: ignore[arg-type]

    with pytest.raises(ExceptionGroup) as caught:
        await both()
    assert caught.group_contains(LookupError)
    assert work.ended == ["cancelled"]
    assert await b.command("A.quick") == "quick"


@ways
async def test_a_rejection_in_a_task_group_is_an_error_of_the_group(way: Way, a: Plugin, b: Plugin, work: Work) -> None:
    a.register_command("work", lambda e: e.deferred.reject("no"))
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as group:
            group.create_task(way(a, b))  # type: ignore[arg-type]
    assert caught.group_contains(CommandRejectedError, match="no")


@ways
async def test_a_cancellation_of_the_handlers_own_rejects_only_its_command(
    way: Way, a: Plugin, b: Plugin, work: Work
) -> None:
    async def awaits_something_cancelled(e: CommandEvent) -> None:
        other = asyncio.ensure_future(asyncio.Event().wait())
        asyncio.get_running_loop().call_soon(other.cancel)
        await other

    a.register_command("work", awaits_something_cancelled)
    with pytest.raises(CommandInterruptedError):
        await way(a, b)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    assert await b.command("A.quick") == "quick"


@ways
async def test_a_synchronous_handler_that_raises_cancelled_rejects_only_its_command(
    way: Way, a: Plugin, b: Plugin, work: Work
) -> None:
    def raises(e: CommandEvent) -> None:
        raise asyncio.CancelledError

    a.register_command("work", raises)
    with pytest.raises(CommandInterruptedError):
        await way(a, b)


@ways
async def test_a_handler_may_use_timeouts_of_its_own(way: Way, a: Plugin, b: Plugin, work: Work) -> None:
    async def patient(e: CommandEvent) -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            return "gave up"
        return "never"

    a.register_command("work", patient)
    assert await way(a, b) == "gave up"


async def test_a_caller_cancelled_before_the_handler_began_keeps_it_from_running(
    bus: Bus, b: Plugin, work: Work
) -> None:
    late = bus.plugin("Late")
    late.register_command("work", work)
    caller = asyncio.ensure_future(b.command("Late.work"))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    late.ready()
    await bus.settle()
    assert not work.begun.is_set()


async def test_only_the_first_awaiter_takes_the_handler_with_it(bus: Bus, b: Plugin, work: Work) -> None:
    command = b.command("A.work")
    first = asyncio.ensure_future(command)
    await work.begun.wait()
    second = asyncio.ensure_future(command)
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    work.go_on.set()
    assert await first == "done"


async def test_a_second_awaiter_learns_that_the_command_was_interrupted(b: Plugin, work: Work) -> None:
    command = b.command("A.work")
    first = asyncio.ensure_future(command)
    await work.begun.wait()
    second = asyncio.ensure_future(command)
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(CommandInterruptedError):
        await second


async def test_a_command_whose_deferred_was_taken_survives_its_caller(bus: Bus, a: Plugin, b: Plugin) -> None:
    kept = []
    a.register_command("slow", lambda e: kept.append(e.deferred))
    command = b.command("A.slow")
    caller = asyncio.ensure_future(command)
    await bus.settle()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert command.state() == "pending"
    kept[0].resolve("late")
    assert await command == "late"


async def test_closing_the_bus_cancels_what_still_runs(bus: Bus, b: Plugin, work: Work) -> None:
    command = b.command("A.work")
    await bus.aclose(grace_s=0.01)
    assert work.ended == ["cancelled"]
    with pytest.raises(CommandInterruptedError):
        await command


async def test_closing_the_bus_lets_what_is_quick_finish(bus: Bus, b: Plugin, work: Work) -> None:
    command = b.command("A.work")
    asyncio.get_running_loop().call_soon(work.go_on.set)
    await bus.aclose()
    assert await command == "done"


async def test_closing_an_idle_bus_returns(bus: Bus) -> None:
    await bus.aclose()


async def test_a_handler_may_wait_for_the_rest_of_the_bus(bus: Bus, a: Plugin, b: Plugin) -> None:
    async def settles(e: CommandEvent) -> str:
        await bus.settle()
        return "settled"

    heard: list[object] = []
    a.register_command("go", settles)
    command = b.command("A.go")
    b.subscribe("A.ev", heard.append)
    a.publish("ev")
    assert await command == "settled"
    assert len(heard) == 1
