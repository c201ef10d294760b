"""A second SIP client beside sipp: what a person's phone makes of our answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.integration.telephony.sip.callers import NUMBER, SITE, events, visitors
from tests.integration.telephony.sip.kamailio import free_ports, kamailio
from tests.integration.telephony.sip.sipp import HOST, agent, free_port, logged
from tests.integration.telephony.sip.softphone import calling
from tests.integration.telephony.sip.udp import decided
from tests.integration.telephony.sip.waiting import until
from warmcall.calls.model import EventType
from warmcall.telephony.headers import user_to_user
from warmcall.telephony.kamailio.connector import KamailioConnector
from warmcall.testing import RunningServer, running

Server = tuple[RunningServer, int]


@asynccontextmanager
async def redirecting(agent_port: int) -> AsyncIterator[Server]:
    port = free_port()
    table = f'[telephony.sip-redirect]\nport = {port}\npbx = "{HOST}:{agent_port}"\n'
    async with running(SITE + table) as server:
        yield server, port


@asynccontextmanager
async def relaying(agent_port: int) -> AsyncIterator[Server]:
    ports = free_ports()
    table = f'[telephony.kamailio]\nservers = ["{HOST}:{ports.evapi}"]\npbx = "{HOST}:{agent_port}"\n'
    async with kamailio("relay", ports, f"sip:reception@{HOST}:{agent_port}"), running(SITE + table) as server:
        connector = server.warmcall.connectors.connector("kamailio")
        assert isinstance(connector, KamailioConnector)
        await until(lambda: connector.is_connected)
        await decided(ports.sip)
        yield server, ports.sip


@pytest.mark.parametrize(
    ("phone_system", "uri", "has_headers"), [(redirecting, "sales~{token}", False), (relaying, "sales", True)]
)
async def test_a_softphone_reaches_the_agent_with_the_token(
    tmp_path: Path, phone_system: Callable[[int], AbstractAsyncContextManager[Server]], uri: str, has_headers: bool
) -> None:
    agent_port = free_port()
    async with agent("agent", agent_port, tmp_path / "agent"), phone_system(agent_port) as (server, port):
        [visitor] = await visitors(server, 1)

        async with calling(visitor.number, NUMBER, port, tmp_path / "phone"):
            await until(lambda: logged(tmp_path / "agent"))

        token, header = (visitor.token, user_to_user(visitor.token)) if has_headers else ("", "")
        arrived = [visitor.number, f"token={token}", f"uui={header}", f"uri={uri.format(token=visitor.token)}"]
        assert logged(tmp_path / "agent") == [arrived]
        assert (await events(server, visitor))[EventType.MATCHED] == 1
