import asyncio
from collections.abc import Callable

import pytest
from starlette.types import Message

from tests.unit.web.exchanges import Wire
from warmcall.calls.model import Event, EventType, GroupName, RequestId, SiteId
from warmcall.web.errors import ShuttingDownError, TooManyStreamsError
from warmcall.web.live.hub import STREAMS_PER_REQUEST, Hub
from warmcall.web.live.stream import BACKLOG, Stream

REQUEST = RequestId("01")


def event(seq: int, kind: EventType = EventType.CALL_RECEIVED, request: RequestId = REQUEST) -> Event:
    site, group = SiteId("s"), GroupName("g")
    return Event(seq=seq, request_id=request, site=site, group=group, type=kind, at_ms=0, data={})


class SlowWire(Wire):
    """A reader that takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = asyncio.Event()

    async def send(self, message: Message) -> None:
        await self.reads.wait()
        await super().send(message)


class Page:
    """A follower that counts."""

    def __init__(self) -> None:
        self.events: list[int] = []
        self.ended = False

    def take(self, event: Event) -> None:
        self.events.append(event.seq)

    def beat(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        self.ended = True


def text(wire: Wire) -> str:
    return b"".join(message.get("body", b"") for message in wire.sent).decode()


async def turns(until: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        # Nothing announces that a task of the stream has run.
        while not until():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_events_before_the_opening_are_held_back_and_sent_once() -> None:
    wire = Wire()
    stream = Stream(wire.exchange())
    stream.take(event(6))
    stream.take(event(7))
    stream.open(b"first\n\n", 6)
    stream.take(event(7))
    stream.take(event(8))
    await turns(lambda: "id: 8" in text(wire))
    assert text(wire).startswith("retry: 2000\n\nfirst\n\n")
    assert [line for line in text(wire).splitlines() if line.startswith("id:")] == ["id: 7", "id: 8"]


async def test_a_final_event_ends_the_answer() -> None:
    wire = Wire()
    stream = Stream(wire.exchange())
    stream.open(b"", 0)
    stream.take(event(1, EventType.ENDED))
    stream.take(event(2))
    await turns(lambda: bool(wire.sent) and wire.sent[-1].get("more_body") is False)
    assert "id: 2" not in text(wire)


async def test_a_stream_that_is_ended_before_it_opens_still_tells_its_beginning() -> None:
    wire = Wire()
    stream = Stream(wire.exchange())
    stream.end()
    stream.open(b"first\n\n", 0)
    await turns(lambda: bool(wire.sent) and wire.sent[-1].get("more_body") is False)
    assert "first" in text(wire)


async def test_a_slow_reader_is_given_up_and_holds_nobody() -> None:
    slow, quick = SlowWire(), Wire()
    hub = Hub()
    dropped: list[bool] = []

    async def serve() -> None:
        stream = Stream(slow.exchange())
        hub.join(REQUEST, stream)
        stream.open(b"", 0)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            dropped.append(stream.overflowed)
        hub.leave(REQUEST, stream)

    serving = asyncio.create_task(serve())
    other = Stream(quick.exchange())
    hub.join(REQUEST, other)
    other.open(b"", 0)
    await turns(lambda: len(hub) == 2)
    for seq in range(1, BACKLOG + 3):
        hub.publish([event(seq)])
        await turns(lambda seq=seq: f"id: {seq}\n" in text(quick))  # type: ignore[misc]
    await serving
    assert dropped == [True]
    assert len(hub) == 1


async def test_an_idle_stream_is_not_sent_two_signs_of_life_at_once() -> None:
    slow = SlowWire()
    stream = Stream(slow.exchange())
    stream.open(b"", 0)
    stream.beat()
    stream.beat()
    slow.reads.set()
    await turns(lambda: bool(slow.sent))
    stream.beat()
    await turns(lambda: len(slow.sent) == 2)
    assert text(slow).count(": alive") == 1


async def test_events_reach_the_followers_of_their_request() -> None:
    hub, mine, other = Hub(), Page(), Page()
    hub.join(REQUEST, mine)
    hub.join(RequestId("02"), other)
    hub.publish([event(1), event(2, request=RequestId("02")), event(3, request=RequestId("03"))])
    assert (mine.events, other.events) == ([1], [2])


async def test_who_left_hears_nothing() -> None:
    hub, page = Hub(), Page()
    hub.join(REQUEST, page)
    hub.leave(REQUEST, page)
    hub.publish([event(1)])
    assert page.events == []
    assert len(hub) == 0


async def test_a_request_has_a_bounded_number_of_followers() -> None:
    hub = Hub()
    for _ in range(STREAMS_PER_REQUEST):
        hub.join(REQUEST, Page())
    with pytest.raises(TooManyStreamsError):
        hub.join(REQUEST, Page())


async def test_a_closed_hub_ends_its_followers_and_takes_no_more() -> None:
    hub, page = Hub(), Page()
    hub.join(REQUEST, page)
    hub.close()
    assert page.ended
    with pytest.raises(ShuttingDownError):
        hub.join(REQUEST, Page())
