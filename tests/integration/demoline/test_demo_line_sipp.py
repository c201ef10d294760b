"""sipp as a caller of the line: it keys in codes as RTP events (RFC 4733) and as SIP INFO (RFC 6086), as phones do."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.demoline.conftest import Exchange
from tests.integration.telephony.sip.sipp import Result, calls
from warmcall.telephony.ivr import Ivr

HEADERS = """Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
      From: "Ada Lovelace" <sip:+12025550177@[local_ip]:[local_port]>;tag=[pid]keys[call_number]
      To: <sip:[field0]@[remote_ip]:[remote_port]>{tag}
      Call-ID: [call_id]
      CSeq: {cseq} {method}
      Contact: <sip:ada@[local_ip]:[local_port]>
      Max-Forwards: 70"""
SDP = """v=0
      o=ada 1 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 0 96
      a=rtpmap:0 PCMU/8000
      a=rtpmap:96 telephone-event/8000
      a=fmtp:96 0-15"""
AGREED = """SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:ada@[local_ip]:[local_port]>
      Content-Type: application/sdp
      Content-Length: [len]
"""
# After a wrong code the line speaks; keys pressed before that belong to nothing.
HEARD_MS = 1000


class Scenario:
    """Writes what a caller does."""

    def __init__(self) -> None:
        self._cseq = 1
        self._steps = [
            self._send("INVITE", "sip:[field0]@[remote_ip]:[remote_port]", SDP, "application/sdp", tag=""),
            '<recv response="100" optional="true"/><recv response="180" optional="true"/>',
            '<recv response="200" rrs="true"/>',
            self._send("ACK", "[next_url]"),
            # The line settles on one codec with a second INVITE.
            '<recv request="INVITE"/>',
            f'<send retrans="500"><![CDATA[\n      {AGREED}\n      {SDP}\n    ]]></send>',
            '<recv request="ACK"/>',
        ]

    def events(self, keys: str) -> None:
        """Key in as RTP events; sipp sends them as payload type 96, whatever was negotiated."""
        self._steps.append(f'<nop><action><exec play_dtmf="{keys}"/></action></nop>')
        self.wait(400 * len(keys) + HEARD_MS)

    def info(self, keys: str) -> None:
        """Key in as SIP INFO."""
        for key in keys:
            self._cseq += 1
            body = f"Signal={key}\n      Duration=160"
            self._steps += [self._send("INFO", "[next_url]", body, "application/dtmf-relay"), '<recv response="200"/>']
        self.wait(HEARD_MS)

    def wait(self, ms: int) -> None:
        self._steps.append(f'<pause milliseconds="{ms}"/>')

    def write(self, file: Path) -> None:
        self._cseq += 1
        bye = [self._send("BYE", "[next_url]"), '<recv response="200"/>']
        steps = "\n".join([*self._steps, *bye])
        file.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="keys">\n{steps}\n</scenario>\n')

    def _send(self, method: str, uri: str, body: str = "", kind: str = "", tag: str = "[peer_tag_param]") -> str:
        headers = HEADERS.format(cseq=self._cseq, method=method, tag=tag)
        attested = "\n      P-Attestation-Indicator: A" if method == "INVITE" else ""
        content = f"\n      Content-Type: {kind}" if kind else ""
        text = (
            f"{method} {uri} SIP/2.0\n      {headers}{attested}{content}\n      Content-Length: [len]\n\n      {body}\n"
        )
        repeated = "" if method == "ACK" else ' retrans="500"'
        return f"<send{repeated}><![CDATA[\n      {text}\n    ]]></send>"


async def key_in(exchange: Exchange, folder: Path, number: str, keys: Callable[[Scenario], None]) -> Result:
    scenario = Scenario()
    keys(scenario)
    scenario.write(folder / "keys.xml")
    return await calls(str(folder / "keys"), int(exchange.line.address.rpartition(":")[2]), folder, [(number,)])


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(
            Scenario.events,
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="sipp sends RTP through a raw socket: run as root"),
        ),
        Scenario.info,
    ],
)
async def test_codes_are_heard_as_rtp_events_and_as_sip_info(
    exchange: Exchange, tmp_path: Path, way: Callable[[Scenario, str], None]
) -> None:
    exchange.line._ivr = Ivr(exchange.bus.plugin("PatientLine"), timeout_s=8)
    issued = await exchange.ask()
    wrong = "".join(str(9 - int(digit)) for digit in str(issued.access_code))

    def keys(scenario: Scenario) -> None:
        scenario.wait(500)
        way(scenario, wrong)
        way(scenario, f"{issued.access_code}#")

    result = await key_in(exchange, tmp_path, issued.access_number, keys)

    assert (result.successful, result.failed) == (1, 0), result.errors
    assert (await exchange.event("ended"))["reason"] == "the caller hung up"
    assert exchange.names() == ["created", "call_received", "code_refused", "matched", "connected", "ended"]


async def test_what_the_network_says_of_the_caller_is_kept_for_the_agent(exchange: Exchange, tmp_path: Path) -> None:
    issued = await exchange.ask(caller="+12025550177")

    await key_in(exchange, tmp_path, issued.access_number, lambda scenario: scenario.wait(500))

    token = (await exchange.event("matched"))["context"]["token"]
    call = (await exchange.bus.command("CallRequests.context", {"token": token}))["call"]
    assert (call["callerName"], call["attestation"]) == ("Ada Lovelace", "A")
