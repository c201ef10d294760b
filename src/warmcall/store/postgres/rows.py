"""Rows and structs: how a call request, a call and an event are written to their tables and read back."""

from typing import Any

import msgspec

from warmcall.calls.model import CallRequest, Event, EventType, Json, State
from warmcall.store.postgres.database import Row
from warmcall.store.records import json_text, read_request

_decode_data = msgspec.json.Decoder(Json).decode
_STATES = {state.value: state for state in State}
_TYPES = {kind.value: kind for kind in EventType}


def row_of(request: CallRequest) -> tuple[Any, ...]:
    """The parameters of `add_requests` for one request."""
    return (
        request.id,
        request.site,
        request.group,
        request.number,
        request.code,
        request.caller,
        request.cool_down_s,
        request.created_at_ms,
        request.expires_at_ms,
        request.idempotency_key,
        json_text(request),
    )


def request_of(state: str, record: str) -> CallRequest:
    """The request with this record; `state` is the column's, which wins."""
    request = read_request(record)
    request.state = _STATES[state]
    return request


def event_of(row: Row) -> Event:
    """The event in the first columns of a row."""
    return Event(
        seq=row[0],
        request_id=row[1],
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
