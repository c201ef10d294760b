import asyncio
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall.telephony.freeswitch.esl import EVENTS, Block, EslError, HungUpError, Session, parse_headers

FAST = 0.001
ACCEPTED = "Content-Type: command/reply\nReply-Text: +OK\n\n"
LINGERS = "Content-Type: text/disconnect-notice\nContent-Disposition: linger\nContent-Length: 0\n\n"
GONE = "Content-Type: text/disconnect-notice\nContent-Disposition: disconnect\nContent-Length: 5\n\nBye.\n"


def event(*lines: str) -> str:
    body = "".join(f"{line}\n" for line in lines) + "\n"
    return f"Content-Length: {len(body.encode())}\nContent-Type: text/event-plain\n\n{body}"


HANGUP = event("Event-Name: CHANNEL_HANGUP", "Hangup-Cause: USER_BUSY")


class Wire:
    """Both ends of a connection: what the peer wrote before, and what was written to it."""

    def __init__(self, *blocks: str, lost: bool = True) -> None:
        self.written = b""
        self.reader = asyncio.StreamReader(limit=2000)
        self.reader.feed_data("".join(blocks).encode())
        if lost:
            self.reader.feed_eof()

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None:
        """Nothing to wait for."""

    def session(self, patience: float = 1.0) -> Session:
        return Session(self.reader, cast(asyncio.StreamWriter, self), patience)


async def test_a_command_ends_with_an_empty_line_and_waits_for_its_reply() -> None:
    wire = Wire(event("Event-Name: CHANNEL_PARK"), ACCEPTED)

    headers = await wire.session().command(Block("linger 10"))

    assert wire.written == b"linger 10\n\n"
    assert headers["Reply-Text"] == "+OK"


async def test_events_that_come_before_the_reply_are_kept_in_order() -> None:
    wire = Wire(event("Event-Name: A", "x: %0Aa%25b"), event("Event-Name: B"), ACCEPTED, event("Event-Name: C"))
    session = wire.session()
    await session.command(Block("connect"))

    events = [await session.event(1) for _ in range(3)]

    assert [found["Event-Name"] for found in events] == ["A", "B", "C"]
    assert events[0]["x"] == "\na%b"


async def test_an_application_is_done_when_its_own_mark_comes_back() -> None:
    wire = Wire(ACCEPTED, event("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application-UUID: another"), HANGUP)

    with pytest.raises(HungUpError):
        await wire.session().execute(Block("sendmsg"), 1)


@pytest.mark.parametrize(
    ("blocks", "cause"),
    [
        ((ACCEPTED, HANGUP), "USER_BUSY"),
        ((ACCEPTED, LINGERS, HANGUP), "USER_BUSY"),
        ((HANGUP, LINGERS, GONE), "USER_BUSY"),
        ((ACCEPTED, GONE), None),
        ((ACCEPTED, LINGERS), None),
        ((ACCEPTED, HANGUP[:-9]), None),
        ((), None),
    ],
)
async def test_a_hang_up_is_understood_in_all_its_forms(blocks: tuple[str, ...], cause: str | None) -> None:
    with pytest.raises(HungUpError) as raised:
        await Wire(*blocks).session().execute(Block("sendmsg"), 1)

    assert raised.value.cause == cause


@pytest.mark.parametrize(
    "blocks",
    [
        ("Content-Type: command/reply\nReply-Text: -ERR command not found\n\n",),
        ("HTTP/1.1 400 Bad Request\n\n",),
        ("Content-Length: 99999999\n\n",),
        ("Content-Length: ٣\n\n",),
        ("Content-Length: -5\n\n",),
        ("x: " + "a" * 5000,),
        (event("Event-Name: A") * (EVENTS + 1),),
        (event("no colon"),),
    ],
)
async def test_what_is_refused_or_no_protocol_is_an_error(blocks: tuple[str, ...]) -> None:
    with pytest.raises(EslError):
        await Wire(*blocks).session().command(Block("myevents plain"))


async def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert parse_headers(b"a: \xff\xfe\nb: %zz\n\n") == {"a": "\ufffd\ufffd", "b": "%zz"}


def test_of_a_header_that_comes_twice_the_first_counts() -> None:
    assert parse_headers(b"\na: 1\na: 2\n\nb: 3\n") == {"a": "1"}


def test_more_headers_than_any_call_has_are_refused() -> None:
    with pytest.raises(EslError):
        parse_headers(b"".join(b"h%d: x\n" % index for index in range(5000)))


async def test_a_peer_that_does_not_answer_is_given_up() -> None:
    with pytest.raises(EslError, match="in time"):
        await Wire(lost=False).session(FAST).connect()


async def test_a_peer_that_dribbles_is_given_up() -> None:
    with pytest.raises(EslError, match="in time"):
        await Wire("Content-Length: 100\n\nEvent-", lost=False).session(FAST).event(1)


async def test_an_application_that_never_ends_is_given_up() -> None:
    with pytest.raises(EslError, match="in time"):
        await Wire(ACCEPTED, lost=False).session(FAST).execute(Block("sendmsg"), 1)


@given(st.lists(st.sampled_from([ACCEPTED, LINGERS, "Content-Length: 3\n\n", "a: b\n\n"]) | st.text(max_size=40)))
def test_no_noise_gets_past_the_protocol(blocks: list[str]) -> None:
    async def read() -> None:
        session = Wire(*blocks).session()
        await session.connect()
        while True:
            await session.event(1)

    with pytest.raises((EslError, HungUpError)):
        asyncio.run(read())
