"""A real Kamailio in redirect mode, with sipp as caller: load, hostile input, and every way to lose each other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from tests.integration.telephony.sip.callers import NUMBER, SITE, UNKNOWN, Server, events, matches, visitors
from tests.integration.telephony.sip.kamailio import Ports, free_ports, kamailio
from tests.integration.telephony.sip.sipp import HOST, calls
from tests.integration.telephony.sip.udp import answers, decided, status_of, statuses
from tests.integration.telephony.sip.waiting import until
from tests.unit.telephony.redirect.line import invite
from tests.unit.telephony.redirect.test_redirect_protocol import FAULTY, UNANSWERABLE, UNDERSTOOD
from warmcall import app, settings
from warmcall.calls.model import EventType
from warmcall.store.postgres import PostgresStore
from warmcall.telephony.kamailio.connector import KamailioConnector
from warmcall.telephony.kamailio.inbound import Invited
from warmcall.telephony.kamailio.netstrings import NetstringReader, netstring
from warmcall.telephony.kamailio.outbound import render
from warmcall.telephony.redirect.outbound import Answer
from warmcall.testing import RunningServer, running

FALLBACK = "sip:switchboard@pbx.example.com"


def table(ports: Ports) -> str:
    return f"""
[telephony.kamailio]
servers = ["{HOST}:{ports.evapi}"]
pbx = "pbx.example.com"
"""


def connector_of(server: Server) -> KamailioConnector:
    warmcall = server.warmcall if isinstance(server, RunningServer) else server
    connector = warmcall.connectors.connector("kamailio")
    assert isinstance(connector, KamailioConnector)
    return connector


@asynccontextmanager
async def connected(ports: Ports, data_dir: Path | None = None) -> AsyncIterator[RunningServer]:
    async with running(SITE + table(ports), data_dir=data_dir) as server:
        await until(lambda: connector_of(server).is_connected)
        await decided(ports.sip)
        yield server


@asynccontextmanager
async def redirecting(data_dir: Path | None = None) -> AsyncIterator[tuple[RunningServer, int]]:
    ports = free_ports()
    async with kamailio("redirect", ports, FALLBACK), connected(ports, data_dir) as server:
        yield server, ports.sip


async def test_each_caller_is_sent_on_with_the_token_of_their_own_request(tmp_path: Path) -> None:
    async with redirecting() as (server, port):
        waiting = await visitors(server, 20)

        result = await calls("caller_redirected", port, tmp_path, [(visitor.number, NUMBER) for visitor in waiting])

        assert (result.successful, result.failed) == (20, 0), result.errors
        assert {(number, contact) for number, contact in result.logged} == {
            (visitor.number, f"<sip:sales~{visitor.token}@pbx.example.com;ctc={visitor.token}>") for visitor in waiting
        }


async def test_with_every_tenth_message_lost_each_call_is_matched_once(tmp_path: Path) -> None:
    async with redirecting() as (server, port):
        waiting = await visitors(server, 200)
        callers = [(visitor.number, NUMBER) for visitor in waiting]

        result = await calls("caller_redirected", port, tmp_path, callers, rate=100, lost_percent=10)

        assert result.successful == 200, result.errors
        assert result.retransmissions > 0
        assert await matches(server, waiting) == {1: 200}


@pytest.mark.timeout(90)
async def test_a_thousand_calls_on_a_durable_store_lose_none_and_double_none(tmp_path: Path) -> None:
    async with redirecting(tmp_path / "data") as (server, port):
        waiting = await visitors(server, 1000)
        callers = [(visitor.number, NUMBER) for visitor in waiting]

        result = await calls("caller_redirected", port, tmp_path / "sipp", callers, rate=200)

        assert (result.successful, result.failed) == (1000, 0), result.errors
        assert len({contact for _, contact in result.logged}) == 1000
        assert await matches(server, waiting) == {1: 1000}


INJECTIONS = {
    "Call-ID": 'x","dialled":"' + NUMBER + '","z":"',
    "From": '"Ada\\",\\"dialled\\":\\"' + NUMBER + '" <sip:{caller}@example.com>;tag=1',
    "Privacy": 'none","dialled":"' + NUMBER,
    "P-Asserted-Identity": '"x\\",\\"dialled\\":\\"' + NUMBER + '\\"" <sip:{caller}@example.com>',
}


@pytest.mark.parametrize("name", INJECTIONS)
async def test_nothing_in_a_header_makes_a_call_to_an_unknown_number_match(name: str) -> None:
    async with redirecting() as (server, port):
        [visitor] = await visitors(server, 1)
        headers = {"From": f"<sip:{visitor.number}@example.com>;tag=1"}
        headers[name] = INJECTIONS[name].replace("{caller}", visitor.number)
        datagram = invite(uri=f"sip:{UNKNOWN}@{HOST}", **headers)

        told = await answers(port, [datagram.encode()], 1)

        assert {status_of(answer) for answer in told} == {404}, told
        assert EventType.MATCHED not in await events(server, visitor)


async def test_after_all_kinds_of_nonsense_calls_still_get_through(tmp_path: Path) -> None:
    nonsense: list[str | bytes] = [
        *UNDERSTOOD.values(),
        *(datagram for datagram, _ in FAULTY.values()),
        *UNANSWERABLE.values(),
    ]
    datagrams = [part.encode() if isinstance(part, str) else part for part in nonsense]
    assert len(datagrams) > 22

    async with redirecting() as (server, port):
        [visitor] = await visitors(server, 1)
        await statuses(port, datagrams)

        result = await calls("caller_redirected", port, tmp_path, [(visitor.number, NUMBER)])

        assert result.successful == 1, result.errors
        assert visitor.token in result.logged[0][1]


async def test_without_warmcall_callers_reach_the_fallback_at_once(tmp_path: Path) -> None:
    ports = free_ports()
    async with kamailio("redirect", ports, FALLBACK, decide_within_ms=60_000):
        result = await calls("caller_redirected", ports.sip, tmp_path, [("+12025559999", NUMBER)])

    assert result.logged == [["+12025559999", f"<{FALLBACK}>"]]


async def test_a_warmcall_that_answers_too_late_costs_callers_a_moment_and_not_the_call(tmp_path: Path) -> None:
    ports = free_ports()
    caller = [("+12025559999", NUMBER)]
    async with kamailio("redirect", ports, FALLBACK, decide_within_ms=500):
        asked, late = await asyncio.open_connection(HOST, ports.evapi)
        try:
            first = await calls("caller_redirected", ports.sip, tmp_path / "1", caller)
            [message] = NetstringReader().feed(await asked.read(65536))
            answer = Answer(status=404, reason="Not Found")
            late.write(netstring(render(msgspec.json.decode(message, type=Invited), answer)))
            second = await calls("caller_redirected", ports.sip, tmp_path / "2", caller)
        finally:
            late.close()
            await late.wait_closed()

    assert first.logged == second.logged == [["+12025559999", f"<{FALLBACK}>"]]


async def test_a_kamailio_that_is_started_again_is_connected_again(tmp_path: Path) -> None:
    ports = free_ports()
    async with AsyncExitStack() as first:
        await first.enter_async_context(kamailio("redirect", ports, FALLBACK))
        async with connected(ports) as server:
            waiting = await visitors(server, 2)
            before = await calls("caller_redirected", ports.sip, tmp_path / "1", [(waiting[0].number, NUMBER)])
            await first.aclose()
            await until(lambda: not connector_of(server).is_connected)
            async with kamailio("redirect", ports, FALLBACK):
                await until(lambda: connector_of(server).is_connected)
                await decided(ports.sip)
                after = await calls("caller_redirected", ports.sip, tmp_path / "2", [(waiting[1].number, NUMBER)])

    assert waiting[0].token in before.logged[0][1]
    assert waiting[1].token in after.logged[0][1]


async def test_of_two_nodes_on_one_database_either_may_go_and_no_call_is_matched_twice(
    tmp_path: Path, open_store: Callable[[], Awaitable[PostgresStore]]
) -> None:
    ports = free_ports()
    config = settings.parse(SITE + table(ports))
    async with kamailio("redirect", ports, FALLBACK):
        nodes = [await app.start(config, await open_store(), public_url="http://127.0.0.1") for _ in range(2)]
        try:
            await until(lambda: all(connector_of(node).is_connected for node in nodes))
            await decided(ports.sip)
            waiting = await visitors(nodes[0], 100)
            callers = [(visitor.number, NUMBER) for visitor in waiting]
            both = await calls("caller_redirected", ports.sip, tmp_path / "both", callers[:50])
            await nodes.pop(0).stop()
            one = await calls("caller_redirected", ports.sip, tmp_path / "one", callers[50:])

            tokens = {contact.partition(";ctc=")[2].rstrip(">") for _, contact in both.logged + one.logged}
            assert tokens == {visitor.token for visitor in waiting}
            assert await matches(nodes[0], waiting) == {1: 100}
        finally:
            for node in nodes:
                await node.stop()
