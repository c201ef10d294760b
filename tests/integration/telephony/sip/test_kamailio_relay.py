"""A real Kamailio in relay mode, with sipp as caller and as agent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.integration.telephony.sip.callers import NUMBER, SITE, UNKNOWN, events, matches, visitors
from tests.integration.telephony.sip.kamailio import Ports, free_ports, kamailio
from tests.integration.telephony.sip.sipp import HOST, agent, calls, free_port, logged
from tests.integration.telephony.sip.udp import decided, statuses
from tests.integration.telephony.sip.waiting import until
from tests.unit.telephony.redirect.line import invite
from warmcall.calls.model import EventType
from warmcall.telephony.headers import user_to_user
from warmcall.telephony.kamailio.connector import KamailioConnector
from warmcall.testing import RunningServer, running


@asynccontextmanager
async def connected(ports: Ports, agent_port: int, data_dir: Path | None = None) -> AsyncIterator[RunningServer]:
    table = f"""
[telephony.kamailio]
servers = ["{HOST}:{ports.evapi}"]
pbx = "{HOST}:{agent_port}"
"""
    async with running(SITE + table, data_dir=data_dir) as server:
        connector = server.warmcall.connectors.connector("kamailio")
        assert isinstance(connector, KamailioConnector)
        await until(lambda: connector.is_connected)
        await decided(ports.sip)
        yield server


@asynccontextmanager
async def relaying(
    answers: str, folder: Path, data_dir: Path | None = None
) -> AsyncIterator[tuple[RunningServer, int]]:
    ports, port = free_ports(), free_port()
    async with (
        kamailio("relay", ports, f"sip:reception@{HOST}:{port}"),
        agent(answers, port, folder),
        connected(ports, port, data_dir) as server,
    ):
        yield server, ports.sip


async def test_the_agent_gets_the_token_of_each_caller_and_none_the_caller_made_up(tmp_path: Path) -> None:
    async with relaying("agent", tmp_path / "agent") as (server, port):
        waiting = await visitors(server, 20)

        callers = [(visitor.number, NUMBER) for visitor in waiting]
        result = await calls("caller_answered", port, tmp_path / "caller", callers, rate=20)

        assert (result.successful, result.failed) == (20, 0), result.errors
        assert {tuple(line) for line in logged(tmp_path / "agent")} == {
            (visitor.number, f"token={visitor.token}", f"uui={user_to_user(visitor.token)}", "uri=sales")
            for visitor in waiting
        }
        assert await matches(server, waiting) == {1: 20}


async def test_a_caller_nobody_waits_for_reaches_reception_without_a_token(tmp_path: Path) -> None:
    async with relaying("agent", tmp_path / "agent") as (_, port):
        result = await calls("caller_answered", port, tmp_path / "caller", [("+12025559999", NUMBER)])

        assert result.successful == 1, result.errors
        assert logged(tmp_path / "agent") == [["+12025559999", "token=", "uui=", "uri=reception"]]


async def test_a_number_nobody_has_is_not_found(tmp_path: Path) -> None:
    async with relaying("agent", tmp_path / "agent") as (_, port):
        result = await calls("caller_404", port, tmp_path / "caller", [("+12025559999", UNKNOWN)])

        assert result.successful == 1, result.errors
        assert logged(tmp_path / "agent") == []


async def test_the_visitor_is_told_when_an_agent_answers_and_when_it_is_over(tmp_path: Path) -> None:
    async with relaying("agent", tmp_path / "agent") as (server, port):
        [visitor] = await visitors(server, 1)
        await calls("caller_answered", port, tmp_path / "caller", [(visitor.number, NUMBER)])

        async def over() -> bool:
            return EventType.ENDED in await events(server, visitor)

        await until(over)
        told = [event.type for event in await server.store.events(visitor.request_id, 0)]
        assert told[-3:] == [EventType.MATCHED, EventType.CONNECTED, EventType.ENDED]


async def test_a_busy_agent_is_told_to_the_caller_and_ends_the_call(tmp_path: Path) -> None:
    async with relaying("busy", tmp_path / "agent") as (server, port):
        [visitor] = await visitors(server, 1)
        result = await calls("caller_486", port, tmp_path / "caller", [(visitor.number, NUMBER)])

        async def over() -> bool:
            return EventType.ENDED in await events(server, visitor)

        await until(over)
        assert result.successful == 1, result.errors
        assert EventType.CONNECTED not in await events(server, visitor)


async def test_a_caller_who_gives_up_ends_the_call(tmp_path: Path) -> None:
    async with relaying("ringing", tmp_path / "agent") as (server, port):
        [visitor] = await visitors(server, 1)
        result = await calls("caller_gives_up", port, tmp_path / "caller", [(visitor.number, NUMBER)])

        async def over() -> bool:
            return EventType.ENDED in await events(server, visitor)

        await until(over)
        assert result.successful == 1, result.errors


async def test_with_every_tenth_message_lost_each_call_is_matched_once_and_answered(tmp_path: Path) -> None:
    async with relaying("agent", tmp_path / "agent") as (server, port):
        waiting = await visitors(server, 100)
        callers = [(visitor.number, NUMBER) for visitor in waiting]

        result = await calls("caller_answered", port, tmp_path / "caller", callers, rate=50, lost_percent=10)

        assert result.successful >= 95, result.errors
        assert result.retransmissions > 0
        assert await matches(server, waiting) == {1: 100}
        assert {tuple(line[:2]) for line in logged(tmp_path / "agent")} == {
            (visitor.number, f"token={visitor.token}") for visitor in waiting
        }


async def test_a_pbx_that_is_not_there_costs_callers_a_moment_and_not_the_call(tmp_path: Path) -> None:
    ports, port = free_ports(), free_port()
    async with (
        kamailio("relay", ports, f"sip:reception@{HOST}:{port}"),
        agent("agent", port, tmp_path / "agent"),
        connected(ports, free_port()) as server,
    ):
        [visitor] = await visitors(server, 1)
        result = await calls("caller_answered", ports.sip, tmp_path / "caller", [(visitor.number, NUMBER)])

    assert result.successful == 1, result.errors
    assert logged(tmp_path / "agent")[0][-1] == "uri=reception"


async def test_whoever_writes_a_route_header_is_not_relayed_anywhere(tmp_path: Path) -> None:
    async with relaying("agent", tmp_path / "agent") as (_, port):
        stray = invite(
            method="MESSAGE",
            uri=f"sip:victim@{HOST}:{free_port()}",
            To=f"<sip:victim@{HOST}>;tag=1",
            Route=f"<sip:{HOST}:{port};lr>",
        )

        assert set(await statuses(port, [stray.encode()], 1)) == {481}


async def test_without_warmcall_callers_reach_the_fallback(tmp_path: Path) -> None:
    ports, port = free_ports(), free_port()
    caller = [("+12025559999", NUMBER)]
    async with (
        kamailio("relay", ports, f"sip:reception@{HOST}:{port}", decide_within_ms=500),
        agent("agent", port, tmp_path / "agent"),
    ):
        absent = await calls("caller_answered", ports.sip, tmp_path / "1", caller)
        _, silent = await asyncio.open_connection(HOST, ports.evapi)
        try:
            late = await calls("caller_answered", ports.sip, tmp_path / "2", caller)
        finally:
            silent.close()
            await silent.wait_closed()

    assert (absent.successful, late.successful) == (1, 1), absent.errors + late.errors
    assert logged(tmp_path / "agent") == [["+12025559999", "token=", "uui=", "uri=reception"]] * 2
