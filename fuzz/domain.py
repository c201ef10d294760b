"""Targets of what the domain reads and writes: opening hours, templates, proofs, events, prefixes."""

import asyncio
from base64 import b64encode
from datetime import datetime

import msgspec
import tomli_w

from warmcall.calls.clock import SystemClock
from warmcall.calls.codes import DRAWN_DIGITS, draw_code, parse_prefix
from warmcall.calls.hours import parse_hours
from warmcall.calls.model import (
    E164,
    CallRequest,
    Event,
    EventType,
    GroupName,
    Page,
    RequestId,
    SiteId,
    State,
)
from warmcall.calls.screenpop import screen_pop_url
from warmcall.challenge.work import Work
from warmcall.errors import WarmcallError
from warmcall.settings import parse
from warmcall.store.memory import MemoryStore
from warmcall.web.live.stream import event_message

POPPING = """
[[site]]
id = "shop"
[[site.group]]
name = "sales"
numbers = ["+12025550100"]
destination = "1001"
"""
GROUP = parse(POPPING).directory.group("shop", "sales")
WORK = Work(MemoryStore(), SystemClock(), bytes(32))
REQUEST = CallRequest(
    id=RequestId("019ab0f2-6c1e-7e5b-9b1a-3f7c2d9f8a10"),
    site=SiteId("shop"),
    group=GroupName("sales"),
    state=State.WAITING,
    number=E164("+12025550100"),
    code=None,
    caller=None,
    exclusive=False,
    cool_down_s=0,
    created_at_ms=0,
    expires_at_ms=0,
    fields={},
    user_data={},
    page=Page(),
)
# Ordinary days, the end of a leap year, and hours that come twice or not at all in Europe and America.
MOMENTS = [
    datetime.fromisoformat(text)
    for text in (
        "2026-11-23T12:00:00Z",
        "2028-12-31T23:59:59Z",
        "2026-03-29T00:59:00Z",
        "2026-10-25T00:30:00Z",
        "2026-11-01T05:30:00Z",
    )
]
_LOOP = asyncio.new_event_loop()


def hours(data: bytes) -> None:
    """Opening hours: a time zone, then lines with a day, a date or `closed`, and what holds there."""
    timezone, *lines = _text(data).split("\n")
    named = [line.partition(" ") for line in lines]
    closed = [rest for name, _, rest in named if name == "closed"]
    weekly = {name: rest.split() for name, _, rest in named if name[:1].isalpha() and name != "closed"}
    special = {name: rest.split() for name, _, rest in named if name[:1].isdigit()}
    try:
        found = parse_hours(timezone, weekly, closed, special)
    except ValueError:
        return
    for now in MOMENTS:
        opening = found.at(now)
        if opening.changes_at is not None:
            assert opening.changes_at > now, "a change is yet to come"
            assert found.at(opening.changes_at).is_open is not opening.is_open, "a change changes"


def screen_pop(data: bytes) -> None:
    """A template for the address of a CRM, and what a visitor typed."""
    template, _, typed = _text(data).partition("\n")
    try:
        loaded = parse(POPPING + tomli_w.dumps({"screen_pop": template}))
    except WarmcallError:
        return
    (site,) = loaded.directory.sites.values()
    (group,) = site.groups
    assert group.screen_pop is not None
    request = msgspec.structs.replace(REQUEST, caller=E164(typed))
    found, plain = (screen_pop_url(group.screen_pop, asked, "token") for asked in (request, REQUEST))
    assert (
        found.partition("//")[2].partition("/")[0].partition("?")[0]
        == (plain.partition("//")[2].partition("/")[0].partition("?")[0])
    ), "it leads to the same host"
    assert not set(found) & set(' "<>\r\n\t'), "an address can be written into a document"


def solutions(data: bytes) -> None:
    """Solutions of a proof of work, as a page sends them or as somebody made them up."""

    async def check() -> None:
        for solution in (_text(data), b64encode(data).decode()):
            assert await WORK.fault(GROUP, solution), "a proof nobody was asked for is none"

    _LOOP.run_until_complete(check())


def live_events(data: bytes) -> None:
    """What happened to a request, as a live stream tells it."""
    text = _text(data)
    for kind in EventType:
        event = Event(
            seq=1,
            request_id=REQUEST.id,
            site=REQUEST.site,
            group=REQUEST.group,
            type=kind,
            at_ms=0,
            data={"reason": text, "matchedBy": text, "triesLeft": 1, "callId": text},
        )
        lines = event_message(event).split(b"\n")
        assert [line.partition(b":")[0] for line in lines] == [b"event", b"id", b"data", b"", b""]
        assert b"\r" not in b"".join(lines), "a line of the stream ends where it should"
        assert msgspec.json.decode(lines[2].removeprefix(b"data: "))["reason"] == text


def code_prefixes(data: bytes) -> None:
    """What the access codes of a server begin with."""
    try:
        prefix = parse_prefix(_text(data))
    except ValueError:
        return
    if prefix.digits + DRAWN_DIGITS <= 8:
        code = draw_code(8, prefix)
        assert len(code) == 8
        assert prefix.low <= int(code[: prefix.digits]) < prefix.low + prefix.count


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
