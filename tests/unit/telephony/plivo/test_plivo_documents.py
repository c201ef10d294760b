from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tests.unit.telephony.boards import ASK, GOODBYE, TOKEN, board, matched, recordings
from warmcall.telephony.connector import Turn
from warmcall.telephony.findings import Level
from warmcall.telephony.plivo.outbound import Documents
from warmcall.telephony.plivo.settings import Settings
from warmcall.telephony.reach import Reach
from warmcall.telephony.registry import check, read_settings


def written(turn: Turn, *, fallback: str | None = None, prompts: Path | None = None, **settings: str) -> Element:
    switchboard = board("plivo", fallback=fallback, prompts=prompts)
    found = Settings(auth_token="12345678", **settings)  # type: ignore[arg-type]
    documents = Documents(switchboard, found, Reach(switchboard, found.sip_domain, queues=False))
    return ElementTree.fromstring(documents.write(turn).body)


def only(element: Element, path: str) -> Element:
    (found,) = element.findall(path)
    return found


def test_digits_are_asked_for_and_silence_goes_on_to_the_same_address() -> None:
    response = written(ASK)

    digits = only(response, "GetDigits")
    assert digits.attrib["numDigits"] == "6"
    assert digits.attrib["timeout"] == digits.attrib["digitTimeout"] == "8"
    assert only(digits, "Speak").attrib == {"language": "en-US"}
    assert only(response, "Redirect").text == digits.attrib["action"]


def test_the_owners_recording_is_played_instead(tmp_path: Path) -> None:
    digits = only(written(ASK, prompts=recordings(tmp_path)), "GetDigits")

    assert only(digits, "Play").text == "https://calls.example.com/telephony/prompts/en-ask_code.wav"


def test_a_last_word_is_said_before_the_end() -> None:
    assert [element.tag for element in written(GOODBYE)] == ["Speak", "Hangup"]


def test_the_token_travels_in_letters_and_digits_only() -> None:
    dial = only(written(matched("sip:sales@phone.plivo.com")), "Dial")

    assert dial.attrib["sipHeaders"] == f"Warmcalltoken={TOKEN.encode().hex()}"
    assert only(dial, "User").text == "sip:sales@phone.plivo.com"


def test_a_number_gets_no_header() -> None:
    dial = only(written(matched("+12025550177"), caller_id="+12025550166"), "Dial")

    assert "sipHeaders" not in dial.attrib
    assert dial.attrib["callerId"] == "+12025550166"


def test_an_extension_is_called_at_the_domain_of_the_settings() -> None:
    response = written(matched("1001"), sip_domain="pbx.example.com")

    assert only(response, "Dial/User").text == "sip:1001@pbx.example.com"


def test_a_queue_leads_to_the_fallback_and_without_one_to_the_end() -> None:
    assert only(written(matched("queue:sales"), fallback="+12025550188"), "Dial/Number").text == "+12025550188"
    assert [element.tag for element in written(matched("queue:sales"))] == ["Hangup"]


def test_the_doctor_warns_of_a_queue_as_fallback() -> None:
    settings = read_settings("plivo", {"auth_token": "12345678", "fallback_destination": "queue:sales"})

    found = {each.what: each.level for each in check("plivo", "plivo", settings, "https://x.example/telephony/plivo")}

    assert found["fallback"] is Level.WARNING
    assert found["signature"] is Level.OK
