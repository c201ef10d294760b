import asyncio
import gc
import re
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from warmcall.web import protocol
from warmcall.web.exchange import Exchange
from warmcall.web.protocol import Protocol
from warmcall.web.server import http_protocol

Talk = Callable[[bytes], "Wire"]

POST = b"POST /body HTTP/1.1\r\nhost: x\r\n%bcontent-length: %d\r\n\r\n"


class Wire(asyncio.Transport):
    """The connection: what was written, a write an entry."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.writes: list[bytes] = []
        self.written = asyncio.Event()
        self.closed = False
        self.protocol: Protocol

    def write(self, data: Any) -> None:
        if data:
            self.writes.append(bytes(data))
            self.written.set()

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    exchange = Exchange(scope, receive, send)
    exchange.cors = ((b"vary", b"origin"),)
    if exchange.path == "/empty":
        await exchange.answer(204, b"", ())
    elif exchange.path == "/problem":
        await exchange.answer(413, b"{}", [(b"connection", b"close")])
    elif exchange.path == "/body":
        await exchange.json(200, b"%d" % len(await exchange.body(limit_bytes=8)))
    elif exchange.path == "/split":
        await exchange.answer(200, b"", [(b"x-of", b"a\r\nb: c")])
    else:
        await exchange.json(200, b'{"a":1}')


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    config = uvicorn.Config(app, http=Protocol, ws="none", lifespan="off", log_config=None)
    config.load()
    spoken: list[Protocol] = []
    state: dict[str, Any] = {}

    def begin(request: bytes) -> Wire:
        protocol, wire = Protocol(config, ServerState(), state), Wire()
        protocol.connection_made(wire)
        wire.protocol = protocol
        protocol.data_received(request)
        spoken.append(protocol)
        return wire

    yield begin
    for one in spoken:
        one.connection_lost(None)


async def answer_of(wire: Wire, end: bytes) -> bytes:
    """All that is written up to an end."""
    async with asyncio.timeout(5):
        while not b"".join(wire.writes).endswith(end):
            wire.written.clear()
            await wire.written.wait()
    return b"".join(wire.writes)


async def test_a_whole_answer_is_one_write(talk: Talk) -> None:
    wire = talk(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    head, body = (await answer_of(wire, b'{"a":1}')).split(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert len(wire.writes) == 1
    names = [line.partition(b": ")[0] for line in head.split(b"\r\n")[1:]]
    told = [b"cache-control", b"content-length", b"content-type", b"vary", b"x-content-type-options", b"x-request-id"]
    assert sorted(names) == told


async def test_it_says_the_same_as_two_messages_would(talk: Talk) -> None:
    wire = talk(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    whole = await answer_of(wire, b'{"a":1}')
    messages = talk(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    messages.protocol.scope["state"].clear()
    parts = await answer_of(messages, b'{"a":1}')
    assert len(messages.writes) == 2
    assert sorted(_lines(parts)) == sorted(_lines(whole))


async def test_with_a_uvicorn_of_other_parts_an_answer_is_two_messages(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "_USED", ("scope", "a_part_that_it_has_no_more"))
    wire = talk(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert (await answer_of(wire, b'{"a":1}')).startswith(b"HTTP/1.1 200 OK\r\n")
    assert len(wire.writes) == 2


@pytest.mark.parametrize("missing", ["uvicorn.protocols.http.httptools_impl", "httptools"])
def test_without_the_module_that_it_builds_on_uvicorn_chooses(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    assert http_protocol() is Protocol
    monkeypatch.delitem(sys.modules, "warmcall.web.protocol")
    monkeypatch.delitem(sys.modules, "uvicorn.protocols.http.httptools_impl")
    monkeypatch.setitem(sys.modules, missing, None)
    assert http_protocol() == "auto"


async def test_the_next_request_on_the_connection_is_answered(talk: Talk) -> None:
    wire = talk(b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET /empty HTTP/1.1\r\nhost: x\r\n\r\n")
    both = await answer_of(wire, b"\r\n\r\n")
    assert both.index(b"HTTP/1.1 200") < both.index(b"HTTP/1.1 204")
    assert not wire.closed


async def test_an_answer_without_content_has_no_length(talk: Talk) -> None:
    answer = await answer_of(talk(b"GET /empty HTTP/1.1\r\nhost: x\r\n\r\n"), b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"content-length" not in answer


async def test_to_head_no_body_is_sent(talk: Talk) -> None:
    answer = await answer_of(talk(b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\n"), b"\r\n\r\n")
    assert b"content-length: 7" in answer


async def test_a_client_that_wants_the_connection_closed_gets_it_closed(talk: Talk) -> None:
    wire = talk(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert b"connection: close\r\n" in await answer_of(wire, b'{"a":1}')
    assert wire.closed


async def test_a_problem_can_close_the_connection(talk: Talk) -> None:
    wire = talk(b"GET /problem HTTP/1.1\r\nhost: x\r\n\r\n")
    await answer_of(wire, b"{}")
    assert wire.closed


async def test_no_header_can_begin_another(talk: Talk) -> None:
    wire = talk(b"GET /split HTTP/1.1\r\nhost: x\r\n\r\n")
    answer = await answer_of(wire, b"Internal Server Error")
    assert b"b: c" not in answer


async def test_a_request_leaves_nothing_to_the_garbage_collector(talk: Talk) -> None:
    gc.collect()
    gc.disable()
    try:
        wire = talk(POST % (b"", 4) + b"abcd" + POST % (b"", 2) + b"ab")
        await answer_of(wire, b"2")
        left = [one for one in gc.get_objects() if isinstance(one, RequestResponseCycle)]
    finally:
        gc.enable()
    assert left == [wire.protocol.cycle]


async def test_a_body_that_came_with_its_head_is_read(talk: Talk) -> None:
    assert (await answer_of(talk(POST % (b"", 4) + b"abcd"), b"4")).startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_body_that_comes_in_parts_is_read(talk: Talk) -> None:
    wire = talk(POST % (b"", 4) + b"ab")
    await asyncio.sleep(0)
    wire.protocol.data_received(b"cd")
    assert (await answer_of(wire, b"4")).startswith(b"HTTP/1.1 200 OK\r\n")


async def test_who_waits_to_send_a_body_is_told_to(talk: Talk) -> None:
    wire = talk(POST % (b"expect: 100-continue\r\n", 4))
    await answer_of(wire, b"100 Continue\r\n\r\n")
    wire.protocol.data_received(b"abcd")
    assert b"HTTP/1.1 200 OK\r\n" in await answer_of(wire, b"\r\n\r\n4")


async def test_a_body_above_the_limit_is_refused(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    await answer_of(talk(POST % (b"", 9) + b"123456789"), b"Internal Server Error")
    assert "BodyTooLargeError" in caplog.text


async def test_bodies_of_requests_that_came_at_once_are_kept_apart(talk: Talk) -> None:
    wire = talk(POST % (b"", 4) + b"abcd" + POST % (b"", 2) + b"ab")
    answer = await answer_of(wire, b"2")
    assert re.findall(rb"\r\n\r\n(\d+)", answer) == [b"4", b"2"]


async def test_of_answers_of_one_turn_each_arrives_although_a_client_has_gone(talk: Talk) -> None:
    wires = [talk(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n") for _ in range(3)]
    await asyncio.sleep(0)
    wires[1].close()
    await answer_of(wires[0], b'{"a":1}')
    await answer_of(wires[2], b'{"a":1}')
    assert wires[1].writes == []


async def test_what_was_answered_is_written_before_the_server_ends_the_connection(talk: Talk) -> None:
    wire = talk(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    await asyncio.sleep(0)
    assert wire.writes == []
    wire.protocol.shutdown()
    assert b"".join(wire.writes).endswith(b'{"a":1}')
    assert wire.closed


async def test_who_has_hung_up_is_sent_nothing(talk: Talk) -> None:
    wire = talk(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    wire.protocol.connection_lost(None)
    for _ in range(5):
        await asyncio.sleep(0)
    assert wire.writes == []


def _lines(answer: bytes) -> list[bytes]:
    """Header lines but the one that differs from request to request."""
    return [line for line in answer.split(b"\r\n") if not line.startswith(b"x-request-id")]
