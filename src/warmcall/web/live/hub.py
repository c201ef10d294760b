"""Who follows which call request, and how events reach them."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from warmcall.calls.model import Event, RequestId
from warmcall.web.errors import ShuttingDownError, TooManyStreamsError

HEARTBEAT_S = 15
STREAMS_PER_REQUEST = 8


class Follower(Protocol):
    """One live stream."""

    def take(self, event: Event) -> None:
        """Send an event; must not wait."""

    def beat(self) -> None:
        """Send a sign of life; must not wait."""

    def end(self) -> None:
        """Finish the stream."""


class Hub:
    """Hands committed events to the streams of their request.

    Signs of life are spread over the seconds of a round, so that ten thousand streams are not written to at once.

    Args:
        heartbeat_s: Seconds between two signs of life of one stream.
    """

    def __init__(self, heartbeat_s: int = HEARTBEAT_S) -> None:
        self._followers: dict[RequestId, list[Follower]] = {}
        self._rounds: list[set[Follower]] = [set() for _ in range(heartbeat_s)]
        self._joined = 0
        self._beating: asyncio.Task[None] | None = None
        self._closed = False

    def __len__(self) -> int:
        return sum(map(len, self._rounds))

    def join(self, request_id: RequestId, follower: Follower) -> None:
        """Let a stream follow a request.

        Raises:
            ShuttingDownError: if the server is about to stop.
            TooManyStreamsError: if the request has as many streams as are allowed.
        """
        if self._closed:
            raise ShuttingDownError
        followers = self._followers.setdefault(request_id, [])
        if len(followers) >= STREAMS_PER_REQUEST:
            raise TooManyStreamsError(STREAMS_PER_REQUEST, len(self._rounds))
        followers.append(follower)
        self._rounds[self._joined % len(self._rounds)].add(follower)
        self._joined += 1

    def leave(self, request_id: RequestId, follower: Follower) -> None:
        """Forget a stream."""
        followers = self._followers.get(request_id, [])
        if follower in followers:
            followers.remove(follower)
        if not followers:
            self._followers.pop(request_id, None)
        for members in self._rounds:
            members.discard(follower)

    def publish(self, events: Sequence[Event]) -> None:
        """Hand events of a commit to whoever follows their requests."""
        for event in events:
            for follower in tuple(self._followers.get(event.request_id, ())):
                follower.take(event)

    def start(self) -> None:
        """Begin to send signs of life."""
        self._beating = asyncio.create_task(self._beat(), name="live stream heartbeat")

    def close(self) -> None:
        """End all streams and let no new one in."""
        self._closed = True
        for followers in tuple(self._followers.values()):
            for follower in tuple(followers):
                follower.end()

    async def aclose(self) -> None:
        """Close, and stop the heartbeat."""
        self.close()
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating

    async def _beat(self) -> None:
        while True:
            for members in self._rounds:
                await asyncio.sleep(1)
                for follower in tuple(members):
                    follower.beat()
