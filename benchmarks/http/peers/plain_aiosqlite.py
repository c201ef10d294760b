"""Create on a bare ASGI application with aiosqlite: one row, one commit, one answer; no framework, ORM or checks."""
# Its packages are in another environment, .cache/bench-venv.
# mypy: ignore-errors

import os
import random
import secrets
import sqlite3
import time
from typing import Any
from uuid import uuid4

import aiosqlite
import msgspec

NUMBERS = [f"+4930555001{n:02}" for n in range(10)]
_HEADERS = [(b"content-type", b"application/json")]
_TABLE = """CREATE TABLE IF NOT EXISTS call_request (
    id TEXT PRIMARY KEY, number TEXT NOT NULL, code TEXT NOT NULL, caller TEXT NOT NULL, content TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting', created_at_ms INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS live_code ON call_request (number, code) WHERE state = 'waiting'"""
_INSERT = """INSERT INTO call_request (id, number, code, caller, content, created_at_ms, expires_at_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""


class _Fields(msgspec.Struct):
    firstname: str
    lastname: str
    phonenumber: str


class _Draft(msgspec.Struct):
    group: str
    fields: _Fields
    userData: dict[str, Any] = {}  # noqa: N815
    page: dict[str, str] = {}


_decode = msgspec.json.Decoder(_Draft).decode
_state: dict[str, aiosqlite.Connection] = {}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Create on any path."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    answer = msgspec.json.encode(await _create(_decode(body)))
    await send({"type": "http.response.start", "status": 201, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": answer})


async def _lifespan(receive: Any, send: Any) -> None:
    await receive()
    # Without an isolation level each statement is a transaction of its own: one commit each in one hop to the thread.
    connection = await aiosqlite.connect(f"{os.environ['BENCH_DATA']}/peer.db", isolation_level=None)
    await connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_TABLE}")
    _state["connection"] = connection
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await connection.close()
    await send({"type": "lifespan.shutdown.complete"})


async def _create(draft: _Draft) -> dict[str, Any]:
    now_ms = time.time_ns() // 1_000_000
    request_id, content = str(uuid4()), msgspec.json.encode(draft).decode()
    while True:
        number, code = random.choice(NUMBERS), f"{secrets.randbelow(10**8):08}"
        row = (request_id, number, code, draft.fields.phonenumber, content, now_ms, now_ms + 86_400_000)
        try:
            await _state["connection"].execute(_INSERT, row)
        except sqlite3.IntegrityError:
            # One in some thousand codes is taken already.
            continue
        return {"id": request_id, "accessNumber": number, "accessCode": code, "expiresInS": 86_400}
