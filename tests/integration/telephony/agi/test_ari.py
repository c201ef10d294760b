import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from tests.integration.telephony.agi.asterisk import Caller
from tests.integration.telephony.agi.conftest import CONFIG, Exchange, watched
from warmcall.telephony.asterisk.ari import AriFollower
from warmcall.telephony.asterisk.inbound import Progress
from warmcall.telephony.asterisk.settings import AriSettings
from warmcall.telephony.refusals import Refusal, RefusedError
from warmcall.testing import running

WITHIN_S = 10.0
ID = "1700000000.1"
CALLER = {"id": ID, "name": "PJSIP/carrier-1", "state": "Up", "channelvars": {"WARMCALL_CALL": ID}}
AGENT = {"id": "1700000000.2", "name": "PJSIP/agent-2", "state": "Up", "channelvars": {"WARMCALL_CALL": ID}}
STRANGER = {"id": "1700000000.3", "name": "PJSIP/bob-3", "state": "Up", "channelvars": {"WARMCALL_CALL": ""}}


def dial(caller: dict[str, Any], status: str) -> dict[str, Any]:
    return {"type": "Dial", "application": "warmcall", "caller": caller, "peer": AGENT, "dialstatus": status}


def destroyed(channel: dict[str, Any]) -> dict[str, Any]:
    return {"type": "ChannelDestroyed", "cause": 16, "cause_txt": "Normal Clearing", "channel": channel}


class Asterisk:
    """The WebSocket of Asterisk's REST interface."""

    def __init__(self) -> None:
        self.connections: asyncio.Queue[ServerConnection] = asyncio.Queue()

    async def _serve(self, connection: ServerConnection) -> None:
        self.connections.put_nowait(connection)
        await connection.wait_closed()

    async def connection(self) -> ServerConnection:
        async with asyncio.timeout(WITHIN_S):
            return await self.connections.get()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        async with serve(self._serve, "127.0.0.1", 0) as server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def ended(exchange: Exchange) -> None:
    async with asyncio.timeout(WITHIN_S):
        while exchange.names()[-1] != "ended":  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_connected_and_ended_are_read_from_events() -> None:
    asterisk = Asterisk()
    async with asterisk.running() as url:
        ari = f'[telephony.asterisk.ari]\nurl = "{url}"\nuser = "warmcall"\npassword = "s3cret"\n'
        async with running(f"{CONFIG}\n{ari}") as server:
            exchange = watched(server)
            events = await asterisk.connection()
            issued = await exchange.ask()
            await exchange.call(Caller(keys=[issued.access_code or ""]))
            for event in (
                dial(CALLER, ""),
                dial(STRANGER, "ANSWER"),
                destroyed(AGENT),
                dial(CALLER, "ANSWER"),
                {"type": "SomethingNew", "channel": {"id": 5}} | {"channel": None},
                destroyed(STRANGER),
                destroyed(CALLER),
            ):
                await events.send(json.dumps(event))
            await ended(exchange)

    assert events.request is not None
    assert events.request.path == "/ari/events?app=warmcall&subscribeAll=true"
    assert events.request.headers["Authorization"] == f"Basic {b64encode(b'warmcall:s3cret').decode()}"
    assert exchange.names()[-3:] == ["matched", "connected", "ended"]
    assert exchange.data("ended")["reason"] == "Normal Clearing"


async def test_a_lost_connection_is_opened_again_and_garbage_is_counted() -> None:
    asterisk, told, refused = Asterisk(), asyncio.Queue[Progress](), list[RefusedError]()
    async with asterisk.running() as url:
        settings = AriSettings(url=url, user="u", password="p")
        follower = AriFollower(settings, told.put, refused.append, first_wait_s=0.01)
        follower.start()
        first = await asterisk.connection()
        await first.close(code=1011)

        second = await asterisk.connection()
        await second.send("no json")
        await second.send(json.dumps(dial(CALLER, "ANSWER")))
        async with asyncio.timeout(WITHIN_S):
            progress = await told.get()
        await follower.stop()

    assert progress.state == "connected"
    assert [error.kind for error in refused] == [Refusal.MALFORMED]


async def test_asterisk_may_be_started_later(unused_tcp_port: int) -> None:
    told: asyncio.Queue[Progress] = asyncio.Queue()
    settings = AriSettings(url=f"http://127.0.0.1:{unused_tcp_port}", user="u", password="p")
    follower = AriFollower(settings, told.put, lambda _: None, first_wait_s=0.01)
    follower.start()
    await asyncio.sleep(0)

    async def speak(connection: ServerConnection) -> None:
        await connection.send(json.dumps(destroyed(CALLER)))
        await connection.wait_closed()

    async with serve(speak, "127.0.0.1", unused_tcp_port), asyncio.timeout(WITHIN_S):
        assert (await told.get()).state == "ended"
        await follower.stop()
