"""What was asked of a caller, as a token that travels through the provider instead of waiting in memory.

A token is signed, says when it ends, and is good for one call at one connector. It is not encrypted: nothing in it is
secret, and nothing in it is about the visitor.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

import msgspec

from warmcall.calls.clock import Clock
from warmcall.calls.model import CallId
from warmcall.telephony.ivr import Gather
from warmcall.telephony.refusals import Refusal, RefusedError

LIFETIME_S = 600
TOKEN_CHARACTERS = 1200
_MARK_BYTES = 16
_CALL_BYTES = 8


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    ends_at_s: int
    call: bytes
    asked: Gather


class States:
    """Seals and opens the state of a call.

    Args:
        secret: 32 bytes, the same on every node and after every start.
        connector: Whose tokens these are; another connector's are foreign.
        clock: Tells the time.
    """

    def __init__(self, secret: bytes, connector: str, clock: Clock) -> None:
        self._key = blake2b(connector.encode(), key=secret, digest_size=32, person=b"states").digest()
        self._clock = clock
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(_Sealed).decode

    def seal(self, call_id: CallId, asked: Gather) -> str:
        """Put what was asked into a token of `A-Z a-z 0-9 _ -`."""
        ends_at_s = self._clock.now_ms() // 1000 + LIFETIME_S
        raw = self._encode(_Sealed(ends_at_s, self._call(call_id), asked))
        return urlsafe_b64encode(self._mark(raw) + raw).decode().rstrip("=")

    def open(self, call_id: CallId, token: str) -> Gather:
        """Take out what was asked.

        Raises:
            RefusedError: STATE_FORGED if it was not sealed here, or was changed; STATE_EXPIRED if it is too old;
                STATE_FOREIGN if it belongs to another call.
        """
        sealed = self._read(token)
        if not hmac.compare_digest(sealed.call, self._call(call_id)):
            raise RefusedError(Refusal.STATE_FOREIGN, "the state belongs to another call")
        if sealed.ends_at_s * 1000 <= self._clock.now_ms():
            raise RefusedError(Refusal.STATE_EXPIRED, f"the state is older than {LIFETIME_S} s; route the call anew")
        return sealed.asked

    def _read(self, token: str) -> _Sealed:
        forged = RefusedError(Refusal.STATE_FORGED, "the state is not one of ours; send it back unchanged")
        if len(token) > TOKEN_CHARACTERS or not token.isascii():
            raise forged
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise forged from None
        mark, raw = raw[:_MARK_BYTES], raw[_MARK_BYTES:]
        if not hmac.compare_digest(mark, self._mark(raw)):
            raise forged
        return self._decode(raw)

    def _mark(self, raw: bytes) -> bytes:
        return blake2b(raw, key=self._key, digest_size=_MARK_BYTES, person=b"state").digest()

    def _call(self, call_id: CallId) -> bytes:
        return blake2b(call_id.encode(), key=self._key, digest_size=_CALL_BYTES, person=b"call").digest()
