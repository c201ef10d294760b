"""Ids of call requests: UUIDs of version 7, which sort by time and so keep the store's index writes at its end."""

from warmcall.calls.chance import random_bytes
from warmcall.calls.model import RequestId

# A random hexadecimal digit with its upper two bits set to binary 10.
_VARIANT = {f"{digit:x}": f"{0b1000 | digit & 0b11:x}" for digit in range(16)}


def new_request_id(now_ms: int) -> RequestId:
    """Make an id (RFC 9562, section 5.7): 48 bits of time, 74 bits of chance."""
    time, chance = f"{now_ms:012x}", random_bytes(10).hex()
    return RequestId(f"{time[:8]}-{time[8:]}-7{chance[:3]}-{_VARIANT[chance[3]]}{chance[4:7]}-{chance[7:19]}")


def id_bytes(request_id: RequestId) -> bytes:
    """The sixteen bytes of an id.

    Raises:
        ValueError: if it is not a UUID.
    """
    raw = bytes.fromhex(request_id.replace("-", ""))
    if len(raw) != 16:
        raise ValueError(f"{request_id!r} is not a UUID")
    return raw


def id_text(raw: bytes) -> RequestId:
    """The canonical text of an id's sixteen bytes."""
    text = raw.hex()
    return RequestId(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")
