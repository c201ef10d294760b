"""Backup beside a running server, restore, and a stop under load: nothing that was answered is lost."""

import asyncio
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.api.conftest import CONFIG
from tests.integration.api.test_serve import Process, run
from warmcall.store.sqlite import backup as files


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "warmcall.toml"
    path.write_text(CONFIG.replace("per_address_per_min = 1000", "per_address_per_min = 100000"))
    return path


@pytest.fixture
def process(config: Path, tmp_path: Path) -> Iterator[Process]:
    process = Process(config, tmp_path / "data")
    yield process
    process.stop(signal.SIGKILL)


def ids(database: Path) -> set[str]:
    """The requests in a database file."""
    with sqlite3.connect(database) as connection:
        found = {row[0] for row in connection.execute("SELECT id FROM call_request_detail")}
    connection.close()
    return found


class Load:
    """Asks for numbers, many at once, until told to stop."""

    def __init__(self, url: str, clients: int = 8) -> None:
        self.answered: list[str] = []
        self.others: list[int] = []
        self._url = url
        self._tasks = [asyncio.create_task(self._ask()) for _ in range(clients)]

    async def _ask(self) -> None:
        async with httpx.AsyncClient(base_url=self._url, timeout=15) as http:
            while True:
                try:
                    answer = await http.post("/v1/sites/shop/call-requests", json={"group": "sales"})
                except httpx.HTTPError:
                    return
                if answer.status_code == 201:
                    self.answered.append(answer.json()["id"])
                else:
                    self.others.append(answer.status_code)
                    if answer.status_code == 503:
                        return

    async def has(self, count: int) -> None:
        """Return once so many were answered."""
        deadline_s = time.monotonic() + 30
        while len(self.answered) < count:
            assert time.monotonic() < deadline_s, f"only {len(self.answered)} answers; others: {self.others[:5]}"
            await asyncio.sleep(0.01)

    async def ended(self) -> None:
        """Return once every client has noticed that the server is gone."""
        await asyncio.wait_for(asyncio.gather(*self._tasks), 30)


async def test_a_backup_beside_a_busy_server_has_everything_that_was_answered_before_it(
    process: Process, tmp_path: Path
) -> None:
    load = Load(process.url)
    await load.has(30)
    before = set(load.answered)
    made = await asyncio.to_thread(run, "backup", str(tmp_path / "copy"), "--data", str(tmp_path / "data"))
    assert made.returncode == 0, made.stderr
    await load.has(len(load.answered) + 10)
    await asyncio.to_thread(process.stop)
    await load.ended()
    assert before <= ids(tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    assert set(load.answered) <= ids(tmp_path / "data" / "warmcall.sqlite3")


async def test_a_stop_under_load_loses_no_answered_request_and_takes_its_time_but_not_more(
    process: Process, tmp_path: Path
) -> None:
    load = Load(process.url, clients=16)
    await load.has(50)
    began_s = time.monotonic()
    assert await asyncio.to_thread(process.stop) == 0
    assert time.monotonic() - began_s < 15
    await load.ended()
    assert set(load.others) <= {503}
    assert ids(tmp_path / "data" / "warmcall.sqlite3") >= set(load.answered)


def test_a_backup_is_restored_and_what_was_there_is_put_aside(process: Process, config: Path, tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"

    def ask(url: str) -> str:
        return str(httpx.post(f"{url}/v1/sites/shop/call-requests", json={"group": "sales"}).json()["id"])

    first = ask(process.url)
    assert run("backup", str(copy), "--data", str(data)).returncode == 0
    second = ask(process.url)
    refused = run("restore", str(copy), "--data", str(data), "--replace")
    assert (refused.returncode, refused.stderr[:32]) == (2, "warmcall: Another Warmcall serve")
    process.stop()
    refused = run("restore", str(copy), "--data", str(data))
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    restored = run("restore", str(copy), "--data", str(data), "--replace")
    assert restored.returncode == 0, restored.stderr
    assert ids(data / "warmcall.sqlite3") == {first}
    (aside,) = data.glob("warmcall.sqlite3.2*")
    assert ids(aside) == {first, second}
    again = Process(config, data)
    third = ask(again.url)
    assert again.stop() == 0
    assert ids(data / "warmcall.sqlite3") == {first, third}
    acts = run("audit", "--data", str(data)).stdout
    assert "store.restore" in acts


def test_a_backup_goes_into_an_empty_directory(process: Process, tmp_path: Path) -> None:
    files.back_up(tmp_path / "data", tmp_path / "copy")
    assert files.restore(tmp_path / "copy", tmp_path / "new") is None
    assert (tmp_path / "new" / "warmcall.sqlite3").stat().st_mode & 0o777 == 0o600


def test_what_is_no_backup_is_refused_and_leaves_everything_as_it_was(tmp_path: Path, process: Process) -> None:
    copy, data = tmp_path / "copy", tmp_path / "data"
    files.back_up(data, copy)
    with sqlite3.connect(tmp_path / "other") as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    (tmp_path / "text").write_text("no database at all" * 100)
    shutil.copy(copy, tmp_path / "cut")
    with (tmp_path / "cut").open("r+b") as cut:
        cut.truncate(copy.stat().st_size // 2)
    for name in ("other", "text", "cut", "missing"):
        with pytest.raises(files.BackupError):
            files.restore(tmp_path / name, tmp_path / "new")
    with pytest.raises(files.BackupError, match="has no database"):
        files.back_up(tmp_path / "nowhere", copy)
    with pytest.raises(files.BackupError, match="not made"):
        files.back_up(data, tmp_path / "no" / "such" / "folder")
    assert copy.exists()
    assert not (tmp_path / "new").exists()
