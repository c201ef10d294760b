"""Runs the shared scenarios in a browser, on the shipped script: many on one page, each in a frame of its own."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Request

from tests.browser.chromium import STATIC, Answer, HostPage
from tests.contract.scenarios import Scenario

ROOT = Path(__file__).parents[2]
_FRAME = '<!doctype html><html lang="en"><title>Scenario</title><script>{}</script><script>{}</script>'
# Both scripts are in the frame's own text: a request, answered from here, takes longer than a scenario.
# What a scenario is made of belongs to the frame: an object of another window is no plain object there.
_RUN = """async ([html, scenarios]) => {
  const failures = [];
  for (const scenario of scenarios) {
    const frame = document.createElement('iframe');
    frame.style = 'position: fixed; inset: 0; width: 100%; height: 100%; border: 0';
    frame.srcdoc = html;
    document.body.append(frame);
    await new Promise((resolve) => frame.onload = resolve);
    const page = frame.contentWindow;
    failures.push(await page.scenario.run(page.JSON.parse(scenario)));
    frame.remove();
  }
  return failures;
}"""


def bundle_interpreter(target: Path) -> str:
    """Bundle the scenario interpreter, which is not shipped, and return its code."""
    bun = ROOT / ".venv/bin/bun"
    command = [str(bun) if bun.exists() else "bun", "build", "widget/testing/scenario.ts", "--format=iife"]
    subprocess.run([*command, f"--outfile={target}"], cwd=ROOT, check=True, capture_output=True, timeout=30)
    return target.read_text()


class PageRunner:
    """A page that scenarios are run on; those of a file at once, when the first of them is asked for."""

    def __init__(self, host: HostPage, interpreter: str, scenarios: Iterable[Scenario]) -> None:
        self._host = host
        self._scenarios = list(scenarios)
        self._outcomes: dict[str, str | None] = {}
        self._html = _FRAME.format((STATIC / "warmcall.js").read_text(), interpreter)
        host.open("<body>")

    def outcome(self, scenario: Scenario) -> str | None:
        """Return what did not hold in a scenario, or `None`."""
        if scenario.id not in self._outcomes:
            together = [one for one in self._scenarios if one.topic == scenario.topic]
            with_files = [[one] for one in together if one.files]
            for batch in ([one for one in together if not one.files], *with_files):
                failures = self.run([one.to_json() for one in batch])
                self._outcomes.update(zip((one.id for one in batch), failures, strict=True))
        return self._outcomes[scenario.id]

    def run(self, scenarios: list[dict[str, Any]]) -> list[str | None]:
        """Run scenarios one after another and return what did not hold in each; only one may have files of its own."""
        files = {key: steps for one in scenarios for key, steps in one.get("files", {}).items()}
        self._host.fallback = lambda request: _file(files, request)
        failures: list[str | None] = self._host.page.evaluate(
            _RUN, [self._html, [json.dumps(one) for one in scenarios]]
        )
        return failures


def _file(files: dict[str, Any], request: Request) -> Answer:
    """Answer with a script that has the interpreter play the file, if the scenario has it."""
    asked = PurePosixPath(urlsplit(request.url).path).name
    for key in files:
        if asked in (f"{key.lower()}.min.js", f"{key}.mod.js", PurePosixPath(urlsplit(key).path).name):
            return Answer(f"scenario.load({json.dumps(key)})", content_type="text/javascript")
    return Answer(status=404, content_type="text/plain")
