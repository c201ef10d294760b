import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs/bus.md"
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def test_every_example_has_its_output() -> None:
    assert len(EXAMPLES) == DOCUMENT.read_text(encoding="utf-8").count("```python") > 0


@pytest.mark.parametrize(("program", "output"), EXAMPLES)
def test_an_example_prints_what_the_document_says(program: str, output: str) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=20,
        env={"PYTHONPATH": str(ROOT / "src")},
        check=False,
    )
    assert (run.stdout, run.returncode) == (output, 0), run.stderr
