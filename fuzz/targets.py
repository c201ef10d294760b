"""What is fuzzed: each target takes any bytes, and either reads them or refuses them as its documentation says.

An exception that a target lets through is a fault, and so is an answer that breaks a promise, such as a line end in
something that is written into a header.
"""

import asyncio
from collections.abc import Callable

import httpx
import msgspec
import tomli_w

from fuzz.domain import code_prefixes, hours, live_events, screen_pop, solutions
from fuzz.serving import requests
from warmcall.bus.bus import Bus
from warmcall.calls.clock import SystemClock
from warmcall.calls.draft import InboundCall
from warmcall.calls.errors import NumberInvalidError, NumberNotAllowedError
from warmcall.calls.model import CallId
from warmcall.calls.phone import parse_number
from warmcall.calls.routing import RouteBody
from warmcall.calls.tokens import Tokens
from warmcall.configuring import document_of
from warmcall.errors import WarmcallError
from warmcall.settings import parse
from warmcall.telephony.asterisk import agi
from warmcall.telephony.asterisk import inbound as asterisk
from warmcall.telephony.connector import Switchboard, Webhook
from warmcall.telephony.destinations import DestinationError, read_destination
from warmcall.telephony.freeswitch import esl
from warmcall.telephony.freeswitch import inbound as freeswitch
from warmcall.telephony.ivr import Ivr
from warmcall.telephony.jambonz import inbound as jambonz
from warmcall.telephony.jambonz.settings import Settings as JambonzSettings
from warmcall.telephony.kamailio import inbound as kamailio
from warmcall.telephony.kamailio.netstrings import NetstringError, NetstringReader
from warmcall.telephony.numbers import read_attestation, read_caller, read_dialled, read_name
from warmcall.telephony.plivo import inbound as plivo
from warmcall.telephony.prompts import Prompts
from warmcall.telephony.redirect.inbound import call_of, uri_fault
from warmcall.telephony.redirect.request import UnanswerableError, read_request
from warmcall.telephony.redirect.response import respond
from warmcall.telephony.refusals import RefusedError
from warmcall.telephony.state import States
from warmcall.telephony.twiml.signatures import SignalwireSignatures, TwilioSignatures
from warmcall.web.bodies import CreateBody, JSONBody

Target = Callable[[bytes], None]

SECRET = "0123456789abcdef"  # noqa: S105 - everybody may know it
BODIES = [JSONBody(kind) for kind in (CreateBody, InboundCall, RouteBody)]
CLOCK = SystemClock()
BOARD = Switchboard(
    name="fuzz",
    kind="fuzz",
    base_url="https://call.example.com/telephony/fuzz",
    ivr=Ivr(Bus().plugin("Fuzz")),
    states=States(bytes(32), "fuzz", CLOCK),
    prompts=Prompts(),
    clock=CLOCK,
)


class _Nowhere:
    """A writer that keeps nothing."""

    def write(self, data: bytes) -> None:
        """Take bytes."""

    async def drain(self) -> None:
        """Be done at once."""


def sip(data: bytes) -> None:
    """A datagram to the redirect server."""
    try:
        request = read_request(data)
    except (UnanswerableError, RefusedError):
        return
    if request is None:
        return
    answer = respond(request, 302, "Moved Temporarily", ("127.0.0.1", 5060), (("Contact", "<sip:x@y>"),))
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert not rest, "an answer has no body"
    assert head.startswith(b"SIP/2.0 302 ")
    assert all(b":" in line and b"\n" not in line for line in head.split(b"\r\n")[1:]), "an answer is lines of headers"
    uri_fault(request.uri)
    try:
        call_of(request, BOARD)
    except RefusedError:
        return


def fastagi(data: bytes) -> None:
    """A FastAGI connection: an environment, then replies."""

    async def talk() -> None:
        session = agi.Session(_reader(data, agi.LINE_BYTES), _Nowhere())  # type: ignore[arg-type]  # writes nowhere
        request = asterisk.read_request(await session.environment())
        asterisk.read_call(request, BOARD)
        for _ in range(3):
            await session.command(agi.Line("GET DATA x"))
        asterisk.read_progress(request)

    _run(talk, agi.AgiError, agi.HungUpError, RefusedError)


def event_socket(data: bytes) -> None:
    """An outbound event socket: what FreeSWITCH says of a call, then replies and events."""

    async def talk() -> None:
        session = esl.Session(_reader(data, esl.BLOCK_BYTES), _Nowhere())  # type: ignore[arg-type]  # writes nowhere
        freeswitch.read_call(await session.connect(), BOARD)
        for _ in range(3):
            await session.command(esl.Block("event plain ALL"))
            event = await session.event(1)
            freeswitch.read_digits(event, "warmcall_digits")

    _run(talk, esl.EslError, esl.HungUpError, RefusedError)


def evapi(data: bytes) -> None:
    """What comes over a Kamailio's EVAPI."""
    reader = NetstringReader()
    half = len(data) // 2
    try:
        messages = [*reader.feed(data[:half]), *reader.feed(data[half:])]
    except NetstringError:
        messages = []
    for message in (*messages, data):
        try:
            report = kamailio.read_report(message)
            if isinstance(report, kamailio.Invited):
                kamailio.call_of(report, BOARD)
            else:
                kamailio.key_of(report)
        except RefusedError:
            continue


def ari(data: bytes) -> None:
    """An event of Asterisk's REST interface."""
    for event in (data, _text(data)):
        try:
            asterisk.read_event(event)
        except RefusedError:
            continue


def webhooks(data: bytes) -> None:
    """A provider's request: headers, query and body of anybody's choice."""
    name, _, body = data.partition(b"\0")
    query = name.decode("latin-1")
    sent = {
        "x-twilio-signature": query,
        "x-twilio-webhooks-signature-settings": query,
        "x-plivo-signature-v3": query,
        "x-plivo-signature-v3-nonce": "1",
        "jambonz-signature": query,
        "content-type": query,
    }
    url = f"https://call.example.com/telephony/fuzz/voice?{query}"
    webhook = Webhook(method="POST", url=url, headers=sent, body=body, query=query)
    settings = JambonzSettings(username="x", password=SECRET)
    signed = {**sent, "authorization": "Basic eDowMTIzNDU2Nzg5YWJjZGVm"}
    for read in (
        lambda: TwilioSignatures(SECRET, {}).fields(webhook),
        lambda: SignalwireSignatures(SECRET).fields(webhook),
        lambda: plivo.read_form(webhook, SECRET),
        lambda: jambonz.read_report(webhook, JambonzSettings(webhook_secret=SECRET), CLOCK),
        lambda: _jambonz(msgspec.structs.replace(webhook, headers=signed), settings),
        webhook.form,
        webhook.queries,
    ):
        try:
            read()
        except RefusedError:
            continue


def _jambonz(webhook: Webhook, settings: JambonzSettings) -> None:
    report = jambonz.read_report(webhook, settings, CLOCK)
    jambonz.read_digits(report)
    jambonz.end_reason(report)
    jambonz.read_call(report, BOARD, {})


def numbers(data: bytes) -> None:
    """Numbers and names as phone systems and visitors write them."""
    text = _text(data)
    read_attestation(text)
    name = read_name(text)
    assert name is None or (name.isprintable() and len(name) <= 80)
    for number in (text, read_dialled(text), read_caller(text, text).number or ""):
        try:
            found = parse_number(number[:200], ("US", "DE"))
        except (NumberInvalidError, NumberNotAllowedError):
            continue
        assert found.startswith("+"), "a number is in E.164"
        assert found[1:].isascii()
        assert found[1:].isdigit()


def tokens(data: bytes) -> None:
    """Tokens that come back, or that somebody made up."""
    text = _text(data)
    assert Tokens(bytes(32)).request_of_context(text) is None
    try:
        BOARD.states.open(CallId("1"), text)
    except RefusedError:
        return
    raise AssertionError("a state nobody sealed was opened")


def bodies(data: bytes) -> None:
    """Bodies of the HTTP API."""
    for body in BODIES:
        try:
            body.decode(data)
        except WarmcallError:
            continue


def configuration(data: bytes) -> None:
    """The configuration file, and the destinations in it. What is taken can be kept, exported and taken again."""
    text = _text(data)
    try:
        target = read_destination(text)
    except DestinationError:
        pass
    else:
        assert not set(target.value) & set(" \"'<>\r\n\t"), "a destination can be written into a document or a command"
    try:
        loaded = parse(text)
    except WarmcallError:
        return
    for hook in loaded.webhooks:
        assert httpx.URL(hook.url).raw_host, "a webhook leads somewhere"
    kept = msgspec.json.decode(msgspec.json.encode(document_of(loaded.sites)))
    server = "" if loaded.server.access_code_prefix is None else _prefixed(loaded.server.access_code_prefix)
    assert document_of(parse(server + tomli_w.dumps(kept)).sites) == kept, "what was exported says the same"


def _prefixed(prefix: str) -> str:
    return tomli_w.dumps({"server": {"access_code_prefix": prefix}})


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _reader(data: bytes, limit: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=limit)
    reader.feed_data(data)
    reader.feed_eof()
    return reader


def _run(talk: Callable[[], object], *refused: type[Exception]) -> None:
    # All bytes are there, so nothing waits: the coroutine is driven without the cost of a new loop.
    try:
        _LOOP.run_until_complete(talk())  # type: ignore[arg-type]  # any coroutine
    except refused:
        return


_LOOP = asyncio.new_event_loop()

TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        sip, fastagi, event_socket, evapi, ari, webhooks, numbers, tokens, bodies, configuration,
        hours, screen_pop, solutions, live_events, code_prefixes, requests,
    )
}  # fmt: skip
"""By name."""
