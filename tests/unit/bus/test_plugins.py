import pytest

from warmcall import Bus
from warmcall.bus.errors import PluginNameTakenError


def test_registering_a_taken_name_gives_false() -> None:
    bus = Bus()
    assert bus.register_plugin("A")
    assert bus.register_plugin("A") is False
    assert bus.register_plugin("CXBus") is False
    assert bus.register_plugin(5) is False  # type: ignore[arg-type]


def test_asking_for_a_plugin_or_an_error_says_what_to_do() -> None:
    bus = Bus()
    bus.plugin("A")
    with pytest.raises(PluginNameTakenError, match=r"'A'.*Choose another name") as caught:
        bus.plugin("A")
    assert caught.value.code == "plugin_name_taken"
    assert caught.value.details == {"name": "A"}


def test_the_registry_is_live() -> None:
    bus = Bus()
    registry = bus.plugin("A").registry()
    bus.plugin("B").register_events("opened")
    assert registry["B"]["events"] == ["opened"]


async def test_equal_objects_that_are_not_the_same_are_a_change() -> None:
    bus = Bus()
    a = bus.plugin("A")
    changes: list[object] = []
    a.subscribe("A.data.k", lambda e: changes.append(e.data["value"]))
    value = {"n": 1}
    a.data("k", value)
    a.data("k", value)
    a.data("k", {"n": 1})
    a.data("n", 1)
    a.data("n", 1.0)
    await bus.settle()
    assert changes == [{"n": 1}, {"n": 1}]


@pytest.mark.parametrize(
    ("value", "text"),
    [("v", "'v'"), (True, "true"), (2.0, "2"), (2.5, "2.5"), ([1, "a"], "1,a"), ({"n": 1}, "[object Object]")],
)
async def test_a_value_is_spelt_in_an_event_as_a_page_spells_it(value: object, text: str) -> None:
    bus = Bus()
    a = bus.plugin("A")
    heard: list[str] = []
    a.subscribe(f"A.data.k:{text}", lambda e: heard.append(e.event))
    a.data("k", value)
    await bus.settle()
    assert heard == [f"A.data.k:{text}"]


def test_plugins_and_promises_say_what_they_are() -> None:
    bus = Bus()
    a = bus.plugin("A")
    assert repr(a) == "<Plugin A, not ready>"
    assert repr(a.command("go", {"n": 1})) == "<A.go by A {'n': 1}>"
