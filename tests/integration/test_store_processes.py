"""The embedded store and the world: killed in the middle, beside another process, out of space."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from tests.contract.store.samples import NOW_MS, NUMBER, a_request
from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.model import EventType, RequestId, State
from warmcall.store.sqlite import SqliteStore
from warmcall.store.sqlite.errors import DataDirectoryInUseError

_ROOT = Path(__file__).parents[2]


@contextmanager
def process(program: str, data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """A running program of `store_process`, killed at the end."""
    command = [sys.executable, "-m", "tests.integration.store_process", program, str(data_dir)]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def lines(running: subprocess.Popen[str], count: int) -> list[str]:
    """The next lines a program says."""
    assert running.stdout is not None
    said = [line.strip() for line in islice(running.stdout, count)]
    assert len(said) == count, f"the program ended after {said}"
    return said


@pytest.mark.parametrize(("program", "killed_after"), [("add_for_ever", 50), ("die_in_the_middle", 300)])
async def test_what_was_answered_survives_a_kill(tmp_path: Path, program: str, killed_after: int) -> None:
    with process(program, tmp_path) as running:
        said = lines(running, killed_after)
        running.kill()
        assert running.stdout is not None
        said += [line.strip() for line in running.stdout]

    store = await SqliteStore.open(tmp_path)
    found = {line: await store.find(RequestId(line.split()[1])) for line in said}
    await store.aclose()
    lost = [
        line
        for line, request in found.items()
        if request is None or (line.startswith("matched") and request.state is not State.MATCHED)
    ]
    assert lost == []


async def test_no_code_is_held_twice_after_a_kill(tmp_path: Path) -> None:
    with process("add_for_ever", tmp_path) as running:
        lines(running, 400)
    connection = sqlite3.connect(tmp_path / "warmcall.sqlite3")
    held = connection.execute("SELECT number, code FROM call_request_detail WHERE due_at_ms IS NOT NULL").fetchall()
    connection.close()
    assert len(held) >= 300
    assert len(set(held)) == len(held)


async def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with process("keep_open", tmp_path) as running:
        assert lines(running, 1) == ["open"]
        with pytest.raises(DataDirectoryInUseError, match=f"process {running.pid}"):
            await SqliteStore.open(tmp_path)


async def test_the_data_of_a_killed_server_can_be_opened(tmp_path: Path) -> None:
    with process("keep_open", tmp_path) as running:
        lines(running, 1)
    store = await SqliteStore.open(tmp_path)
    assert await store.add(a_request()) is None
    await store.aclose()


async def test_a_refused_second_store_does_the_first_no_harm(tmp_path: Path) -> None:
    first = await SqliteStore.open(tmp_path)
    with pytest.raises(DataDirectoryInUseError):
        await SqliteStore.open(tmp_path)
    assert await first.add(a_request()) is None
    await first.aclose()
    second = await SqliteStore.open(tmp_path)
    await second.aclose()


async def test_a_command_beside_a_server_adds_a_key_that_the_server_knows_at_once(tmp_path: Path) -> None:
    server = await SqliteStore.open(tmp_path)
    adding = [asyncio.ensure_future(server.add(a_request())) for _ in range(500)]
    command = await SqliteStore.open(tmp_path, serving=False)
    await command.add_api_key(b"hash", "telephony", "PBX", NOW_MS)
    await command.aclose()
    assert [key.scope for key in await server.api_keys()] == ["telephony"]
    assert await asyncio.gather(*adding) == [None] * 500
    await server.aclose()


async def test_a_command_beside_a_server_cannot_change_requests(tmp_path: Path) -> None:
    command = await SqliteStore.open(tmp_path, serving=False)
    with pytest.raises(RuntimeError, match="serving=False"):
        await command.add(a_request())
    with pytest.raises(RuntimeError, match="serving=False"):
        await command.transact(lambda tx: tx.expire_due(NOW_MS, 1))
    await command.aclose()


async def test_another_process_that_writes_delays_adds_and_loses_none(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    requests = [a_request() for _ in range(100)]
    with process("hold_write_lock", tmp_path) as running:
        lines(running, 1)
        adding = asyncio.gather(*map(store.add, requests))
        first_turns = [await store.find(requests[0].id) for _ in range(3)]
        assert not adding.done()
        assert first_turns == [None] * 3
        assert running.stdin is not None
        running.stdin.close()
        assert await asyncio.wait_for(adding, 10) == [None] * 100
    assert [await store.find(request.id) for request in requests] == requests
    await store.aclose()


async def test_another_process_that_never_ends_its_transaction_makes_the_store_unavailable(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, lock_wait_s=0.05)
    requests = [a_request() for _ in range(5)]
    with process("hold_write_lock", tmp_path) as running:
        lines(running, 1)
        answers = await asyncio.gather(*map(store.add, requests), return_exceptions=True)
        assert [type(answer) for answer in answers] == [StoreUnavailableError] * 5
        with pytest.raises(StoreUnavailableError):
            await store.ping()
        assert store.live(NUMBER) == 0
    await store.ping()
    assert list(await asyncio.gather(*map(store.add, requests))) == [None] * 5
    await store.aclose()


async def test_a_full_disk_makes_the_store_unavailable_until_there_is_space(tmp_path: Path) -> None:
    with process("run_out_of_space", tmp_path) as running:
        said = lines(running, 5)
    assert said == ["unavailable 10", "ping unavailable", "live 1", "added 10", "found 11"]


async def test_a_full_database_refuses_what_does_not_fit_and_takes_what_does(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    connection = store._writer._session.connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages + 4}")
    small, huge = a_request(fields={}), a_request(fields={"note": "x" * 200_000})
    answers = await asyncio.gather(store.add(small), store.add(huge), return_exceptions=True)
    assert answers[0] is None
    assert isinstance(answers[1], StoreUnavailableError)
    assert await store.find(small.id) == small
    with pytest.raises(StoreUnavailableError):
        await store.transact(lambda tx: tx.note(small, EventType.CALL_RECEIVED, NOW_MS, {"note": "x" * 200_000}))
    assert store.live(NUMBER) == 1

    connection.execute("PRAGMA max_page_count=1000000")
    assert await store.add(huge) is None
    assert await store.find(huge.id) == huge
    await store.aclose()


async def test_a_connection_that_is_of_no_use_any_more_is_replaced(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    store._writer._session.connection.close()
    requests = [a_request() for _ in range(5)]
    assert list(await asyncio.gather(*map(store.add, requests))) == [None] * 5
    assert [await store.find(request.id) for request in requests] == requests
    await store.aclose()


async def test_the_log_stays_bounded_under_load(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    largest = 0

    async def visitor() -> None:
        nonlocal largest
        for _ in range(100):
            await store.add(a_request(fields={"note": "x" * 8000}))
            largest = max(largest, (tmp_path / "warmcall.sqlite3-wal").stat().st_size)

    await asyncio.gather(*(visitor() for _ in range(64)))
    assert store.live(NUMBER) == 6400
    assert 8 * 2**20 < largest < 16 * 2**20
    await store.aclose()


async def test_the_number_of_a_deleted_event_is_not_given_again(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    request = a_request()
    await store.add(request)
    (event,) = await store.events(request.id, 0)
    await store.aclose()
    with sqlite3.connect(tmp_path / "warmcall.sqlite3") as connection:
        connection.execute("DELETE FROM call_request")
    connection.close()

    store = await SqliteStore.open(tmp_path)
    await store.add(a_request())
    assert (await store.events_after(0, 10))[0].seq > event.seq
    await store.aclose()


async def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path)
    await store.aclose()
    await store.aclose()


async def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError, match="file"):
        await SqliteStore.open(tmp_path / "file")
    (tmp_path / "warmcall.sqlite3").write_text("not a database, whatever its name says" * 100)
    with pytest.raises(StoreUnavailableError, match="not a database"):
        await SqliteStore.open(tmp_path)


async def test_the_data_is_its_owners_alone(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "data")
    await store.add(a_request())
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "data").iterdir()}
    assert set(modes.values()) == {0}
    assert len(modes) == 4
    await store.aclose()
