"""The examples for pages, as they stand in the repository."""

import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import HostPage
from tests.browser.panel import NUMBER_SHOWN, Panel

pytestmark = pytest.mark.chromium_only("the frameworks are what is looked at")
ROOT = Path(__file__).parents[2]
FRAMEWORKS = ["react@19.3.1", "react-dom@19.3.1", "vue@3.5.45"]


def bun(*arguments: str, folder: Path) -> None:
    local = ROOT / ".venv/bin/bun"
    subprocess.run(
        [str(local) if local.exists() else "bun", *arguments], cwd=folder, check=True, capture_output=True, timeout=50
    )


@pytest.fixture(scope="module")
def frameworks() -> Path:
    """A folder with the frameworks, installed the first time."""
    folder = ROOT / ".cache/examples"
    if not all((folder / "node_modules" / name.rsplit("@", 1)[0]).exists() for name in FRAMEWORKS):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        bun("add", "--exact", *FRAMEWORKS, folder=folder)
    return folder


def test_the_plain_page_opens_the_panel_from_its_link(host: HostPage) -> None:
    panel = Panel(host)
    page = (ROOT / "examples/plain/index.html").read_text()
    host.serve("/", page.replace("https://call.example.com", ""), content_type="text/html")
    host.page.goto("http://127.0.0.1:8765/")
    host.page.get_by_role("link", name="Call us").click()
    panel.fill()
    panel.submit()
    expect(panel.find("a.cx-phone-number")).to_have_text(NUMBER_SHOWN)
    assert panel.body()["userData"] == {"product": "Chair"}


@pytest.mark.parametrize("name", ["react", "vue"])
def test_a_component_brings_the_widget_and_takes_it_out(
    host: HostPage, frameworks: Path, tmp_path: Path, name: str
) -> None:
    # Beside the frameworks, where they are found.
    source = frameworks / name
    shutil.copytree(ROOT / "examples" / name, source, dirs_exist_ok=True)
    bun("build", "main.js", "--outfile", str(tmp_path / "main.js"), folder=source)
    host.serve("/main.js", (tmp_path / "main.js").read_text(), content_type="text/javascript")
    panel = Panel(host)
    page = host.open(
        '<div id="app"></div><script type="module" src="/main.js"></script>'
        '<script src="/warmcall.js" data-mount="off"></script>'
    )
    page.get_by_role("link", name="Call us").click()
    panel.fill()
    panel.submit()
    expect(panel.find("a.cx-phone-number")).to_have_text(NUMBER_SHOWN)
    assert panel.body()["userData"] == {"product": "Chair"}

    page.get_by_role("button", name="Next page").click()
    expect(panel.find("warmcall-panel")).to_have_count(0)
    assert page.evaluate("[Warmcall.mounted, 'CXBus' in window]") == [False, False]
    page.get_by_role("button", name="Next page").click()
    panel.until(lambda: page.evaluate("Warmcall.mounted"))
