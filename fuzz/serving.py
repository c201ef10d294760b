"""The whole server as one target: whatever a request is made of, it is answered, and the answer is a proper one."""

import asyncio
import atexit
from functools import cache
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from warmcall import app, settings
from warmcall.store.memory import MemoryStore
from warmcall.web.keys import key_hash

KEYS = {scope: f"warmcall_{scope}_{'x' * 43}" for scope in ("admin", "telephony")}
_CONFIG = """
[server]
public_url = "https://call.example.com"
trusted_proxies = ["127.0.0.1"]
metrics_allow = ["10.0.0.0/8"]

[telephony.carrier]
kind = "twilio"
signing_key = "0123456789abcdef"
fallback_destination = "+12025550199"

[[site]]
id = "shop"
origins = ["https://www.example.com"]
compat = true
limits = { per_address_per_min = 1000000, per_caller_per_hour = 1000000 }

[[site.group]]
name = "sales"
numbers = ["+12025550100"]
destination = "sip:sales@pbx.example.com"
screen_pop = "https://crm.example.com/?phone={phone}&id={id}"

[[site.group]]
name = "careful"
numbers = ["+12025550101"]
destination = "1001"
countries = ["US"]
blocked_numbers = ["+1900*"]
consent = { version = "1", text = "We note the call." }
challenge = { kind = "pow" }
"""
_PROBLEMS = (b'"internal_error"', b"RuntimeException")
_ANSWER_S = 5.0
_TURNS = 20


def requests(data: bytes) -> None:
    """A request: a line with method and address, lines of headers, an empty line, a body.

    `$id`, `$token` and `$context` stand for those of a call request that there is.
    """
    loop, application, known = _served()
    for name, value in known.items():
        data = data.replace(name, value)
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    status, headers, answer = loop.run_until_complete(_answer(application, _scope(first, lines), body))
    assert 200 <= status < 600
    for name, value in headers:
        assert not set(name + value) & {10, 13}, "a header is one line"
    assert not any(fault in answer for fault in _PROBLEMS), "a fault of the server"
    if dict(headers).get(b"content-type") in (b"application/json", b"application/problem+json") and answer:
        msgspec.json.decode(answer)


async def _answer(application: Any, scope: dict[str, Any], body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop()
        # A page that follows a request stays until something was written.
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async with asyncio.timeout(_ANSWER_S):
        await application(scope, receive, send)
    start, *rest = sent
    assert start["type"] == "http.response.start"
    assert all(message["type"] == "http.response.body" for message in rest), "an answer begins once"
    return start["status"], list(start["headers"]), b"".join(message.get("body", b"") for message in rest)


def _scope(first: bytes, lines: list[bytes]) -> dict[str, Any]:
    """As the server makes it of what comes over a connection."""
    method, _, address = first.partition(b" ")
    path, _, query = address.partition(b"?")
    named = [line.partition(b":") for line in lines]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method.decode("latin-1").upper(),
        "scheme": "https",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path,
        "root_path": "",
        "query_string": query,
        "headers": [(name.strip().lower(), value.strip()) for name, _, value in named],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }


@cache
def _served() -> tuple[asyncio.AbstractEventLoop, Any, dict[bytes, bytes]]:
    """One server for all, on a loop of its own."""
    loop = asyncio.new_event_loop()

    async def begin() -> tuple[Any, dict[bytes, bytes]]:
        store = MemoryStore()
        for scope, key in KEYS.items():
            await store.add_api_key(key_hash(key), scope, "fuzz", 0)
        warmcall = await app.start(settings.parse(_CONFIG), store, public_url="https://call.example.com")
        issued = await warmcall.bus.command("CallRequests.create", {"site": "shop", "group": "sales"})
        inbound = {"callId": "c0", "dialledNumber": issued.access_number, "digits": issued.access_code}
        match = await warmcall.bus.command("CallRequests.match", inbound)
        known = {"$id": issued.id, "$token": issued.token, "$context": match.context.token}
        return warmcall, {name.encode(): value.encode() for name, value in known.items()}

    warmcall, known = loop.run_until_complete(begin())

    def end() -> None:
        loop.run_until_complete(warmcall.stop())
        loop.close()

    atexit.register(end)
    return loop, warmcall.application, known
