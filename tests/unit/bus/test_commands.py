import asyncio
import gc

import pytest

from warmcall import (
    Bus,
    Command,
    CommandCancelledError,
    CommandEvent,
    CommandFailedError,
    CommandInterruptedError,
    CommandRejectedError,
    Plugin,
    PluginNotLoadedError,
    UnknownCommandError,
    WarmcallError,
)


class OutsideHoursError(WarmcallError):
    code = "outside_hours"


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


async def test_what_a_handler_returns_resolves_the_command(a: Plugin, b: Plugin) -> None:
    a.register_command("go", lambda e: e.data["x"] + 1)
    assert await b.command("A.go", {"x": 1}) == 2


async def test_what_an_asynchronous_handler_returns_resolves_the_command(a: Plugin, b: Plugin) -> None:
    async def go(e: CommandEvent) -> str:
        await asyncio.sleep(0)
        return e.commander

    a.register_command("go", go)
    assert await b.command("A.go") == "B"


async def test_a_handler_may_return_anything_awaitable(a: Plugin, b: Plugin) -> None:
    a.register_command("inner", lambda e: 7)
    a.register_command("outer", lambda e: b.command("A.inner"))
    assert await b.command("A.outer") == 7


async def test_an_awaited_command_can_be_awaited_again(a: Plugin, b: Plugin) -> None:
    a.register_command("go", lambda e: 7)
    command = b.command("A.go")
    assert [await command, await command] == [7, 7]


async def test_a_handler_runs_once_however_often_its_command_is_awaited(a: Plugin, b: Plugin) -> None:
    runs: list[int] = []

    async def go(e: CommandEvent) -> int:
        runs.append(1)
        await asyncio.sleep(0)
        return 7

    a.register_command("go", go)
    command = b.command("A.go")
    assert list(await asyncio.gather(command, command, command)) == [7, 7, 7]
    assert runs == [1]


async def test_awaiting_a_command_alone_in_the_queue_runs_it_in_the_awaiting_task(a: Plugin, b: Plugin) -> None:
    async def go(e: CommandEvent) -> object:
        return asyncio.current_task()

    a.register_command("go", go)
    assert await b.command("A.go") is asyncio.current_task()


async def test_an_awaited_command_does_not_overtake_what_was_published_before(a: Plugin, b: Plugin) -> None:
    seen: list[str] = []
    a.register_command("go", lambda e: seen.append("command"))
    b.subscribe("A.ev", lambda e: seen.append("event"))
    a.publish("ev")
    await b.command("A.go")
    assert seen == ["event", "command"]


async def test_an_awaited_command_does_not_overtake_a_command_given_before(a: Plugin, b: Plugin) -> None:
    seen: list[int] = []
    a.register_command("go", lambda e: seen.append(e.data["n"]))
    b.command("A.go", {"n": 1})
    await b.command("A.go", {"n": 2})
    assert seen == [1, 2]


async def test_a_command_does_not_overtake_an_asynchronous_handler_about_to_begin(a: Plugin, b: Plugin) -> None:
    seen: list[str] = []

    async def slow(e: CommandEvent) -> None:
        seen.append("slow")

    async def elsewhere() -> None:
        await b.command("A.quick")

    a.register_command("slow", slow)
    a.register_command("quick", lambda e: seen.append("quick"))
    b.command("A.slow")
    async with asyncio.TaskGroup() as group:
        group.create_task(elsewhere())
    assert seen == ["slow", "quick"]


async def test_handlers_begin_in_order_whether_asynchronous_or_not(bus: Bus, a: Plugin, b: Plugin) -> None:
    seen: list[str] = []

    async def slow(e: CommandEvent) -> None:
        seen.append("slow begins")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        seen.append("slow ends")

    a.register_command("slow", slow)
    a.register_command("quick", lambda e: seen.append("quick"))
    b.command("A.slow")
    b.command("A.quick")
    await bus.settle()
    assert seen == ["slow begins", "quick", "slow ends"]


async def test_a_rejection_is_raised_with_its_text_and_reason(a: Plugin, b: Plugin) -> None:
    a.register_command("go", lambda e: e.deferred.reject({"code": 7}))
    with pytest.raises(CommandRejectedError) as caught:
        await b.command("A.go")
    assert caught.value.reason == {"code": 7}


async def test_raising_a_rejection_rejects_with_it(a: Plugin, b: Plugin) -> None:
    async def go(e: CommandEvent) -> None:
        raise CommandRejectedError("already opened")

    a.register_command("go", go)
    with pytest.raises(CommandRejectedError, match=r"^already opened$"):
        await b.command("A.go")


async def test_a_failing_handler_rejects_with_its_exception_as_the_cause(
    a: Plugin, b: Plugin, caplog: pytest.LogCaptureFixture
) -> None:
    a.register_command("go", lambda e: e.data["missing"])
    with pytest.raises(CommandFailedError, match="'missing'") as caught:
        await b.command("A.go")
    assert isinstance(caught.value.__cause__, KeyError)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_an_exception_without_text_is_named_by_its_type(a: Plugin, b: Plugin) -> None:
    def go(e: CommandEvent) -> None:
        raise ZeroDivisionError

    a.register_command("go", go)
    with pytest.raises(CommandFailedError, match=r"^ZeroDivisionError$"):
        await b.command("A.go")


async def test_a_domain_error_rejects_without_being_reported(
    a: Plugin, b: Plugin, caplog: pytest.LogCaptureFixture
) -> None:
    def go(e: CommandEvent) -> None:
        raise OutsideHoursError("Closed until 08:00.", {"opens": "08:00"})

    a.register_command("go", go)
    with pytest.raises(CommandFailedError, match=r"^Closed until 08:00\.$") as caught:
        await b.command("A.go")
    assert isinstance(caught.value.__cause__, OutsideHoursError)
    assert caught.value.details == {"opens": "08:00"}
    assert caplog.records == []


async def test_a_before_function_may_refuse_with_a_domain_error(
    a: Plugin, b: Plugin, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(options: object) -> object:
        raise OutsideHoursError("Closed until 08:00.")

    a.register_command("go", lambda e: None)
    b.before("A.go", refuse)
    with pytest.raises(CommandFailedError, match="Closed") as caught:
        await b.command("A.go")
    assert isinstance(caught.value.__cause__, OutsideHoursError)
    assert caplog.records == []


async def test_an_asynchronous_before_function_is_refused(a: Plugin, b: Plugin) -> None:
    async def hook(options: object) -> object:
        return options

    a.register_command("go", lambda e: None)
    b.before("A.go", hook)
    with pytest.raises(CommandFailedError, match="make it synchronous"):
        await b.command("A.go")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UnknownCommandError, "Command does not exist"),
        (CommandCancelledError, "Command was cancelled by a 'before' function."),
        (
            PluginNotLoadedError,
            "Could not load plugin file in given location. Check your plugins path option.",
        ),
    ],
)
async def test_each_refusal_of_the_bus_has_a_type_of_its_own(
    error: type[CommandRejectedError], text: str, a: Plugin, b: Plugin
) -> None:
    b.before("A.COMMANDS", lambda options: None)
    name = {
        UnknownCommandError: "A.nothing",
        CommandCancelledError: "A.COMMANDS",
        PluginNotLoadedError: "Zed.go",
    }[error]
    with pytest.raises(error) as caught:
        await b.command(name)
    assert str(caught.value) == text
    assert isinstance(caught.value, WarmcallError)


async def test_a_handler_that_took_the_deferred_does_not_settle_by_returning(bus: Bus, a: Plugin, b: Plugin) -> None:
    kept = []

    async def go(e: CommandEvent) -> str:
        kept.append(e.deferred)
        return "ignored"

    a.register_command("go", go)
    waiting = asyncio.ensure_future(b.command("A.go"))
    await bus.settle()
    kept[0].resolve("chosen")
    assert await waiting == "chosen"


async def test_callbacks_attached_before_awaiting_run_too(a: Plugin, b: Plugin) -> None:
    seen: list[object] = []

    async def go(e: CommandEvent) -> int:
        return 7

    a.register_command("go", go)
    await b.command("A.go").done(seen.append).always([seen.append, seen.append]).fail(seen.append)
    assert seen == [7, 7, 7]


async def test_a_callback_that_raises_stops_no_other(a: Plugin, b: Plugin, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[object] = []
    a.register_command("go", lambda e: 7)
    assert await b.command("A.go").done([lambda value: 1 / 0, seen.append]) == 7
    assert seen == [7]
    assert "A callback of A.go raised" in caplog.text


async def test_then_gives_a_promise_of_what_its_function_makes(a: Plugin, b: Plugin) -> None:
    a.register_command("go", lambda e: 7)
    a.register_command("no", lambda e: e.deferred.reject("no"))
    assert await b.command("A.go").then(lambda value: value * 2) == 14
    assert await b.command("A.no").then(None, lambda error: f"caught {error}") == "caught no"
    assert await b.command("A.go").then(lambda value: b.command("A.go")) == 7
    with pytest.raises(CommandRejectedError, match=r"^no$"):
        await b.command("A.no").then(lambda value: value)
    with pytest.raises(CommandFailedError, match="division"):
        await b.command("A.go").then(lambda value: value / 0)


async def test_a_rejection_nobody_hears_is_logged(
    bus: Bus, a: Plugin, b: Plugin, caplog: pytest.LogCaptureFixture
) -> None:
    b.command("A.nothing")
    await bus.settle()
    gc.collect()
    assert caplog.messages == ["Error (A.nothing): Command does not exist"]


async def test_a_fault_is_logged_once(bus: Bus, a: Plugin, b: Plugin, caplog: pytest.LogCaptureFixture) -> None:
    a.register_command("go", lambda e: e.data["missing"])
    b.command("A.go")
    await bus.settle()
    gc.collect()
    assert caplog.messages == ["The handler of A.go raised KeyError"]


async def test_a_rejection_somebody_hears_is_not_logged(
    bus: Bus, a: Plugin, b: Plugin, caplog: pytest.LogCaptureFixture
) -> None:
    b.command("A.nothing").fail(lambda error: None)
    b.command("A.nothing").always(lambda outcome: None)
    with pytest.raises(UnknownCommandError):
        await b.command("A.nothing")
    await bus.settle()
    gc.collect()
    assert caplog.messages == []


async def test_options_are_handed_over_unchanged_and_a_fresh_object_stands_for_none(a: Plugin, b: Plugin) -> None:
    a.register_command("go", lambda e: e.data)
    options = {"x": 1}
    assert await b.command("A.go", options) is options
    assert await b.command("A.go") == {}
    assert await b.command("A.go") is not await b.command("A.go")


async def test_a_handler_sees_the_five_things_of_the_contract(a: Plugin, b: Plugin) -> None:
    events: list[CommandEvent] = []
    a.register_command("go", events.append)
    await b.command("A.go")
    await b.command("A.go").done(print)
    assert [dir(e) for e in events] == [["command", "commander", "data", "deferred", "time"]] * 2


def test_a_handler_that_cannot_be_called_is_refused(a: Plugin) -> None:
    with pytest.raises(TypeError, match=r"A\.go cannot be called"):
        a.register_command("go", "no function")  # type: ignore[arg-type]


async def test_a_command_given_without_a_loop_runs_when_there_is_one() -> None:
    def prepare() -> tuple[Bus, list[object]]:
        bus = Bus()
        a, b = bus.plugin("A"), bus.plugin("B")
        a.register_command("go", lambda e: 7)
        a.ready()
        seen: list[object] = []
        b.command("A.go").done(seen.append)
        b.subscribe("A.ev", lambda e: seen.append(e.data))
        a.publish("ev", 8)
        return bus, seen

    bus, seen = await asyncio.to_thread(prepare)
    assert seen == []
    await bus.settle()
    assert seen == [7, 8]


def test_a_bus_goes_on_in_a_second_loop(bus: Bus, a: Plugin, b: Plugin) -> None:
    async def go(e: CommandEvent) -> int:
        return 7

    async def call() -> object:
        b.command("A.go")
        return await b.command("A.go")

    a.register_command("go", go)
    assert [asyncio.run(call()), asyncio.run(call())] == [7, 7]


def test_what_a_stopped_loop_left_is_delivered_by_the_next(bus: Bus, a: Plugin, b: Plugin) -> None:
    given: list[Command] = []
    first = asyncio.new_event_loop()
    first.call_soon(lambda: given.append(b.command("A.LOAD")))
    first.call_soon(first.stop)
    first.run_forever()
    first.close()
    (command,) = given
    assert command.state() == "pending"
    asyncio.run(bus.settle())
    assert command.state() == "resolved"


def test_an_interrupt_from_the_keyboard_ends_the_program(bus: Bus, a: Plugin, b: Plugin) -> None:
    async def interrupted(e: CommandEvent) -> None:
        raise KeyboardInterrupt

    async def queued() -> None:
        b.command("A.go")
        await bus.settle()

    async def inline() -> None:
        await b.command("A.go")

    a.register_command("go", interrupted)
    for program in (queued, inline):
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(program())
    gc.collect()  # the loop says now, not during another test, that nobody looked at the task


async def test_an_interrupted_command_may_be_tried_again() -> None:
    assert CommandInterruptedError.retryable
    assert not CommandRejectedError.retryable
