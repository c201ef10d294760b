"""Creates with one idempotency key at the same time: one after the other."""

import asyncio
from collections.abc import Hashable
from weakref import WeakValueDictionary


class Repeats:
    """Turns of those who ask under one key, in this process.

    Whoever asks again before the first answer has come must find what the first was given. Without waiting for it, it
    would be refused where the first took the only place left: the last number, or the last of the capacity.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    def turn(self, key: Hashable) -> asyncio.Lock:
        """What to hold while asking; it is forgotten with the last who holds it."""
        return self._locks.setdefault(key, asyncio.Lock())
