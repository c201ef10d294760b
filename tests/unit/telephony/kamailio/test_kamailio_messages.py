import asyncio
from typing import Any

import msgspec
import pytest

from tests.unit.telephony.redirect.line import GROUP, KNOWN, MATCHED, NEEDED, TOKEN, Matcher, switchboard
from warmcall.calls.answers import MatchAnswer
from warmcall.telephony.findings import Level
from warmcall.telephony.headers import token_of
from warmcall.telephony.kamailio.checks import check
from warmcall.telephony.kamailio.connector import KamailioConnector
from warmcall.telephony.kamailio.inbound import Connected, key_of, read_report
from warmcall.telephony.kamailio.settings import Settings
from warmcall.telephony.redirect.identity import call_key
from warmcall.telephony.refusals import Refusal
from warmcall.telephony.registry import ConnectorSettingsError, read_settings

CALL: dict[str, Any] = {
    "event": "call",
    "ti": 17,
    "tl": 4711,
    "ci": "call-1@example.com",
    "dialled": KNOWN,
    "from": '"Ada" <sip:+12025550123@example.com>;tag=from1',
}


class Peer:
    """A connector, told and answering by hand."""

    def __init__(self, answer: MatchAnswer | Matcher = MATCHED, **settings: Any) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self._answer = answer
        self.switchboard = switchboard(self._match, name="kamailio")
        self.connector = KamailioConnector(Settings(pbx="pbx", **settings), self.switchboard)

    async def tell(self, message: Any) -> None:
        """Send a message, and wait until all is answered."""
        self.receive(message)
        await self.connector.stop()

    def receive(self, message: Any) -> None:
        raw = message if isinstance(message, bytes) else msgspec.json.encode(message)
        self.connector.receive(raw, lambda answer: self.answers.append(msgspec.json.decode(answer)))

    def _match(self, data: dict[str, Any]) -> Any:
        self.asked.append(data)
        return self._answer(data) if callable(self._answer) else self._answer


async def test_the_answer_names_the_transaction_in_numbers_and_holds_both_ways_to_go_on() -> None:
    peer = Peer()

    await peer.tell(CALL)

    [answer] = peer.answers
    assert token_of(answer.pop("uui")) == TOKEN
    assert answer == {
        "ti": 17,
        "tl": 4711,
        "status": 302,
        "reason": "Moved Temporarily",
        "target": "sip:sales@pbx",
        "contact": f"sip:sales~{TOKEN}@pbx;ctc={TOKEN}",
        "token": TOKEN,
    }


async def test_a_call_that_needs_a_code_goes_where_it_is_asked_for_without_a_token() -> None:
    peer = Peer(NEEDED, code_destination="sip:ivr@10.0.0.5")

    await peer.tell(CALL)

    assert peer.answers[0]["target"] == peer.answers[0]["contact"] == "sip:ivr@10.0.0.5"
    assert "token" not in peer.answers[0]


@pytest.mark.parametrize("dialled", ["+12025550999", "", "nonsense"])
async def test_a_number_nobody_has_is_not_found(dialled: str) -> None:
    peer = Peer()

    await peer.tell({**CALL, "dialled": dialled})

    assert [answer["status"] for answer in peer.answers] == [404]
    assert peer.asked == []


async def test_a_call_without_optional_parts_is_decided() -> None:
    peer = Peer()

    await peer.tell({"event": "call", "ti": 0, "tl": 0, "ci": "c", "dialled": KNOWN})

    assert peer.answers[0]["status"] == 302
    assert peer.asked[0]["callerNumber"] is None


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"event":"unheard of"}',
        b'{"event":"call"}',
        b'{"event":"call","ti":"1","tl":2}',
        b'{"event":"call","ti":1.5,"tl":2}',
        b'{"event":"connected"}',
        b'{"event":"call","ti":1,"tl":2,"ci":"\xff"}',
        b'{"event":"call","ti":1,"tl":2,"dialled":"' + b"9" * 9000 + b'"}',
    ],
)
async def test_what_cannot_be_read_is_counted_and_harms_nothing(message: bytes) -> None:
    peer = Peer()

    peer.receive(message)
    await peer.tell(CALL)

    assert peer.switchboard.refusals.counts["kamailio", Refusal.MALFORMED] == 1
    assert len(peer.answers) == 1


async def test_what_is_too_much_is_answered_without_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warmcall.telephony.kamailio.connector.MOST_PENDING", 1)
    decided = asyncio.Event()

    async def later(_: dict[str, Any]) -> MatchAnswer:
        await decided.wait()
        return MATCHED

    peer = Peer(later, fallback_destination=None)
    peer.receive(CALL)
    peer.receive({**CALL, "tl": 2})

    assert [answer["tl"] for answer in peer.answers] == [2]
    decided.set()
    await peer.connector.stop()


def test_progress_is_about_the_same_call_as_its_beginning() -> None:
    report = read_report(b'{"event":"connected","ci":"call-1@example.com","ft":"from1"}')

    assert isinstance(report, Connected)
    assert key_of(report) == call_key("call-1@example.com", "from1")


async def test_a_group_goes_with_its_own_destination() -> None:
    peer = Peer(MatchAnswer(outcome="no_match", group=GROUP, destination="+12025550199"))

    await peer.tell(CALL)

    assert peer.answers[0]["target"] == "sip:+12025550199@pbx"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"servers": []}, "servers: expected at least one"),
        ({"servers": ["127.0.0.1"]}, "servers: expected host:port"),
        ({"servers": ["127.0.0.1:0"]}, "servers: expected host:port"),
        ({"pbx": "a b"}, "pbx: "),
        ({"code_destination": "sip:a b"}, "code_destination: "),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(table: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConnectorSettingsError, match=expected):
        read_settings("kamailio", table)


def test_servers_are_read_with_their_ports() -> None:
    settings = Settings(servers=("127.0.0.1:8448", "[::1]:1", "kam1:65535"))

    assert settings.addresses() == (("127.0.0.1", 8448), ("::1", 1), ("kam1", 65535))


def test_the_doctor_does_not_reach_out_to_other_machines() -> None:
    findings = {finding.what: finding.level for finding in check(Settings(servers=("192.0.2.1:8448",)), "")}

    assert findings["kamailio 192.0.2.1:8448"] is Level.NOT_CHECKED
