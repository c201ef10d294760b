"""Waiting with a deadline, for what a test cannot be told about."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

WITHIN_S = 10.0


async def until(found: Callable[[], Any], within_s: float = WITHIN_S) -> None:
    """Wait until `found`, a function or a coroutine function, gives something true."""
    async with asyncio.timeout(within_s):
        while True:
            value = found()
            if await value if inspect.isawaitable(value) else value:
                return
            await asyncio.sleep(0.02)
