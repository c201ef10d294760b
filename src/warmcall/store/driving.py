"""Runs a unit of work that awaits nothing but its transaction."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

Tx = TypeVar("Tx")
T = TypeVar("T")


def drive(work: Callable[[Tx], Awaitable[T]], tx: Tx) -> T:
    """Run `work` to its end, outside of any task.

    Raises:
        RuntimeError: if it suspends.
    """
    steps = work(tx).__await__()
    try:
        next(steps)
    except StopIteration as end:
        result: T = end.value
        return result
    steps.close()
    raise RuntimeError("work given to transact() may await nothing but the methods of its transaction")
