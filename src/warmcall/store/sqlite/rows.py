"""Rows and structs: how a call request, a call and an event are written to their tables and read back."""

from typing import Any

import msgspec

from warmcall.calls.ids import id_bytes, id_text
from warmcall.calls.model import CallRequest, Event, EventType, Json, State
from warmcall.store.records import json_text, read_request

Row = tuple[Any, ...]

_ROOM = " " * 112
"""What a match adds to a record: the call's id, what it was matched by, and when."""

_decode_data = msgspec.json.Decoder(Json).decode
_STATES = {str(state): state for state in State}
_TYPES = {str(kind): kind for kind in EventType}


def row_of(request: CallRequest) -> list[Any]:
    """The parameters of `add_request`; the first is for the sequence number, given when the row is written."""
    return [
        0,
        id_bytes(request.id),
        request.site,
        request.group,
        request.created_at_ms,
        request.expires_at_ms,
        request.idempotency_key,
        # A row that keeps its size when its call comes is overwritten where it is, and its full page need not be split.
        json_text(request) + _ROOM,
    ]


def bytes_of(record: str) -> int:
    """How long a record is in the table, in bytes."""
    return len(record) if record.isascii() else len(record.encode())


def request_of(state: str, record: str) -> CallRequest:
    """The request with this record; `state` is the column's, which wins."""
    request = read_request(record)
    request.state = _STATES[state]
    return request


def event_of(row: Row) -> Event:
    """The event in a row of `events_of_request` or `events_after`."""
    return Event(
        seq=row[0],
        request_id=id_text(row[1]),
        site=row[2],
        group=row[3],
        type=_TYPES[row[4]],
        at_ms=row[5],
        data=_decode_data(row[6]),
    )


def created_event(request: CallRequest, seq: int) -> Event:
    """The event that a request's own row stands for."""
    return Event(
        seq=seq,
        request_id=request.id,
        site=request.site,
        group=request.group,
        type=EventType.CREATED,
        at_ms=request.created_at_ms,
        data={},
    )
