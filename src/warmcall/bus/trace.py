"""A line for everything that passes, for those who want to watch.

Switched on by the environment variable `WARMCALL_TRACE_BUS=1` (lines go to standard error) or by the bus's option
`debug` (lines go to the log).
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from warmcall.bus.command import Command

Write = Callable[[str], Any]


def write_from_environment() -> Write | None:
    """Return where `WARMCALL_TRACE_BUS` sends the lines, or `None` when it is not set to `1`."""
    return _to_stderr if os.environ.get("WARMCALL_TRACE_BUS") == "1" else None


def trace_command(write: Write, command: Command) -> None:
    """Write one line now and one when the command settles."""
    name = command.command
    write(f"command {name} by {command.commander} {command.data!r}")
    command._watch(lambda outcome: write(f"{command.state()} {name} {outcome!r}"))


def trace_event(write: Write, event: str, data: Any, subscribers: int) -> None:
    """Write what was published and to how many."""
    write(f"event {event} to {subscribers} {data!r}")


def _to_stderr(line: str) -> None:
    print(f"bus: {line}", file=sys.stderr, flush=True)
