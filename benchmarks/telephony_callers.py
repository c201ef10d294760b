"""Calls over the protocols of the other connectors, each as small as it can be: the caller is known, nothing is keyed.

They come from the process that measures, over loopback, so calls per second are bounded by it; CPU is that of the
measured process only.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import msgspec

from tests.integration.telephony.agi import asterisk
from tests.integration.telephony.esl import freeswitch
from tests.integration.telephony.providers import signing
from tests.integration.telephony.sip.callers import NUMBER
from warmcall.calls.clock import SystemClock

Call = Callable[[str], Awaitable[None]]
Sign = Callable[[str, bytes], Mapping[str, str]]
Body = Callable[[str, str], bytes]

TABLES = f"""
[telephony.twilio]
signing_key = "{signing.TOKEN}"

[telephony.signalwire]
signing_key = "{signing.TOKEN}"

[telephony.telnyx]
signing_key = "{signing.TELNYX_KEY}"

[telephony.plivo]
auth_token = "{signing.TOKEN}"

[telephony.jambonz]
webhook_secret = "{signing.TOKEN}"

[telephony.asterisk]
port = 0

[telephony.freeswitch]
port = 0
"""

_CLOCK = SystemClock()
_ids = itertools.count()


class Line(msgspec.Struct, frozen=True):
    """Where the measured process takes calls, as it says itself."""

    base_url: str
    key: str
    fastagi_port: int
    event_socket_port: int


@asynccontextmanager
async def calls_to(line: Line, connector: str, at_once: int) -> AsyncIterator[list[Call]]:
    """As many ways to call a connector as there are calls at once.

    Args:
        line: Where the process listens.
        connector: One of `CONNECTORS`.
        at_once: How many.
    """
    if connector == "asterisk":
        yield [_fastagi(line.fastagi_port)] * at_once
    elif connector == "freeswitch":
        yield [_event_socket(line.event_socket_port)] * at_once
    else:
        address = line.base_url.removeprefix("http://")
        host, _, port = address.partition(":")
        connections = [await asyncio.open_connection(host, int(port)) for _ in range(at_once)]
        yield [_webhook(line, connector, *connection) for connection in connections]
        for _, writer in connections:
            writer.close()


def _form(**names: str) -> Body:
    def body(call_id: str, caller: str) -> bytes:
        return urlencode({names["call"]: call_id, "From": caller, "To": NUMBER, "CallStatus": "ringing"}).encode()

    return body


def _jambonz(call_id: str, caller: str) -> bytes:
    return msgspec.json.encode({"call_sid": call_id, "direction": "inbound", "from": caller, "to": NUMBER})


def _route(call_id: str, caller: str) -> bytes:
    return msgspec.json.encode({"callId": call_id, "dialledNumber": NUMBER, "callerNumber": caller})


_FORM = "application/x-www-form-urlencoded"
_WEBHOOKS: dict[str, tuple[str, str, Body, Sign]] = {
    "http": ("/v1/route", "application/json", _route, lambda url, body: {}),
    "twilio": ("/telephony/twilio/voice", _FORM, _form(call="CallSid"), signing.twilio),
    "signalwire": ("/telephony/signalwire/voice", _FORM, _form(call="CallSid"), signing.signalwire),
    "telnyx": ("/telephony/telnyx/voice", _FORM, _form(call="CallSid"), signing.telnyx(_CLOCK)),
    "plivo": ("/telephony/plivo/answer", _FORM, _form(call="CallUUID"), signing.plivo),
    "jambonz": ("/telephony/jambonz/call", "application/json", _jambonz, signing.jambonz(_CLOCK)),
}
CONNECTORS = (*_WEBHOOKS, "asterisk", "freeswitch")


def _webhook(line: Line, connector: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Call:
    path, kind, body_of, sign = _WEBHOOKS[connector]
    url = f"{line.base_url}{path}"
    fixed = f"POST {path} HTTP/1.1\r\nHost: {line.base_url.removeprefix('http://')}\r\nContent-Type: {kind}\r\n"
    if connector == "http":
        fixed += f"Authorization: Bearer {line.key}\r\n"

    async def call(caller: str) -> None:
        body = body_of(f"CA{next(_ids):032x}", caller)
        headers = "".join(f"{name}: {value}\r\n" for name, value in sign(url, body).items())
        writer.write(f"{fixed}{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("HTTP/1.1 200 "), head
        length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length:"))
        await reader.readexactly(int(length.partition(":")[2]))

    return call


def _fastagi(port: int) -> Call:
    async def call(caller: str) -> None:
        known = asterisk.environment(NUMBER, f"1700000000.{next(_ids)}", callerid=caller, callingpres="0")
        await asterisk.Caller().call(port, known)

    return call


def _event_socket(port: int) -> Call:
    async def call(caller: str) -> None:
        known = freeswitch.channel_data(NUMBER, f"6d0f8b1e-{next(_ids):012x}")
        known |= {"Caller-Caller-ID-Number": caller, "Caller-ANI": caller, "Caller-Privacy-Hide-Number": "false"}
        await freeswitch.Caller().call(port, known)

    return call
