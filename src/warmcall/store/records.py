"""Requests and calls as JSON texts, the form in which a store keeps them; rows that are the same in every dialect."""

from typing import Any

import msgspec

from warmcall.calls.audit import Act
from warmcall.calls.configuration import Kept
from warmcall.calls.keys import ApiKey
from warmcall.calls.model import Call, CallRequest, Json

_encode = msgspec.json.Encoder().encode
_decode_request = msgspec.json.Decoder(CallRequest).decode
_decode_call = msgspec.json.Decoder(Call).decode
_decode_details = msgspec.json.Decoder(Json).decode


def json_text(value: Any) -> str:
    """`value` as JSON; of a struct, all its fields under their own names."""
    return _encode(value).decode()


def read_request(record: str) -> CallRequest:
    """The request with this record."""
    return _decode_request(record)


def read_call(record: str) -> Call:
    """The call with this record."""
    return _decode_call(record)


def read_api_key(key_hash: bytes, scope: str, label: str, created_at_ms: int) -> ApiKey:
    """The API key of a row."""
    return ApiKey(hash=bytes(key_hash), scope=scope, label=label, created_at_ms=created_at_ms)


def read_act(seq: int, at_ms: int, actor: str, action: str, subject: str, details: str) -> Act:
    """The administrative act of a row."""
    return Act(seq=seq, at_ms=at_ms, actor=actor, action=action, subject=subject, details=_decode_details(details))


def read_configuration(version: int, at_ms: int, document: str) -> Kept:
    """The configuration of a row."""
    return Kept(version, at_ms, _decode_details(document))
