"""How soon the page's script is run and its panel on screen, in Chromium: `python -m benchmarks.page_speed`.

The figures are times of the page's main thread: of the script's evaluation, never cached; and from a real click to the
end of the frame that shows the panel, waiting for the next frame of the screen included. Every visit is a new context,
and visits to our panel take turns with visits to an empty panel with one button, which any panel costs. Of the visits,
the lower quartile counts: whatever else the machine does only ever makes them longer.
"""

import json
from pathlib import Path
from statistics import quantiles
from typing import Any, Literal

from playwright.sync_api import Browser, Page

from tests.browser.chromium import STATIC, HostPage, chromium
from tests.browser.panel import GROUP, OPEN_GROUP, SITE

VISITS = 9
SLOWDOWNS = (1, 4, 6)
EVALUATION_LIMIT_MS = 10
PANEL_LIMIT = 2.0
Kind = Literal["ours", "floor"]

_SCRIPT = Path(__file__).with_suffix(".js").read_text()


def measure() -> list[dict[str, Any]]:
    """Measure evaluation at a quarter of the speed, and the way from click to panel at each speed.

    Returns:
        Rows of the table.
    """
    with chromium() as browser:
        evaluation = _undisturbed([_evaluation_ms(browser, slowdown=4) for _ in range(VISITS)])
        rows = [
            {
                "name": "evaluate the page script, CPU slowed 4 times",
                "ours_ms": evaluation,
                "ratio": round(evaluation, 1),
                "limit": EVALUATION_LIMIT_MS,
            }
        ]
        return [*rows, *(_panel_row(browser, slowdown) for slowdown in SLOWDOWNS)]


def _panel_row(browser: Browser, slowdown: int) -> dict[str, Any]:
    times: dict[Kind, list[float]] = {"ours": [], "floor": []}
    for _ in range(VISITS):
        for kind in times:
            times[kind].append(_click_to_frame_ms(browser, kind, slowdown))
    ours, floor = _undisturbed(times["ours"]), _undisturbed(times["floor"])
    speed = "at full speed" if slowdown == 1 else f"CPU slowed {slowdown} times"
    return {
        "name": f"click to the frame with the panel, warmed, {speed}",
        "ours_ms": ours,
        "peer": "an empty panel with one button",
        "peer_ms": floor,
        "ratio": round(ours / floor, 2),
        "limit": PANEL_LIMIT,
    }


def _undisturbed(times: list[float]) -> float:
    return quantiles(times, n=4)[0]


def _evaluation_ms(browser: Browser, slowdown: int) -> float:
    with browser.new_context() as context:
        host = HostPage(context.new_page())
        page = host.open(f"<body><script>{_SCRIPT}</script>")
        _slow_down(page, slowdown)
        milliseconds: float = page.evaluate("code => evaluation(code)", (STATIC / "warmcall.js").read_text())
        return milliseconds


def _click_to_frame_ms(browser: Browser, kind: Kind, slowdown: int) -> float:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        host = HostPage(context.new_page())
        if kind == "ours":
            host.serve(GROUP, json.dumps(OPEN_GROUP))
            page = host.open_with_widget(before=_html("data-warmcall-open"), attributes=SITE)
        else:
            page = host.open(_html(""))
        _slow_down(page, slowdown)
        page.evaluate("kind => prepare(kind)", kind)
        page.mouse.move(*_middle_of_opener(page))
        page.evaluate("settled()")
        page.mouse.down()
        page.mouse.up()
        milliseconds: float = page.evaluate("measured")
        return milliseconds


def _html(attributes: str) -> str:
    return f'<body><button id="opener" {attributes}>Call us</button><script>{_SCRIPT}</script>'


def _slow_down(page: Page, slowdown: int) -> None:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowdown})


def _middle_of_opener(page: Page) -> tuple[float, float]:
    box = page.locator("#opener").bounding_box()
    if box is None:
        raise RuntimeError("the page has no button to press")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


if __name__ == "__main__":
    for row in measure():
        print(row)
