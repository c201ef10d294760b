"""`warmcall keys` and `warmcall audit` on a data directory, as an operator types them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from warmcall.cli import main

Warmcall = Callable[..., Result]


@pytest.fixture
def warmcall(tmp_path: Path) -> Warmcall:
    def run(*words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--data", str(tmp_path / "data")])

    return run


def key_ids(warmcall: Warmcall) -> list[str]:
    return [json.loads(line)["id"] for line in warmcall("keys", "list", "--json").stdout.splitlines()]


def test_a_key_is_listed_until_it_is_revoked(warmcall: Warmcall) -> None:
    key = warmcall("keys", "new", "--scope", "telephony", "--label", "old PBX").stdout.strip()
    warmcall("keys", "new", "--scope", "read")
    listed = warmcall("keys", "list").stdout
    assert key not in listed
    (line,) = [line for line in listed.splitlines() if line.endswith("old PBX")]
    assert "telephony" in line
    assert warmcall("keys", "revoke", line.split()[0]).exit_code == 0
    assert len(key_ids(warmcall)) == 1


def test_a_key_that_is_not_there_cannot_be_revoked(warmcall: Warmcall) -> None:
    refused = warmcall("keys", "revoke", "abc")
    assert refused.exit_code == 2
    assert "no API key" in refused.stderr
    assert warmcall("audit").stdout == ""


def test_what_is_done_to_keys_is_in_the_audit_log(warmcall: Warmcall) -> None:
    warmcall("keys", "new", "--scope", "telephony", "--label", "old PBX")
    (key_id,) = key_ids(warmcall)
    warmcall("keys", "revoke", key_id)
    revoked, made = warmcall("audit").stdout.splitlines()
    assert made.endswith(f'command line: keys.new key {key_id} scope="telephony" label="old PBX"')
    assert "keys.revoke" in revoked
    acts = [json.loads(line) for line in warmcall("audit", "--json", "--limit", "1").stdout.splitlines()]
    assert [act["action"] for act in acts] == ["keys.revoke"]
    (older,) = warmcall("audit", "--before", str(acts[0]["seq"])).stdout.splitlines()
    assert older == made
