"""Counts that outlive a process and are shared between servers, without a place in anybody's way.

Each window counts by itself; once a second what changed is added to the store's counts, many keys by one statement, and
what comes back, the others' counts included, takes the place of the own. Keys far below their limit stay at home. So a
limit is exceeded by at most an eighth of it, or by one, for each further server, and by what comes within that second.
"""

import asyncio
import logging
from collections.abc import Hashable, Sequence
from hashlib import blake2b
from typing import NamedTuple, Protocol

from warmcall.calls.clock import Clock
from warmcall.calls.errors import StoreUnavailableError
from warmcall.calls.limits import Window

log = logging.getLogger("warmcall.limits")

EVERY_S = 1.0
_AT_ONCE = 500


class Count(NamedTuple):
    """What one server adds to one count.

    Attributes:
        key: Stands for what is counted; tells nothing about it.
        until_ms: When nobody needs it any more.
    """

    key: bytes
    added: int
    until_ms: int


class Counter(Protocol):
    """The part of a store that adds up what servers count."""

    async def add(self, counts: Sequence[Count]) -> Sequence[int]:
        """Add to counts; returns their sums, in the same order. Keys differ from each other; 0 only asks."""

    async def forget(self, now_ms: int) -> None:
        """Drop the counts that nobody needs any more."""


class SharedCounts:
    """The windows of a process, and how they are shared.

    Args:
        counter: Adds up; `None`: each process for itself.
        secret: Without it, nobody can tell from a key what is counted, as by trying all phone numbers.
    """

    def __init__(self, counter: Counter | None = None, secret: bytes = b"") -> None:
        self._counter = counter
        self._secret = secret
        self._windows: dict[str, Window] = {}

    def window(self, name: str, length_ms: int) -> Window:
        """A window that is shared under a name."""
        window = self._windows[name] = Window(length_ms, shared=self._counter is not None)
        return window

    async def exchange(self, now_ms: int) -> None:
        """Give away what was counted since the last time, and take in what others counted.

        Raises:
            StoreUnavailableError: if the store does not answer; what was counted is kept for the next time.
        """
        if self._counter is None:
            return
        for name, window in self._windows.items():
            changed = window.changed(now_ms)
            for start in range(0, len(changed), _AT_ONCE):
                part = changed[start : start + _AT_ONCE]
                counts = [Count(self._key(name, window, key), added, window.until_ms) for key, added in part]
                number = window.number
                sums = await self._counter.add(counts)
                window.replace(number, [(key, added, total) for (key, added), total in zip(part, sums, strict=True)])

    async def run(self, clock: Clock) -> None:
        """Exchange every second until cancelled."""
        rounds = 0
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.exchange(clock.now_ms())
                rounds += 1
                if self._counter is not None and rounds % 60 == 0:
                    await self._counter.forget(clock.now_ms())
            except StoreUnavailableError as error:
                log.debug("limits are not shared for now", extra={"reason": str(error)})

    def _key(self, name: str, window: Window, key: Hashable) -> bytes:
        text = repr((name, window.number, key))
        return blake2b(text.encode(), key=self._secret[:32], digest_size=16).digest()
