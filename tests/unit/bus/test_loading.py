import asyncio

import pytest

from warmcall import Bus, CommandEvent, PluginNotLoadedError


async def test_a_loader_brings_the_plugin_a_command_needs() -> None:
    async def load(name: str) -> None:
        await asyncio.sleep(0)
        plugin = bus.plugin(name)
        plugin.register_command("go", lambda e: f"{name} went")
        plugin.ready()

    bus = Bus(loader=load)
    assert await bus.command("Zed.go") == "Zed went"
    assert await bus.command("Zed.go") == "Zed went"


async def test_a_loader_may_be_synchronous() -> None:
    bus = Bus(loader=lambda name: bus.plugin(name).ready())
    assert await bus.command("Zed.LOAD") is None


async def test_without_a_loader_nothing_can_be_loaded() -> None:
    bus = Bus()
    for promise in (bus.load_plugin("Zed"), bus.load_file("zed.py"), bus.load_module("zed"), bus.command("Zed.go")):
        with pytest.raises(PluginNotLoadedError):
            await promise


async def test_a_failing_loader_is_the_cause_of_the_rejection() -> None:
    async def load(name: str) -> None:
        raise ImportError(name)

    bus = Bus(loader=load)
    with pytest.raises(PluginNotLoadedError) as caught:
        await bus.load_plugin("Zed")
    assert isinstance(caught.value.__cause__, ImportError)


async def test_a_failed_load_is_tried_again() -> None:
    tries: list[str] = []

    async def load(name: str) -> None:
        tries.append(name)
        if len(tries) == 1:
            raise ImportError
        bus.plugin(name).ready()

    bus = Bus(loader=load)
    with pytest.raises(PluginNotLoadedError):
        await bus.command("Zed.LOAD")
    assert await bus.command("Zed.LOAD") is None
    assert tries == ["Zed", "Zed"]


async def test_a_plugin_that_is_there_is_not_loaded() -> None:
    loads: list[str] = []
    bus = Bus(loader=loads.append)
    bus.plugin("Zed")
    await bus.load_plugin("Zed")
    assert loads == []


async def test_a_load_that_brings_no_such_plugin_rejects() -> None:
    bus = Bus(loader=lambda name: None)
    with pytest.raises(PluginNotLoadedError):
        await bus.load_plugin("Zed")


async def test_the_plugin_map_gives_the_loader_an_address() -> None:
    loads: list[str] = []

    def load(address: str) -> None:
        loads.append(address)
        bus.plugin("Zed").ready()

    bus = Bus(loader=load)
    bus.configure({"pluginMap": {"zed": "plugins/zed.py"}})
    await bus.command("Zed.LOAD")
    assert loads == ["plugins/zed.py"]


async def test_a_caller_that_stops_waiting_does_not_stop_the_load() -> None:
    go_on = asyncio.Event()

    async def load(name: str) -> None:
        await go_on.wait()
        plugin = bus.plugin(name)
        plugin.register_command("go", lambda e: "went")
        plugin.ready()

    bus = Bus(loader=load)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await bus.command("Zed.go")
    go_on.set()
    assert await bus.command("Zed.go") == "went"


async def test_the_paths_of_the_options_are_kept_for_the_loader() -> None:
    bus = Bus()
    bus.configure({"pluginsPath": "extensions", "pluginFilenameFormat": "plugin.py", "loadPlugins": False})
    assert bus.options["pluginsPath"] == "extensions/"
    assert bus.options["pluginFilenameFormat"] == "plugin.py"
    with pytest.raises(KeyError):
        bus.options["unknown"]


async def test_a_before_function_added_after_calls_is_asked_from_then_on() -> None:
    bus = Bus()
    a, b = bus.plugin("A"), bus.plugin("B")
    a.ready()

    async def go(e: CommandEvent) -> object:
        return e.data

    a.register_command("go", go)
    assert await b.command("A.go", {"n": 1}) == {"n": 1}
    b.before("A.go", lambda options: {**options, "hooked": True})
    assert await b.command("A.go", {"n": 1}) == {"n": 1, "hooked": True}
