import asyncio
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall.telephony.asterisk.agi import AgiError, HungUpError, Line, Session

FAST = 0.01


class Wire:
    """Both ends of a connection: what the peer wrote before, and what was written to it."""

    def __init__(self, *lines: str, lost: bool = True, limit: int = 1000) -> None:
        self.written = b""
        self.reader = asyncio.StreamReader(limit=limit)
        self.reader.feed_data("".join(f"{line}\n" for line in lines).encode())
        if lost:
            self.reader.feed_eof()

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None:
        """Nothing to wait for."""

    def session(self, patience: float = 1.0) -> Session:
        return Session(self.reader, cast(asyncio.StreamWriter, self), patience)


async def answered(*lines: str) -> str:
    return (await Wire(*lines).session().command(Line("ANSWER"))).result


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("200 result=0", "0"),
        ("200 result=4711", "4711"),
        ("200 result= (timeout)", ""),
        ("200 result=47 (timeout)", "47"),
        ("200 result=1 (a value (with) parentheses)", "1"),
        ("200 result=0 endpos=51104", "0"),
        ("200 result=5110\r", "5110"),
        ("200 ", ""),
    ],
)
async def test_a_reply_is_read(line: str, result: str) -> None:
    assert await answered(line) == result


@pytest.mark.parametrize(
    "lines",
    [
        ("HANGUP",),
        ("511 Command Not Permitted on a dead channel or intercept routine",),
        ("200 result=-1", "HANGUP"),
        ("200 result=-1", "511 Command Not Permitted"),
        ("200 result=-1", "200 result=-1"),
        ("200 result=-1",),
        (),
    ],
)
async def test_a_hang_up_is_understood_in_all_its_forms(lines: tuple[str, ...]) -> None:
    with pytest.raises(HungUpError):
        await answered(*lines)


async def test_a_failure_with_the_caller_still_there_is_no_hang_up() -> None:
    wire = Wire("200 result=-1", "200 result=6")

    reply = await wire.session().command(Line("ANSWER"))

    assert reply.failed
    assert wire.written == b"ANSWER\nCHANNEL STATUS\n"


@pytest.mark.parametrize(
    "lines",
    [
        ("510 Invalid or unknown command",),
        ("520 Invalid command syntax.  Proper usage not available.",),
        ("520-Invalid command syntax.  Proper usage follows:", " Usage: ANSWER", "520 End of proper usage."),
        ("520-Invalid command syntax.", *["more"] * 200),
        ("2000 result=1",),
        ("SSH-2.0-OpenSSH_9.2",),
        ("",),
        ("200 result=" + "1" * 5000,),
    ],
)
async def test_what_is_refused_or_no_reply_is_an_error(lines: tuple[str, ...]) -> None:
    with pytest.raises(AgiError):
        await answered(*lines)


async def test_bytes_that_are_no_text_do_no_harm() -> None:
    wire = Wire()
    wire.reader = asyncio.StreamReader()
    wire.reader.feed_data(b"\xff\xfe\x00\n")

    with pytest.raises(AgiError):
        await wire.session().command(Line("ANSWER"))


async def test_a_peer_that_does_not_answer_is_given_up() -> None:
    with pytest.raises(AgiError, match="in time"):
        await Wire(lost=False).session(FAST).command(Line("ANSWER"))


async def test_a_peer_that_dribbles_its_environment_is_given_up() -> None:
    wire = Wire("agi_network: yes", "agi_uniqueid: 1", lost=False)

    with pytest.raises(AgiError, match="in time"):
        await wire.session(FAST / 10).environment()


async def test_the_environment_ends_with_an_empty_line() -> None:
    wire = Wire("agi_uniqueid: 1.2", "agi_callerid: a: b", "", "200 result=0")

    assert await wire.session().environment() == {"agi_uniqueid": "1.2", "agi_callerid": "a: b"}


@pytest.mark.parametrize(
    "lines",
    [
        ("agi_uniqueid: 1", "agi_uniqueid: 2", ""),
        ("uniqueid: 1", ""),
        ("agi_uniqueid", ""),
        (*(f"agi_arg_{index}: x" for index in range(400)), ""),
        ("agi_accountcode: " + "A" * 2000, ""),
    ],
)
async def test_what_is_no_environment_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(AgiError):
        await Wire(*lines).session().environment()


@given(st.binary(max_size=300).map(lambda noise: b"agi_uniqueid: 1\n" + noise))
def test_no_noise_gets_past_the_protocol(noise: bytes) -> None:
    async def read() -> None:
        wire = Wire()
        wire.reader = asyncio.StreamReader()
        wire.reader.feed_data(noise)
        wire.reader.feed_eof()
        session = wire.session()
        await session.environment()
        while True:
            await session.command(Line("ANSWER"))

    with pytest.raises((AgiError, HungUpError)):
        asyncio.run(read())
