"""docs/page-api.md is what the running script has, and nothing else."""

import re

import pytest

from tests.browser import page_api
from tests.browser.chromium import HostPage
from tests.browser.panel import SITE

pytestmark = pytest.mark.chromium_only("compares names")
OF_EVERY_PLUGIN = {"COMMANDS", "EVENTS", "LOAD"}


@pytest.mark.parametrize("plugin", page_api.plugins())
def test_the_page_lists_the_commands_and_events_of(host: HostPage, plugin: str) -> None:
    page = host.open_with_widget(attributes=SITE)
    registered = page.evaluate(
        """async (plugin) => {
            const registry = _genesys.widgets.bus.registry();
            if (!registry[plugin]) await CXBus.loadPlugin(plugin);
            return registry[plugin];
        }""",
        plugin,
    )
    assert set(registered["commands"]) - OF_EVERY_PLUGIN == page_api.listed(plugin, "command")
    assert set(registered["events"]) == page_api.listed(plugin, "event")


def test_every_plugin_of_ours_has_a_chapter(host: HostPage) -> None:
    page = host.open_with_widget(attributes=SITE)
    registered = set(page.evaluate("Object.keys(_genesys.widgets.bus.registry())"))
    assert registered - {"CXBus", "QuickBus"} <= set(page_api.plugins())


@pytest.mark.parametrize(("plugin", "namespace"), [("App", "main"), ("ClickToCall", "clicktocall")])
def test_every_option_of_the_page_is_known(host: HostPage, plugin: str, namespace: str) -> None:
    options = page_api.listed(plugin, f"option of `{namespace}`")
    assert options
    told: list[str] = []
    host.page.on("console", lambda line: told.append(line.text))
    wrong = ", ".join(f"{name}: null" for name in sorted(options))
    host.open_with_widget(before=f"<script>window._genesys = {{widgets: {{{namespace}: {{{wrong}}}}}}}</script>")
    faults = {found[1]: found[2] for line in told if (found := re.search(r"option \w+\.(\w+) is ignored: (.*)", line))}
    assert set(faults) == options
    assert [name for name, fault in faults.items() if "not known" in fault] == []
