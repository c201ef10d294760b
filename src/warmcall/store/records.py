"""Requests and calls as JSON texts, the form in which a store keeps them."""

from typing import Any

import msgspec

from warmcall.calls.model import Call, CallRequest

_encode = msgspec.json.Encoder().encode
_decode_request = msgspec.json.Decoder(CallRequest).decode
_decode_call = msgspec.json.Decoder(Call).decode


def json_text(value: Any) -> str:
    """`value` as JSON; of a struct, all its fields under their own names."""
    return _encode(value).decode()


def read_request(record: str) -> CallRequest:
    """The request with this record."""
    return _decode_request(record)


def read_call(record: str) -> Call:
    """The call with this record."""
    return _decode_call(record)
