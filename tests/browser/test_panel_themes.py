"""What the documentation says about looks holds: properties, parts, and the visitor's own preferences."""

import json
import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chromium import HostPage
from tests.browser.page_api import ROOT, sources
from tests.browser.panel import SITE, Panel, refusal
from tests.browser.test_panel_accessibility import show_number

LOOKS = (ROOT / "docs/page-script.md").read_text().split("## Looks")[1].split("\n## ")[0]
PROPERTIES = re.findall(r"`(--warmcall-[\w-]+)`", LOOKS.split("```")[0])
PARTS = set(re.search(r"Parts of `warmcall-panel`: `([^`]+)`", LOOKS)[1].split())  # type: ignore[index]  # fails if it is gone
MARK = "rgb(1, 2, 3)"


def computed(element: Locator, name: str) -> str:
    value: str = element.evaluate("(element, name) => getComputedStyle(element).getPropertyValue(name)", name)
    return value


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_documented_property_is_what_it_says(host: HostPage, theme: str) -> None:
    used = {
        "--warmcall-accent": (MARK, ".primary", "background-color"),
        "--warmcall-on-accent": ("rgb(4, 5, 6)", ".primary", "color"),
        "--warmcall-background": ("rgb(7, 8, 9)", "dialog", "background-color"),
        "--warmcall-text": ("rgb(250, 251, 252)", "h2", "color"),
        "--warmcall-radius": ("3px", ".primary", "border-top-left-radius"),
        "--warmcall-font": ("monospace", "input", "font-family"),
    }
    assert set(PROPERTIES) == set(used)
    panel = Panel(host)
    rules = "; ".join(f"{name}: {value}" for name, (value, _, _) in used.items())
    panel.load(f"<style>:root {{ {rules} }}</style>", attributes=f'{SITE} data-theme="{theme}"')
    panel.open()
    for name, (value, selector, property_) in used.items():
        assert computed(panel.find(f"warmcall-panel {selector}").first, property_) == value, name


def test_each_documented_part_can_be_styled(host: HostPage) -> None:
    panel = Panel(host)
    rules = "".join(f"warmcall-panel::part({part}) {{ text-decoration-color: {MARK} }}" for part in PARTS)
    panel.load(f"<style>{rules} warmcall-launcher::part(launcher) {{ text-decoration-color: {MARK} }}</style>")

    def styled() -> set[str]:
        found: list[str] = panel.find("warmcall-panel [part]").evaluate_all(
            """(all, mark) => all.filter((element) => getComputedStyle(element).textDecorationColor == mark)
                .map((element) => element.part.value)""",
            MARK,
        )
        return set(found)

    assert computed(panel.find("warmcall-launcher button"), "text-decoration-color") == MARK
    panel.answer(lambda request: refusal(409, "outside_hours", fallbackNumber="+18005550199"))
    panel.open()
    seen = styled()
    panel.fill()
    panel.submit()
    panel.find(".cx-form-invalid-accept").click(trial=True)
    seen |= styled()
    panel.find(".cx-form-invalid-accept").click()
    panel.issue()
    panel.submit()
    panel.find("svg.qr").wait_for()
    seen |= styled()
    assert seen == PARTS
    host.take_errors()


def test_every_part_there_is_is_documented() -> None:
    assert set(re.findall(r'part: "([\w-]+)"', sources())) == PARTS | {"launcher"}


@pytest.mark.chromium_only("the driver cannot set the visitor's preferences in Firefox")
def test_with_reduced_motion_nothing_moves(host: HostPage) -> None:
    panel = Panel(host)
    moving = "(dialog) => dialog.getAnimations({subtree: true}).length"
    panel.load()
    show_number(panel)
    assert panel.find("dialog").evaluate(moving) > 0, "the test would see a movement"
    panel.page.emulate_media(reduced_motion="reduce")
    assert panel.find("dialog").evaluate(moving) == 0


@pytest.mark.chromium_only("the driver cannot set the visitor's preferences in Firefox")
def test_all_that_is_shown_follows_when_the_system_turns_dark(host: HostPage) -> None:
    panel = Panel(host)
    host.page.emulate_media(color_scheme="light")
    channels = json.dumps({"sidebar": {"channels": [{"name": "ClickToCall"}]}})
    panel.load(f"<script>window._genesys = {{widgets: {channels}}}</script>")
    panel.find("warmcall-sidebar.cx-theme-light").wait_for(state="attached")
    panel.open()
    shown = [panel.find(name) for name in ("warmcall-launcher button", "warmcall-panel dialog", "warmcall-sidebar")]
    for scheme, theme in (("dark", "cx-theme-dark"), ("light", "cx-theme-light")):
        host.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal
        for element in shown:
            expect(element).to_contain_class(theme)


@pytest.mark.chromium_only("the driver cannot set the visitor's preferences in Firefox")
def test_with_forced_colours_what_can_be_pressed_has_an_outline(host: HostPage) -> None:
    panel = Panel(host)
    host.page.emulate_media(forced_colors="active", color_scheme="dark")
    panel.load()
    panel.get_number()
    panel.find(".status").wait_for()
    edges = panel.find("dialog, dialog button, .card").evaluate_all(
        """(all) => all.map((element) => getComputedStyle(element))
            .map(({borderTopStyle, borderTopWidth}) => borderTopStyle + borderTopWidth)"""
    )
    assert set(edges) == {"solid1px"}
    dot = panel.find(".status i")
    assert computed(dot, "background-color") != computed(panel.find("dialog"), "background-color")
    panel.find(".cx-button-close").focus()
    panel.page.keyboard.press("Shift+Tab")
    assert computed(panel.find(".cx-button-minimize"), "outline-style") == "solid"
