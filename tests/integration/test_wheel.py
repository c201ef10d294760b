import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel as it would be published, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        ".",
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("warmcall-*.whl")))


@pytest.mark.parametrize(
    "part",
    [
        r"warmcall/web/static/warmcall\.js$",
        r"warmcall/web/static/warmcall\.js\.br$",
        r"warmcall/web/static/warmcall\.d\.ts$",
        r"warmcall/store/sqlite/migrations/0001_.*\.sql$",
        r"warmcall/store/sqlite/queries\.sql$",
        r"warmcall/store/postgres/migrations/0001_.*\.sql$",
        r"warmcall/store/postgres/queries\.sql$",
        r"warmcall/demo/demo\.toml$",
        r"warmcall/demo/static/shop\.html$",
        r"warmcall/telephony/demoline/prompts/.*\.wav$",
        r"warmcall/py\.typed$",
        r"LICENSE$",
    ],
)
def test_the_wheel_has_what_runs_need_besides_code(wheel: zipfile.ZipFile, part: str) -> None:
    assert [name for name in wheel.namelist() if re.search(part, name)]


def test_the_wheel_has_every_module_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    modules = {name for name in wheel.namelist() if name.endswith(".py")}
    assert modules == {str(file.relative_to(ROOT / "src")) for file in (ROOT / "src").rglob("*.py")}


def test_the_wheel_runs_where_the_source_is_not(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path)
    command = [sys.executable, "-c", "import warmcall.cli; print(warmcall.__file__); warmcall.cli.main(['--version'])"]
    environment = {"PYTHONPATH": str(tmp_path), "PATH": ""}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    where, version = ran.stdout.splitlines()
    assert where.startswith(str(tmp_path))
    assert "0.1.0" in version
