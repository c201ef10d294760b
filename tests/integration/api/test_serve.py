"""The command `warmcall serve` as a process of its own: what it says, how it stops, what it never loses."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import CONFIG, eventually

WARMCALL = [sys.executable, "-m", "warmcall.cli"]


class Process:
    """A running `warmcall serve`."""

    def __init__(self, config: Path, data: Path, *options: str) -> None:
        command = [*WARMCALL, "serve", "--config", str(config), "--data", str(data), "--port", "0", *options]
        self.popen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.popen.stdout is not None
        self.ready_line = self.popen.stdout.readline()
        self.script_line = self.popen.stdout.readline()
        found = re.search(r"http://\S+", self.ready_line)
        assert found, self.ready_line
        self.url = found[0]

    def cpu_s(self) -> float:
        """Processor time so far."""
        ticks = Path(f"/proc/{self.popen.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def stop(self, how: int = signal.SIGTERM) -> int:
        self.popen.send_signal(how)
        code = self.popen.wait(timeout=20)
        assert self.popen.stdout is not None
        self.popen.stdout.close()
        return code


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "warmcall.toml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def process(config: Path, tmp_path: Path) -> Iterator[Process]:
    process = Process(config, tmp_path / "data")
    yield process
    process.stop(signal.SIGKILL)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WARMCALL, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_server_tells_where_it_is_and_what_to_put_into_a_page(process: Process) -> None:
    assert f'<script async src="{process.url}/warmcall.js" data-site="shop" data-group="sales"></script>' in (
        process.script_line
    )
    assert httpx.get(f"{process.url}/readyz").json() == {"status": "ok"}


def test_a_stop_is_graceful_also_with_an_open_stream(process: Process) -> None:
    issued = httpx.post(f"{process.url}/v1/sites/shop/call-requests", json={"group": "sales"}).json()
    address = f"{process.url}/v1/call-requests/{issued['id']}/events"
    with httpx.stream("GET", address, params={"token": issued["token"]}, timeout=20) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        began_s = time.monotonic()
        process.popen.send_signal(signal.SIGTERM)
        assert list(lines)[-1] == ""
    assert process.popen.wait(timeout=20) == 0
    assert time.monotonic() - began_s < 9


def test_an_interrupt_stops_it_without_a_traceback(process: Process) -> None:
    assert process.stop(signal.SIGINT) == 0


def test_a_key_made_while_the_server_runs_works_at_once(process: Process, tmp_path: Path) -> None:
    made = run("keys", "new", "--scope", "telephony", "--label", "pbx", "--data", str(tmp_path / "data"))
    assert made.returncode == 0, made.stderr
    key = made.stdout.split()[-1]
    body = {"callId": "1", "dialledNumber": "+12025550100"}
    answer = httpx.post(f"{process.url}/v1/match", json=body, headers={"X-API-Key": key})
    assert answer.json()["outcome"] == "code_needed"


def test_a_key_made_before_the_first_start_works(config: Path, tmp_path: Path) -> None:
    made = run("keys", "new", "--scope", "read", WARMCALL_DATA=str(tmp_path / "data"))
    key = made.stdout.split()[-1]
    process = Process(config, tmp_path / "data")
    answer = httpx.get(f"{process.url}/v1/context/abc", headers={"Authorization": f"Bearer {key}"})
    assert process.stop() == 0
    assert answer.json()["code"] == "request_unknown"
    assert key.encode() not in b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())


def test_a_second_server_on_the_same_data_is_refused_in_one_sentence(
    process: Process, config: Path, tmp_path: Path
) -> None:
    second = run("serve", "--config", str(config), "--data", str(tmp_path / "data"), "--port", "0")
    assert second.returncode == 2
    assert second.stderr.startswith("warmcall: Another Warmcall server")
    assert len(second.stderr.splitlines()) == 1


def test_a_port_in_use_is_told_in_one_sentence(config: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run("serve", "--config", str(config), "--data", str(tmp_path / "data"), "--port", str(port))
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"warmcall: Cannot listen on 127.0.0.1:{port}: ")
    assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("lifetime_s = 5", "lifetime_s = 5"), ""),
        (('id = "shop"', "id = 7"), "site[0].id: expected a string, got 7"),
        (('name = "sales"', 'name = "sales"\ncolour = "red"'), "site[0].group[0].colour: is not known here"),
        (("[[site]]", "[[site"), "not valid TOML"),
    ],
)
def test_a_bad_configuration_is_told_in_one_sentence(
    config: Path, tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    if not complaint:
        config.unlink()
    else:
        config.write_text(CONFIG.replace(change[0], change[1], 1))
    refused = run("serve", "--config", str(config), "--data", str(tmp_path / "data"), "--port", "0")
    assert refused.returncode == 2
    assert f"{config}: {complaint}" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_data_directory_that_is_a_file_is_told(config: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    refused = run("serve", "--config", str(config), "--data", str(tmp_path / "data"), "--port", "0")
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


def test_the_version_is_told() -> None:
    assert run("--version").stdout.startswith("warmcall, version ")


def test_help_names_every_command() -> None:
    shown = run("--help").stdout
    for name in ("serve", "keys", "demo", "dial"):
        assert re.search(rf"^  {name} ", shown, re.MULTILINE)


def test_the_first_answer_takes_less_than_a_second_of_work(config: Path, tmp_path: Path) -> None:
    run("--version")  # compiles what a first start would have to compile
    spent_s = []
    for attempt in range(3):
        process = Process(config, tmp_path / f"data{attempt}")
        httpx.get(f"{process.url}/healthz", timeout=20)
        spent_s.append(process.cpu_s())
        process.stop()
    # Time on the processor, and the best of three: the clock on the wall also counts what else the machine does.
    assert min(spent_s) < 1.0


async def test_every_answered_create_survives_a_kill(config: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = await asyncio.to_thread(Process, config, data)
    answered: list[dict[str, Any]] = []
    async with httpx.AsyncClient(base_url=first.url, timeout=10) as client:

        async def keep_asking() -> None:
            try:
                while True:
                    response = await client.post("/v1/sites/shop/call-requests", json={"group": "sales"})
                    if response.status_code == 201:
                        answered.append(response.json())
            except httpx.TransportError:
                return

        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            for _ in range(16):
                group.create_task(keep_asking())
            await eventually(lambda: len(answered) >= 200)
            first.popen.kill()
    await asyncio.to_thread(first.stop, signal.SIGKILL)
    second = await asyncio.to_thread(Process, config, data)
    async with httpx.AsyncClient(base_url=second.url, timeout=10) as client:
        for issued in answered:
            token = {"Authorization": f"Bearer {issued['token']}"}
            response = await client.get(f"/v1/call-requests/{issued['id']}", headers=token)
            assert response.json()["state"] == "waiting"
        more = [
            (await client.post("/v1/sites/shop/call-requests", json={"group": "sales"})).json()["accessCode"]
            for _ in range(50)
        ]
    await asyncio.to_thread(second.stop)
    codes = [issued["accessCode"] for issued in answered] + more
    assert len(set(codes)) == len(codes)
