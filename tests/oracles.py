"""Others' code in environments of its own, to be asked whether ours agrees with it: vendors' signatures, test tools.

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
    "schemathesis": [
        "schemathesis==4.32.5",
        "anyio==4.16.0",
        "certifi==2026.10.19.post1",
        "charset-normalizer==3.5.3",
        "click==8.5.1",
        "graphql-core==3.3.2",
        "harfile==0.6.0",
        "hypothesis==6.170.17",
        "hypothesis-graphql==0.13.5",
        "idna==3.20",
        "iniconfig==2.3.1",
        "jsonschema-rs==0.60.3",
        "markdown-it-py==4.3.0",
        "MarkupSafe==3.0.4",
        "mdurl==0.1.2",
        "packaging==26.4",
        "pluggy==1.7.0",
        "Pygments==2.21.0",
        "pyrate-limiter==4.5.1",
        "pytest==9.2.0",
        "PyYAML==6.0.4",
        "requests==2.34.2",
        "rich==15.0.0",
        "sortedcontainers==2.4.0",
        "typing_extensions==4.16.0",
        "urllib3==2.8.0",
        "Werkzeug==3.1.9",
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
    environment = environment_of(name)
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


def environment_of(name: str) -> Path:
    """The folder of an environment, made if it is missing."""
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
