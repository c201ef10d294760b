"""Vendors' own code in environments of its own, to be asked whether ours agrees with it.

Each environment is made on first use below `.cache/` and used again as long as its requirements stay the same. Nothing
of it is ever installed beside the server: some of these packages exclude each other.
"""

import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

_CACHE = Path(__file__).parent.parent / ".cache"
_MARK = "requirements.json"
_PYTHON = {
    "twilio": ["twilio==9.13.0"],
    "signalwire": ["signalwire==2.1.1", "twilio==6.54.0", "six==1.17.0"],
    "plivo": [
        "plivo==4.63.0",
        "six==1.17.0",
        "decorator==5.2.1",
        "lxml==6.0.2",
        "PyJWT==2.10.1",
        "requests==2.32.5",
        "urllib3==2.5.0",
        "idna==3.11",
        "certifi==2025.10.5",
        "charset-normalizer==3.4.4",
    ],
    # Only its module for signatures is used, which needs nothing else of the 45 MB it comes with.
    "telnyx": ["telnyx==4.189.0", "pynacl==1.6.0", "cffi==2.0.0", "pycparser==2.23"],
}
_NODE = {"jambonz": ["@jambonz/node-client@0.4.11", "@jambonz/verb-specifications@0.1.13"]}


def ask(name: str, script: Path, cases: list[Any]) -> list[Any]:
    """Let a vendor's code answer many cases in one process.

    Args:
        name: Which environment.
        script: Reads a JSON list from its input and writes one of the same length.
        cases: What to ask.
    """
    command = [_bun(), "run"] if name in _NODE else [str(_home(name) / "bin" / "python"), "-I"]
    environment = _environment(name)
    asked = subprocess.run(
        [*command, str(script)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        cwd=environment,
    )
    assert asked.returncode == 0, asked.stderr[-4000:]
    answers = json.loads(asked.stdout)
    assert len(answers) == len(cases)
    return list(answers)


def _home(name: str) -> Path:
    return _CACHE / f"oracle-{name}"


def _environment(name: str) -> Path:
    home, wanted = _home(name), json.dumps(_PYTHON.get(name) or _NODE[name])
    mark = home / _MARK
    if not (mark.is_file() and mark.read_text(encoding="utf-8") == wanted):
        shutil.rmtree(home, ignore_errors=True)
        if name in _NODE:
            _make_node(home, _NODE[name])
        else:
            _make_python(home, _PYTHON[name])
        # Written last: a half-made environment is made anew.
        mark.write_text(wanted, encoding="utf-8")
    return home


def _make_python(home: Path, requirements: list[str]) -> None:
    venv.create(home, with_pip=False, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--disable-pip-version-check", *requirements], check=True, timeout=300)


def _make_node(home: Path, requirements: list[str]) -> None:
    home.mkdir(parents=True)
    (home / "package.json").write_text("{}", encoding="utf-8")
    subprocess.run([_bun(), "add", "--ignore-scripts", "--silent", *requirements], check=True, timeout=300, cwd=home)


def _bun() -> str:
    return str(Path(sys.executable).parent / "bun")
