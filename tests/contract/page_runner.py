"""Runs the shared scenarios in Chromium, on the shipped script."""

import json
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Request

from tests.browser.chromium import Answer, HostPage

ROOT = Path(__file__).parents[2]


def bundle_interpreter(target: Path) -> str:
    """Bundle the scenario interpreter, which is not shipped, and return its code."""
    bun = ROOT / ".venv/bin/bun"
    command = [str(bun) if bun.exists() else "bun", "build", "widget/testing/scenario.ts", "--format=iife"]
    subprocess.run([*command, f"--outfile={target}"], cwd=ROOT, check=True, capture_output=True, timeout=30)
    return target.read_text()


def run_scenario(host: HostPage, interpreter: str, scenario: dict[str, Any]) -> str | None:
    """Run one scenario on a fresh page and return what did not hold, or `None`."""
    host.serve("/interpreter.js", interpreter, content_type="text/javascript")
    host.fallback = lambda request: _file(scenario.get("files", {}), request)
    page = host.open('<script src="/warmcall.js"></script><script src="/interpreter.js"></script>')
    failure: str | None = page.evaluate("scenario => window.scenario.run(scenario)", scenario)
    # A file that cannot be loaded is a console error of the browser; the interpreter judges all others.
    host.errors[:] = [error for error in host.errors if not error.startswith("Failed to load resource")]
    return failure


def _file(files: dict[str, Any], request: Request) -> Answer:
    """Answer with a script that has the interpreter play the file, if the scenario has it."""
    asked = PurePosixPath(urlsplit(request.url).path).name
    for key in files:
        if asked in (f"{key.lower()}.min.js", f"{key}.mod.js", PurePosixPath(urlsplit(key).path).name):
            return Answer(f"scenario.load({json.dumps(key)})", content_type="text/javascript")
    return Answer(status=404, content_type="text/plain")
