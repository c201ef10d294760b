"""Waiting with a deadline, for what a test cannot be told about."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

WITHIN_S = 10.0


async def eventually(found: Callable[[], T | None]) -> T:
    """Return what `found` finds, once it does."""
    async with asyncio.timeout(WITHIN_S):
        while (value := found()) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return value
