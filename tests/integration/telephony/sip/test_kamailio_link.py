"""The connection to Kamailio, with a scripted peer in its place: what a real one does only on bad days."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from tests.integration.telephony.sip.sipp import HOST
from tests.unit.telephony.kamailio.test_kamailio_messages import CALL
from tests.unit.telephony.redirect.line import MATCHED, switchboard
from warmcall.telephony.connector import Switchboard
from warmcall.telephony.findings import Level
from warmcall.telephony.kamailio.checks import check
from warmcall.telephony.kamailio.connector import KamailioConnector
from warmcall.telephony.kamailio.netstrings import NetstringReader, netstring
from warmcall.telephony.kamailio.settings import Settings
from warmcall.telephony.refusals import Refusal

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Peer:
    """Listens where Kamailio would; each connection is taken from the queue."""

    def __init__(self) -> None:
        self.connections: asyncio.Queue[Streams] = asyncio.Queue()
        self.port = 0

    async def connection(self) -> Streams:
        """The next connection."""
        async with asyncio.timeout(10):
            return await self.connections.get()


@asynccontextmanager
async def linked() -> AsyncIterator[tuple[Peer, KamailioConnector, Switchboard]]:
    peer = Peer()
    opened: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        await peer.connections.put((reader, writer))

    server = await asyncio.start_server(accept, HOST, 0)
    peer.port = server.sockets[0].getsockname()[1]
    board = switchboard(lambda _: MATCHED, name="kamailio")
    connector = KamailioConnector(Settings(servers=(f"{HOST}:{peer.port}",), pbx="pbx"), board)
    await connector.start()
    try:
        yield peer, connector, board
    finally:
        await connector.stop()
        for writer in opened:
            writer.transport.abort()
        server.close()
        await server.wait_closed()
        # A connection is closed in the loop's next round.
        await asyncio.sleep(0)


async def answer(reader: asyncio.StreamReader) -> int:
    found: list[bytes] = []
    frames = NetstringReader()
    async with asyncio.timeout(10):
        while not found:
            found = frames.feed(await reader.read(4096))
    return int(msgspec.json.decode(found[0])["status"])


async def test_a_call_sent_byte_by_byte_is_answered() -> None:
    async with linked() as (peer, _, _):
        reader, writer = await peer.connection()
        for byte in netstring(msgspec.json.encode(CALL)):
            writer.write(bytes([byte]))
            await writer.drain()

        assert await answer(reader) == 302


@pytest.mark.parametrize("nonsense", [b"nonsense", b"5:abc", b"99999999:", b"3:abcd,"])
async def test_after_nonsense_the_connection_is_opened_anew(nonsense: bytes) -> None:
    async with linked() as (peer, _, board):
        _, writer = await peer.connection()
        writer.write(nonsense)
        if nonsense == b"5:abc":
            writer.close()

        reader, writer = await peer.connection()
        writer.write(netstring(msgspec.json.encode(CALL)))

        assert await answer(reader) == 302
        assert board.refusals.counts["kamailio", Refusal.MALFORMED] == (nonsense != b"5:abc")


async def test_a_message_that_is_no_json_does_not_cost_the_connection() -> None:
    async with linked() as (peer, _, board):
        reader, writer = await peer.connection()
        writer.write(netstring(b"nonsense") + netstring(msgspec.json.encode(CALL)))

        assert await answer(reader) == 302
        assert board.refusals.counts["kamailio", Refusal.MALFORMED] == 1


async def test_a_kamailio_that_goes_away_while_a_call_is_decided_is_connected_again() -> None:
    async with linked() as (peer, _, _):
        _, writer = await peer.connection()
        writer.write(netstring(msgspec.json.encode(CALL)))
        writer.transport.abort()

        reader, writer = await peer.connection()
        writer.write(netstring(msgspec.json.encode(CALL)))

        assert await answer(reader) == 302


async def test_the_doctor_sees_whether_something_listens() -> None:
    async with linked() as (peer, _, _):
        here = Settings(servers=(f"{HOST}:{peer.port}",))

        findings = await asyncio.to_thread(lambda: list(check(here, "")))
        # The link's own connection and the doctor's.
        await peer.connection()
        await peer.connection()

    assert findings[0].level is Level.OK
    assert next(iter(check(here, ""))).level is Level.WARNING
