"""Servers that share one PostgreSQL, from outside: the real command line and HTTP."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

CONFIG = """
[[site]]
id = "shop"
origins = ["https://www.example.com"]

[[site.group]]
name = "sales"
numbers = ["+12025550100"]
destination = "sip:sales@pbx.example.com"
"""
WARMCALL = [sys.executable, "-m", "warmcall.cli"]


@contextmanager
def server(folder: Path, database_url: str) -> Iterator[str]:
    """A `warmcall serve` on the database, and its address."""
    folder.mkdir()
    (folder / "warmcall.toml").write_text(CONFIG)
    command = [*WARMCALL, "serve", "--config", "warmcall.toml", "--data", "data", "--port", "0"]
    environment = {**os.environ, "WARMCALL_DATABASE_URL": database_url}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        ready = re.search(r"http://\S+", process.stdout.readline())
        assert ready
        yield ready[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def new_key(folder: Path, database_url: str) -> str:
    command = [*WARMCALL, "keys", "new", "--scope", "telephony", "--data", str(folder), "--database-url", database_url]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.split()[-1]


async def test_a_request_made_on_one_server_is_matched_on_another_and_seen_live_on_a_third(
    tmp_path: Path, database: str
) -> None:
    key = new_key(tmp_path, database)
    with (
        server(tmp_path / "a", database) as a,
        server(tmp_path / "b", database) as b,
        server(tmp_path / "c", database) as c,
    ):
        async with httpx.AsyncClient(timeout=10) as http:
            body = {"group": "sales", "fields": {"firstname": "Ada", "phonenumber": "+12025550123"}}
            issued = (await http.post(f"{a}/v1/sites/shop/call-requests", json=body)).json()
            address = f"{c}/v1/call-requests/{issued['id']}/events?token={issued['token']}"
            async with http.stream("GET", address) as stream:
                events = (line async for line in stream.aiter_lines() if line.startswith("event:"))
                assert await anext(events) == "event: snapshot"
                call = {"callId": "c1", "dialledNumber": issued["accessNumber"], "callerNumber": "+12025550123"}
                response = await http.post(f"{b}/v1/match", json=call, headers={"Authorization": f"Bearer {key}"})
                answer = response.json()
                assert (answer["outcome"], answer["context"]["fields"]["firstname"]) == ("matched", "Ada")
                assert await anext(events) == "event: matched"
