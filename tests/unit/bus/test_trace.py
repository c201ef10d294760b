import asyncio

import pytest

from warmcall import Bus, CommandEvent, UnknownCommandError


async def go(e: CommandEvent) -> int:
    return 7


async def test_the_switch_writes_a_line_for_everything_that_passes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARMCALL_TRACE_BUS", "1")
    bus = Bus()
    a, b = bus.plugin("A"), bus.plugin("B")
    a.register_command("go", go)
    a.ready()
    b.subscribe("A.ev", lambda e: None)
    assert await b.command("A.go", {"x": 1}) == 7
    a.publish("ev", [1])
    a.publish("unheard")
    a.publish_direct("tick")
    a.republish("ready")
    with pytest.raises(UnknownCommandError):
        await bus.command("A.nothing")
    assert capsys.readouterr().err.splitlines() == [
        "bus: command A.go by B {'x': 1}",
        "bus: resolved A.go 7",
        "bus: event A.ev to 1 [1]",
        "bus: event A.unheard to 0 None",
        "bus: event A.ready to 0 None",
        "bus: command A.nothing by CXBus {}",
        "bus: rejected A.nothing UnknownCommandError('Command does not exist')",
    ]


async def test_without_the_switch_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WARMCALL_TRACE_BUS", raising=False)
    bus = Bus()
    a = bus.plugin("A")
    a.publish("ev")
    await a.command("LOAD")
    assert capsys.readouterr().err == ""


async def test_the_option_debug_writes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "warmcall.bus.trace")
    bus = Bus()
    a = bus.plugin("A")
    await a.command("LOAD")
    bus.configure({"debug": True})
    await a.command("LOAD")
    bus.configure({"debug": False})
    await a.command("LOAD")
    assert caplog.messages == ["command A.LOAD by A {}", "resolved A.LOAD None"]


async def test_the_trace_does_not_count_as_having_heard_a_rejection(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WARMCALL_TRACE_BUS", "1")
    bus = Bus()
    bus.plugin("A").command("nothing")
    await bus.settle()
    assert caplog.messages == ["Error (A.nothing): Command does not exist"]


async def test_the_automatic_commands_list_what_a_plugin_has(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "warmcall.bus")
    bus = Bus()
    a = bus.plugin("A")
    a.register_command("go", go)
    a.register_events(["gone"])
    await asyncio.gather(a.command("COMMANDS"), a.command("EVENTS"))
    assert caplog.messages == ["Commands of A: COMMANDS, EVENTS, LOAD, go", "Events of A: gone"]
    caplog.clear()
    bus.configure({"log": False})
    await a.command("EVENTS")
    assert caplog.messages == []
