import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from tests.integration.api.conftest import CONFIG, ORIGIN, ask, eventually, following, problem, tell
from warmcall.calls.model import Event, EventType, GroupName, RequestId, SiteId
from warmcall.testing import FakeClock, RunningServer, running


async def test_a_stream_begins_with_a_snapshot(server: RunningServer) -> None:
    issued = await ask(server)
    async with following(server, issued) as events:
        assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert events.response.headers["x-accel-buffering"] == "no"
        assert "no-store" in events.response.headers["cache-control"]
        name, seq, data = await events.next()
    assert (name, seq > 0) == ("snapshot", True)
    assert data["id"] == issued["id"]
    assert data["state"] == "waiting"
    assert data["expiresAt"] == issued["expiresAt"]
    assert data["accessNumber"] == issued["accessNumber"]


async def test_a_page_sees_its_call_come_in_and_go_on(server: RunningServer, phone: httpx.AsyncClient) -> None:
    issued = await ask(server)
    async with following(server, issued) as events:
        seen = [await events.next()]
        await tell(phone, "call-1")
        seen.append(await events.next())
        await tell(phone, "call-1", digits="135790")
        seen.append(await events.next())
        await tell(phone, "call-1", digits=issued["accessCode"])
        for state in ("connected", "ended"):
            await phone.post("/v1/call-reports", json={"callId": "call-1", "state": state, "reason": "hung up"})
        seen.extend([await events.next() for _ in range(3)])
        with pytest.raises(EOFError):
            await events.next()
    assert [name for name, _, _ in seen] == [
        "snapshot", "call_received", "code_refused", "matched", "connected", "ended",
    ]  # fmt: skip
    assert [data["state"] for _, _, data in seen] == [
        "waiting", "waiting", "waiting", "matched", "connected", "ended",
    ]  # fmt: skip
    assert [seq for _, seq, _ in seen] == sorted({seq for _, seq, _ in seen})
    assert seen[2][2]["triesLeft"] == 2
    assert seen[-1][2]["reason"] == "hung up"


async def test_a_page_reads_nothing_that_is_the_owners(server: RunningServer, phone: httpx.AsyncClient) -> None:
    issued = await ask(server)
    async with following(server, issued) as events:
        await events.next()
        await tell(phone, "secret-call", callerNumber="+442071838750", digits=issued["accessCode"])
        name, _, data = await events.next()
    assert name == "matched"
    assert set(data) == {"id", "state", "at", "matchedBy"}


async def test_a_page_sees_only_its_own_call(server: RunningServer, phone: httpx.AsyncClient) -> None:
    mine, other = await ask(server), await ask(server)
    async with following(server, mine) as events:
        await events.next()
        await tell(phone, "call-1", digits=other["accessCode"])
        await tell(phone, "call-2", digits=mine["accessCode"])
        name, _, data = await events.next()
    assert (name, data["id"]) == ("matched", mine["id"])


@pytest.mark.parametrize("way", ["header", "query"])
async def test_a_lost_stream_goes_on_where_it_broke_off(
    server: RunningServer, phone: httpx.AsyncClient, way: str
) -> None:
    issued = await ask(server)
    async with following(server, issued) as events:
        _, seq, _ = await events.next()
    await tell(phone, "call-1", digits=issued["accessCode"])
    headers = {"Last-Event-ID": str(seq)} if way == "header" else {}
    query = {"lastEventId": str(seq)} if way == "query" else {}
    async with following(server, issued, headers, **query) as events:
        name, matched, _ = await events.next()
        assert (name, matched > seq) == ("matched", True)
        await phone.post("/v1/call-reports", json={"callId": "call-1", "state": "connected"})
        assert (await events.next())[0] == "connected"


async def test_all_that_was_missed_comes_in_order_and_the_stream_ends(
    server: RunningServer, phone: httpx.AsyncClient
) -> None:
    issued = await ask(server)
    async with following(server, issued) as events:
        _, seq, _ = await events.next()
    await tell(phone, "call-1", digits=issued["accessCode"])
    for state in ("connected", "ended"):
        await phone.post("/v1/call-reports", json={"callId": "call-1", "state": state})
    async with following(server, issued, {"Last-Event-ID": str(seq)}) as events:
        assert [(await events.next())[0] for _ in range(3)] == ["matched", "connected", "ended"]
        with pytest.raises(EOFError):
            await events.next()


async def test_a_finished_stream_is_not_opened_again(server: RunningServer) -> None:
    issued = await ask(server)
    async with following(server, issued) as events:
        await events.next()
        token = {"Authorization": f"Bearer {issued['token']}"}
        await server.http.delete(f"/v1/call-requests/{issued['id']}", headers=token)
        name, seq, _ = await events.next()
    assert name == "cancelled"
    async with following(server, issued, {"Last-Event-ID": str(seq)}) as events:
        assert events.response.status_code == 204


async def test_the_snapshot_of_a_finished_request_ends_the_stream(server: RunningServer) -> None:
    issued = await ask(server)
    await server.http.delete(
        f"/v1/call-requests/{issued['id']}", headers={"Authorization": f"Bearer {issued['token']}"}
    )
    async with following(server, issued) as events:
        name, _, data = await events.next()
        assert (name, data["state"]) == ("snapshot", "cancelled")
        with pytest.raises(EOFError):
            await events.next()


@pytest.mark.parametrize("last", ["abc", "-1", "99999999999999999999", "1.5"])
async def test_a_senseless_last_event_id_gets_a_snapshot(server: RunningServer, last: str) -> None:
    issued = await ask(server)
    async with following(server, issued, {"Last-Event-ID": last}) as events:
        assert (await events.next())[0] == "snapshot"


async def test_an_expired_request_is_told(server: RunningServer, clock: FakeClock) -> None:
    issued = await ask(server)
    async with following(server, issued) as events:
        await events.next()
        clock.advance(seconds=601)
        name, _, data = await events.next()
        assert (name, data["state"]) == ("expired", "expired")
        with pytest.raises(EOFError):
            await events.next()


async def test_a_quiet_stream_gets_signs_of_life(tmp_path: Path) -> None:
    async with running(CONFIG, data_dir=tmp_path / "data", heartbeat_s=1) as server:
        issued = await ask(server)
        async with following(server, issued) as events:
            async for line in events.lines():
                if line.startswith(":"):
                    break
            assert line == ": alive"


async def test_a_stream_says_when_to_reconnect(server: RunningServer) -> None:
    issued = await ask(server)
    async with following(server, issued) as events:
        assert await anext(aiter(events.lines())) == "retry: 2000"


async def test_a_stream_needs_its_token(server: RunningServer) -> None:
    issued, other = await ask(server), await ask(server)
    address = f"/v1/call-requests/{issued['id']}/events"
    problem(await server.http.get(address), 401, "visitor_token_required")
    problem(await server.http.get(address, params={"token": other["token"]}), 404, "request_unknown")
    problem(await server.http.get(address, params={"token": "ü"}), 404, "request_unknown")


async def test_a_token_in_the_header_opens_the_stream_too(server: RunningServer) -> None:
    issued = await ask(server)
    token = {"Authorization": f"Bearer {issued['token']}"}
    async with following(server, {**issued, "token": ""}, token) as events:
        assert (await events.next())[0] == "snapshot"


async def test_a_page_of_the_site_may_follow_and_a_foreign_one_not(server: RunningServer) -> None:
    issued = await ask(server)
    async with following(server, issued, {"Origin": ORIGIN}) as events:
        assert events.response.headers["access-control-allow-origin"] == ORIGIN
    response = await server.http.get(
        f"/v1/call-requests/{issued['id']}/events",
        params={"token": issued["token"]},
        headers={"Origin": "https://evil.example"},
    )
    problem(response, 403, "origin_not_allowed")


async def test_head_of_a_stream_ends_at_once(server: RunningServer) -> None:
    issued = await ask(server)
    address = f"/v1/call-requests/{issued['id']}/events"
    response = await server.http.head(address, params={"token": issued["token"]})
    assert response.status_code == 200
    assert len(server.warmcall.hub) == 0


async def test_a_page_that_leaves_is_forgotten(server: RunningServer) -> None:
    issued = await ask(server)
    async with following(server, issued) as events:
        await events.next()
        assert len(server.warmcall.hub) == 1
    await eventually(lambda: len(server.warmcall.hub) == 0)


async def test_one_request_has_a_bounded_number_of_streams(server: RunningServer) -> None:
    issued = await ask(server)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        done, opened = asyncio.Event(), asyncio.Semaphore(0)

        async def stay() -> None:
            async with following(server, issued) as events:
                await events.next()
                opened.release()
                await done.wait()

        for _ in range(8):
            group.create_task(stay())
        for _ in range(8):
            await opened.acquire()
        response = await server.http.get(f"/v1/call-requests/{issued['id']}/events", params={"token": issued["token"]})
        problem(response, 429, "too_many_streams")
        done.set()


async def test_a_stopping_server_ends_its_streams(tmp_path: Path) -> None:
    async with running(CONFIG, data_dir=tmp_path / "data") as server:
        issued = await ask(server)
        async with following(server, issued) as events:
            await events.next()
            server.warmcall.hub.close()
            with pytest.raises(EOFError):
                await events.next()
        response = await server.http.get(f"/v1/call-requests/{issued['id']}/events", params={"token": issued["token"]})
        problem(response, 503, "shutting_down")


async def test_a_page_that_does_not_read_is_given_up_and_no_other_waits_for_it(server: RunningServer) -> None:
    issued = await ask(server)
    address = httpx.URL(server.base_url)
    idle = socket.socket()
    idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    idle.connect((address.host, address.port))
    idle.setblocking(False)
    line = f"GET /v1/call-requests/{issued['id']}/events?token={issued['token']} HTTP/1.1\r\nHost: x\r\n\r\n"
    idle.send(line.encode())
    await eventually(lambda: len(server.warmcall.hub) == 1)
    async with following(server, issued) as events:
        await events.next()
        sent = 0
        while len(server.warmcall.hub) == 2:
            assert sent < 200_000, "nobody was given up"
            server.warmcall.hub.publish([code_refused(issued["id"], 1_000_000 + sent + n) for n in range(20)])
            for _ in range(20):
                await events.next()
            sent += 20
        assert len(server.warmcall.hub) == 1
        server.warmcall.hub.publish([code_refused(issued["id"], 3_000_000)])
        assert (await events.next())[1] == 3_000_000
    idle.close()


def code_refused(request_id: str, seq: int) -> Event:
    """An event that a stream tells, and that does not end it."""
    return Event(
        seq=seq,
        request_id=RequestId(request_id),
        site=SiteId("shop"),
        group=GroupName("sales"),
        type=EventType.CODE_REFUSED,
        at_ms=0,
        data={"reason": "x" * 4000},
    )
