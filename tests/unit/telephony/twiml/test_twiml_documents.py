from pathlib import Path
from urllib.parse import parse_qsl
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from tests.unit.telephony.boards import ASK, GOODBYE, TOKEN, board, matched, recordings
from warmcall.calls.model import CallId
from warmcall.telephony.connector import Turn
from warmcall.telephony.reach import Reach
from warmcall.telephony.twiml.dialects import DIALECTS
from warmcall.telephony.twiml.outbound import Documents
from warmcall.telephony.twiml.settings import Settings

KEY = "a-signing-key"
CALL = CallId("CA1&x=<1>")


def written(turn: Turn, kind: str = "twilio", *, prompts: Path | None = None, **settings: str) -> Element:
    switchboard = board(kind, fallback=settings.pop("fallback_destination", None), prompts=prompts)
    found = Settings(signing_key=KEY, **settings)  # type: ignore[arg-type]
    documents = Documents(switchboard, found, DIALECTS[kind], Reach(switchboard, found.sip_domain))
    return ElementTree.fromstring(documents.write(turn, CALL).body)


def only(element: Element, path: str) -> Element:
    (found,) = element.findall(path)
    return found


def test_digits_are_asked_for_and_silence_comes_back_too() -> None:
    response = written(ASK)

    gather = only(response, "Gather")
    address = "https://calls.example.com/telephony/twilio/digits?state=THE-STATE"
    assert gather.attrib == {
        "input": "dtmf",
        "numDigits": "6",
        "timeout": "8",
        "finishOnKey": "#",
        "action": address,
        "method": "POST",
        "actionOnEmptyResult": "true",
    }
    assert only(gather, "Say").attrib == {"language": "en-US"}
    assert [element.tag for element in response] == ["Gather", "Redirect"]
    assert only(response, "Redirect").text == address


def test_telnyx_is_not_told_what_it_does_not_know() -> None:
    assert "actionOnEmptyResult" not in only(written(ASK, "telnyx"), "Gather").attrib


def test_the_owners_recording_is_played_instead(tmp_path: Path) -> None:
    gather = only(written(ASK, prompts=recordings(tmp_path)), "Gather")

    assert [(element.tag, element.text) for element in gather] == [
        ("Play", "https://calls.example.com/telephony/prompts/en-ask_code.wav")
    ]


def test_a_last_word_is_said_before_the_end() -> None:
    assert [element.tag for element in written(GOODBYE)] == ["Say", "Hangup"]


def test_a_call_with_nowhere_to_go_ends_without_a_promise() -> None:
    assert [element.tag for element in written(matched(None))] == ["Hangup"]


def test_the_call_id_of_the_provider_cannot_break_out_of_an_address() -> None:
    sip = only(written(matched("sip:sales@pbx.example.com")), "Dial/Sip")

    assert parse_qsl(sip.attrib["statusCallback"].partition("?")[2]) == [("call", CALL)]


def test_own_headers_of_a_destination_stay() -> None:
    sip = only(written(matched("sip:sales@pbx.example.com;transport=tls?X-Queue=vip")), "Dial/Sip")

    address, _, headers = str(sip.text).partition("?")
    assert address == "sip:sales@pbx.example.com;transport=tls"
    assert [name for name, _ in parse_qsl(headers)] == ["X-Queue", "X-Warmcall-Token", "User-to-User"]


def test_the_longest_destination_keeps_within_twilios_bounds() -> None:
    longest = "sip:" + "a" * 238 + "@b.example"

    sip = only(written(matched(longest)), "Dial/Sip")

    address, _, headers = str(sip.text).partition("?")
    assert len(address) <= 255
    assert len(headers) < 1024


@pytest.mark.parametrize(
    ("destination", "last"),
    [("sip:sales@pbx.example.com", False), ("+12025550188", True)],
)
def test_what_nobody_answers_goes_on_unless_there_is_nothing_else(destination: str, last: bool) -> None:
    dial = only(written(matched(destination), fallback_destination="+12025550188"), "Dial")

    query = dict(parse_qsl(dial.attrib["action"].partition("?")[2]))
    assert query == ({} if last else {"again": "en", "token": TOKEN})


def test_the_agents_phone_shows_the_number_of_the_settings() -> None:
    dial = only(written(matched("+12025550177"), caller_id="+12025550166"), "Dial")

    assert dial.attrib["callerId"] == "+12025550166"
    assert only(dial, "Number").text == "+12025550177"


def test_a_name_with_markup_stays_text() -> None:
    sip = only(written(matched("sip:a&b='c'@pbx.example.com")), "Dial/Sip")

    assert str(sip.text).startswith("sip:a&b='c'@pbx.example.com?")
