"""Logs: one line an event, for people or as JSON; ids only, never names or numbers."""

import logging
import sys
from typing import TextIO

import structlog


def configure(level: str = "info", as_json: bool = False, stream: TextIO | None = None) -> None:
    """Send all logs of the process to one stream.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        as_json: One JSON object a line instead of text for people.
        stream: Standard error if `None`.
    """
    out = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _besides,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
            )
        ]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("uvicorn", "uvicorn.error", "httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _besides(logger: logging.Logger, method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Add what a record carries besides its message, and never in place of that: the formatter calls it `event`."""
    said = line["event"]
    line = _EXTRAS(logger, method, line)
    if line["event"] is not said:
        line["extra_event"] = line["event"]
        line["event"] = said
    return line


_EXTRAS = structlog.stdlib.ExtraAdder()
