"""The rules of RFC 3261 and RFC 3581 that a redirect server has to keep, and what it does with nonsense."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.telephony.redirect.line import Line, header, invite
from warmcall.telephony.redirect.answered import LIFETIME_S, Answered
from warmcall.telephony.redirect.request import UnanswerableError, read_request

VIA = "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1"


async def test_a_response_repeats_what_it_must() -> None:
    sent = invite(Record_Route="<sip:proxy;lr>")

    [answer] = await Line().ask(sent)

    for name in ("From", "Call-ID", "CSeq"):
        assert header(answer, name) == header(sent, name)


async def test_the_to_header_gets_a_tag_and_the_same_one_each_time() -> None:
    tags = {header((await Line().ask(invite()))[0], "To") for _ in range(3)}

    assert len(tags) == 1
    assert ";tag=" in tags.pop()


async def test_all_hops_are_repeated_in_order_and_only_the_first_is_completed() -> None:
    sent = invite().replace("\r\nFrom", "\r\nVia: SIP/2.0/UDP b;branch=2, SIP/2.0/UDP c;branch=3;rport\r\nFrom", 1)

    [answer] = await Line().ask(sent)

    vias = [line for line in answer.split("\r\n") if line.startswith("Via:")]
    assert vias == [
        f"Via: {VIA};rport=5070;received=127.0.0.1",
        "Via: SIP/2.0/UDP b;branch=2, SIP/2.0/UDP c;branch=3;rport",
    ]


async def test_hops_in_one_line_are_kept_apart() -> None:
    [answer] = await Line().ask(invite(Via=f"{VIA};rport, SIP/2.0/UDP c;branch=3"))

    assert header(answer, "Via") == f"{VIA};rport=5070;received=127.0.0.1, SIP/2.0/UDP c;branch=3"


@pytest.mark.parametrize(
    ("via", "expected", "port"),
    [
        ("127.0.0.1:5070;branch=1;rport", ";branch=1;rport=6000;received=127.0.0.1", 6000),
        ("127.0.0.1:5070;rport;branch=1", ";rport=6000;branch=1;received=127.0.0.1", 6000),
        ("127.0.0.1:5070;branch=1;rport=1", ";branch=1;rport=6000;received=127.0.0.1", 6000),
        ("127.0.0.1:5070;branch=1", ";branch=1", 5070),
        ("127.0.0.1;branch=1", ";branch=1", 5060),
        ("pbx1:5070;branch=1", ";branch=1;received=127.0.0.1", 5070),
        ("10.9.9.9:5070;received=10.8.8.8;branch=1", ";branch=1;received=127.0.0.1", 5070),
        ("127.0.0.1:5070;maddr=10.9.9.9;branch=1", ";maddr=10.9.9.9;branch=1", 5070),
    ],
)
async def test_answers_go_back_to_where_they_came_from_and_nowhere_else(via: str, expected: str, port: int) -> None:
    line = Line()

    [answer] = await line.ask(invite(Via=f"SIP/2.0/UDP {via}"), ("127.0.0.1", 6000))

    assert header(answer, "Via").endswith(expected)
    assert line.wire.sent[0][1] == ("127.0.0.1", port)


async def test_options_are_answered_with_what_is_understood() -> None:
    [answer] = await Line().ask(invite(method="OPTIONS"))

    assert answer.startswith("SIP/2.0 200 ")
    assert header(answer, "Allow") == "INVITE, ACK, CANCEL, OPTIONS"


async def test_an_ack_is_never_answered() -> None:
    assert await Line().status(invite(method="ACK")) is None
    assert await Line().status(invite(method="ACK", CSeq="nonsense")) is None


async def test_a_cancel_finds_nothing_to_cancel() -> None:
    assert await Line().status(invite(method="CANCEL")) == 481


@pytest.mark.parametrize("method", ["REGISTER", "BYE", "SUBSCRIBE", "MESSAGE", "REFER", "UPDATE", "NEWMETHOD"])
async def test_other_methods_are_not_allowed(method: str) -> None:
    [answer] = await Line().ask(invite(method=method))

    assert answer.startswith("SIP/2.0 405 ")
    assert "INVITE" in header(answer, "Allow")


async def test_an_invite_within_a_dialog_belongs_to_none_here() -> None:
    assert await Line().status(invite(To="<sip:+12025550100@127.0.0.1>;tag=there")) == 481


async def test_a_tag_in_the_uri_of_to_is_none_of_the_header() -> None:
    assert await Line().status(invite(To="<sip:+12025550100@127.0.0.1;tag=1>")) == 302


@pytest.mark.parametrize("nothing", [b"", b"\r\n", b"\r\n\r\n", b"\0", b"\0\0\0\0"])
async def test_keepalives_are_not_answered_and_are_no_fault(nothing: bytes) -> None:
    line = Line()

    assert await line.status(nothing) is None
    assert not line.switchboard.refusals.counts


@pytest.mark.parametrize("status", [100, 200, 302, 481])
async def test_responses_are_never_answered(status: int) -> None:
    response = invite().replace("INVITE sip:+12025550100@127.0.0.1 SIP/2.0", f"SIP/2.0 {status} X", 1)

    assert await Line().status(response) is None


UNDERSTOOD: dict[str, str | bytes] = {
    "compact header names": invite(Via=None, From=None, To=None, Call_ID=None).replace(
        "\r\n\r\n", f"\r\nv: {VIA}\r\nf: <sip:+12025550123@x>;tag=1\r\nt: <sip:y>\r\ni: c\r\n\r\n"
    ),
    "odd capitals": invite(Via=None).replace("\r\n\r\n", f"\r\nvIA: {VIA}\r\n\r\n"),
    "a space before the colon": invite(Via=None).replace("\r\n\r\n", f"\r\nVia : {VIA}\r\n\r\n"),
    "a folded header": invite(From='"Ada"\r\n <sip:+12025550123@x>\r\n\t;tag=1'),
    "a folded header with a colon": invite(Subject="a\r\n b: c"),
    "a parameter named self": invite(uri="sip:+12025550100@127.0.0.1;self=1", Via=f"{VIA};self=1"),
    "a host with one label": invite(Via="SIP/2.0/UDP pbx1:5070;branch=1"),
    "a host with an underscore": invite(Via="SIP/2.0/UDP my_pbx:5070;branch=1"),
    "an IPv6 host": invite(Via="SIP/2.0/UDP [::1]:5070;branch=1"),
    "spaces in Via": invite(Via="SIP / 2.0 / UDP  127.0.0.1 : 5070 ; branch=1"),
    "bytes that are no UTF-8": invite(Subject="x").encode().replace(b"Subject: x", b"Subject: \xff\xfe"),
    "bare line feeds": invite().replace("\r\n", "\n"),
    "a URI with headers": invite(uri="sip:+12025550100@127.0.0.1?Subject=x"),
    "a tel URI": invite(uri="tel:+1-202-555-0100"),
    "no From tag": invite(From="<sip:+12025550123@x>"),
    "a From without brackets": invite(From="sip:+12025550123@x;tag=1"),
    "an escaped quote in the name": invite(From='"A \\"x\\" da" <sip:+12025550123@x>;tag=1'),
    "no Max-Forwards": invite(Max_Forwards=None),
    "no Content-Length": invite(Content_Length=None),
    "more body than said": invite(body="v=0", Content_Length="0"),
    "empty lines before it": "\r\n\r\n" + invite(),
    "a demand it need not know": invite(Require="timer"),
}


@pytest.mark.parametrize("datagram", UNDERSTOOD.values(), ids=list(UNDERSTOOD))
async def test_what_can_be_understood_is_answered(datagram: str | bytes) -> None:
    assert await Line().status(datagram) == 302


FAULTY: dict[str, tuple[str, int]] = {
    "no number in CSeq": (invite(CSeq="INVITE"), 400),
    "another method in CSeq": (invite(CSeq="1 BYE"), 400),
    "CSeq too large": (invite(CSeq="4294967296 INVITE"), 400),
    "two From": (invite().replace("\r\nFrom:", "\r\nFrom: <sip:other>;tag=9\r\nFrom:", 1), 400),
    "two Call-ID": (invite().replace("\r\nCall-ID:", "\r\ni: 9\r\nCall-ID:", 1), 400),
    "an empty Call-ID": (invite(Call_ID=""), 400),
    "an empty From": (invite(From=""), 400),
    "a header without a colon": (invite().replace("\r\nMax", "\r\nnonsense\r\nMax", 1), 400),
    "no empty line at the end": (invite().rstrip("\r\n"), 400),
    "less body than said": (invite(body="v=0", Content_Length="400"), 400),
    "a negative length": (invite(Content_Length="-1"), 400),
    "a length that is no number": (invite(Content_Length="\u0663"), 400),
    "no URI": (invite().replace(" sip:+12025550100@127.0.0.1 ", " ", 1), 400),
    "a URI in brackets": (invite(uri="<sip:+12025550100@127.0.0.1>"), 400),
    "a space in the URI": (invite(uri="sip:+1202 5550100@127.0.0.1"), 400),
    "a URI without a scheme": (invite(uri="+12025550100"), 400),
    "a scheme that makes no calls": (invite(uri="http://127.0.0.1/"), 416),
    "another version": (invite().replace("SIP/2.0\r\n", "SIP/3.0\r\n", 1), 505),
    "another protocol": (invite().replace(" SIP/2.0\r\n", " HTTP/1.1\r\n", 1), 400),
    "far too many headers": (invite().replace("\r\nMax", "\r\nX-A: 1" * 300 + "\r\nMax", 1), 400),
    "a very long URI": (invite(uri=f"sip:{'9' * 2000}@127.0.0.1"), 414),
}


@pytest.mark.parametrize(("datagram", "status"), FAULTY.values(), ids=list(FAULTY))
async def test_what_is_wrong_is_told_where_it_can_be_answered(datagram: str, status: int) -> None:
    line = Line()

    assert await line.status(datagram) == status
    assert line.asked == []


UNANSWERABLE: dict[str, str | bytes] = {
    "no Via": invite(Via=None),
    "no From": invite(From=None),
    "no To": invite(To=None),
    "no Call-ID": invite(Call_ID=None),
    "no CSeq": invite(CSeq=None),
    "a Via that is none": invite(Via="nonsense"),
    "a Via without a host": invite(Via="SIP/2.0/UDP ;branch=1"),
    "a Via with port 0": invite(Via="SIP/2.0/UDP 127.0.0.1:0;branch=1"),
    "a Via with port 99999": invite(Via="SIP/2.0/UDP 127.0.0.1:99999;branch=1"),
    "a NUL in a header": invite(Call_ID="a\0b"),
    "a bare CR in a header": invite(Call_ID="a\rContact: <sip:evil>"),
    "random bytes": bytes(range(256)),
    "HTTP": "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a JSON object": '{"method": "INVITE"}',
    "only a request line": "INVITE sip:+12025550100@127.0.0.1 SIP/2.0\r\n\r\n",
    "more than 8 KiB": invite(body="x" * 8192),
}


@pytest.mark.parametrize("datagram", UNANSWERABLE.values(), ids=list(UNANSWERABLE))
async def test_what_cannot_be_answered_is_met_with_silence_and_counted(datagram: str | bytes) -> None:
    line = Line()

    assert await line.status(datagram) is None
    assert line.switchboard.refusals.counts.total() == 1


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail(datagram: bytes) -> None:
    with suppress(UnanswerableError):
        request = read_request(datagram)
        assert request is None or request.via.host


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
async def test_no_damage_to_an_invite_makes_the_server_fail(at: int, damage: bytes) -> None:
    sent = invite().encode()
    line = Line()

    answers = await line.ask(sent[:at] + damage + sent[at + len(damage) :])

    assert all(answer.startswith("SIP/2.0 ") for answer in answers)


def test_responses_are_forgotten_after_half_a_minute() -> None:
    now_s = 0.0
    answered = Answered(lambda: now_s)
    answered.finish("a", b"1")
    now_s = LIFETIME_S + 1
    answered.finish("b", b"2")

    assert answered.find("a") is None
    assert answered.find("b") == b"2"
    assert len(answered) == 1


def test_only_so_many_responses_are_kept() -> None:
    answered = Answered(lambda: 0.0, most=10)
    for number in range(50):
        answered.finish(str(number), b"x")

    assert len(answered) == 10
    assert answered.find("49") == b"x"
