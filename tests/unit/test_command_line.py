import subprocess
import sys

import pytest
from click.testing import CliRunner

from warmcall.cli import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_listed_and_explains_itself(name: str) -> None:
    listed = CliRunner().invoke(main, ["--help"]).output
    assert f"  {name} " in listed
    assert COMMANDS[name].help in listed
    own = CliRunner().invoke(main, [name, "--help"])
    assert own.exit_code == 0
    assert f"Usage: main {name}" in own.output


def test_help_loads_no_command() -> None:
    program = "import sys, warmcall.cli\ntry: warmcall.cli.main(['--help'])\nexcept SystemExit: pass\n"
    program += "assert not [n for n in sys.modules if n.startswith(('warmcall.app', 'warmcall.demo', 'starlette'))]"
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
