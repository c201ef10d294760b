"""The redirect server with sipp as caller, over UDP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.integration.telephony.sip.callers import NUMBER, SITE, WITH_CODE, events, matches, visitors
from tests.integration.telephony.sip.sipp import calls
from tests.integration.telephony.sip.udp import statuses
from tests.unit.telephony.redirect.test_redirect_protocol import FAULTY, UNANSWERABLE
from warmcall.calls.model import EventType
from warmcall.telephony.connectors import ConnectorStartError
from warmcall.telephony.redirect.connector import RedirectConnector
from warmcall.testing import RunningServer, running

TABLE = """
[telephony.sip-redirect]
port = 0
pbx = "pbx.example.com"
code_destination = "sip:ivr@10.0.0.5"
"""


@asynccontextmanager
async def redirecting(data_dir: Path | None = None) -> AsyncIterator[tuple[RunningServer, int]]:
    async with running(SITE + TABLE, data_dir=data_dir) as server:
        connector = server.warmcall.connectors.connector("sip-redirect")
        assert isinstance(connector, RedirectConnector)
        yield server, connector.address[1]


async def test_each_caller_is_sent_on_with_the_token_of_their_own_request(tmp_path: Path) -> None:
    async with redirecting() as (server, port):
        waiting = await visitors(server, 20)

        result = await calls("caller_redirected", port, tmp_path, [(visitor.number, NUMBER) for visitor in waiting])

        assert (result.successful, result.failed) == (20, 0), result.errors
        assert {(number, contact) for number, contact in result.logged} == {
            (visitor.number, f"<sip:sales~{visitor.token}@pbx.example.com;ctc={visitor.token}>") for visitor in waiting
        }
        assert await matches(server, waiting) == {1: 20}


async def test_callers_nobody_waits_for_go_to_reception_and_those_with_a_code_to_who_asks_for_it(
    tmp_path: Path,
) -> None:
    async with redirecting() as (_, port):
        stranger = "+12025559999"
        result = await calls("caller_redirected", port, tmp_path, [(stranger, NUMBER), (stranger, WITH_CODE)])

        assert sorted(result.logged) == [
            [stranger, "<sip:ivr@10.0.0.5>"],
            [stranger, "<sip:reception@pbx.example.com>"],
        ]


async def test_with_every_tenth_message_lost_each_call_is_matched_once(tmp_path: Path) -> None:
    async with redirecting() as (server, port):
        waiting = await visitors(server, 300)
        callers = [(visitor.number, NUMBER) for visitor in waiting]

        result = await calls("caller_redirected", port, tmp_path, callers, rate=100, lost_percent=10)

        assert result.successful == 300, result.errors
        assert result.retransmissions > 0
        assert await matches(server, waiting) == {1: 300}


@pytest.mark.timeout(90)
async def test_a_thousand_calls_on_a_durable_store_lose_none_and_double_none(tmp_path: Path) -> None:
    async with redirecting(tmp_path / "data") as (server, port):
        waiting = await visitors(server, 1000)
        callers = [(visitor.number, NUMBER) for visitor in waiting]

        result = await calls("caller_redirected", port, tmp_path / "sipp", callers, rate=200)

        assert (result.successful, result.failed) == (1000, 0), result.errors
        assert len({contact for _, contact in result.logged}) == 1000
        assert await matches(server, waiting) == {1: 1000}


async def test_after_all_kinds_of_nonsense_calls_still_get_through(tmp_path: Path) -> None:
    wrong = [*(datagram for datagram, _ in FAULTY.values()), *UNANSWERABLE.values()]
    datagrams = [part.encode() if isinstance(part, str) else part for part in wrong]
    assert len(datagrams) > 22

    async with redirecting() as (server, port):
        [visitor] = await visitors(server, 1)
        told = await statuses(port, datagrams, len(FAULTY))

        result = await calls("caller_redirected", port, tmp_path, [(visitor.number, NUMBER)])

        assert sorted(told) == sorted(status for _, status in FAULTY.values())
        assert visitor.token in result.logged[0][1], result.errors


async def test_the_pbx_can_report_what_became_of_a_call_it_was_sent(tmp_path: Path) -> None:
    async with redirecting() as (server, port):
        [visitor] = await visitors(server, 1)
        await calls("caller_redirected", port, tmp_path, [(visitor.number, NUMBER)])
        key = {"Authorization": f"Bearer {await server.new_key()}"}

        context = (await server.http.get(f"/v1/context/{visitor.token}", headers=key)).json()
        for state in ("connected", "ended"):
            report = {"callId": context["call"]["callId"], "state": state}
            (await server.http.post("/v1/call-reports", json=report, headers=key)).raise_for_status()

        assert context["call"]["callerName"] == "Ada"
        told = await events(server, visitor)
        assert (told[EventType.CONNECTED], told[EventType.ENDED]) == (1, 1)


async def test_two_servers_on_one_port_cannot_be_started(tmp_path: Path) -> None:
    async with redirecting() as (_, port):
        with pytest.raises(ConnectorStartError, match="sip-redirect does not start"):
            async with running(SITE + TABLE.replace("port = 0", f"port = {port}")):
                pass
