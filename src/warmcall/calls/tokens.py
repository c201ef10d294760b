"""Tokens that open one call request. They are derived from its id with a secret, so nothing has to be stored."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

from warmcall.calls.ids import id_bytes, id_text
from warmcall.calls.model import RequestId

_ID_BYTES = 16
_MARK_BYTES = 12
_VISITOR_BYTES = 16


class Tokens:
    """Makes and checks tokens.

    Args:
        secret: 32 bytes, the same on every node and after every start.
    """

    def __init__(self, secret: bytes) -> None:
        self._visitor = blake2b(key=secret, digest_size=_VISITOR_BYTES, person=b"visitor")
        self._context = blake2b(key=secret, digest_size=_MARK_BYTES, person=b"context")

    def visitor(self, request_id: RequestId) -> str:
        """The token with which a visitor's page follows and cancels its own request."""
        return _mark(self._visitor, request_id.encode()).hex()

    def check_visitor(self, request_id: RequestId, token: str) -> bool:
        """Whether `token` opens this request."""
        try:
            return hmac.compare_digest(self.visitor(request_id), token)
        except (ValueError, TypeError):
            return False

    def context(self, request_id: RequestId) -> str:
        """The token that travels with a matched call; 38 characters of `A-Z a-z 0-9 _ -`, safe in a SIP URI."""
        raw = id_bytes(request_id)
        return urlsafe_b64encode(raw + _mark(self._context, raw)).decode().rstrip("=")

    def request_of_context(self, token: str) -> RequestId | None:
        """The request a context token stands for; `None` if the token is not one of ours."""
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        request_id, mark = raw[:_ID_BYTES], raw[_ID_BYTES:]
        if not hmac.compare_digest(_mark(self._context, request_id), mark):
            return None
        return id_text(request_id)


def _mark(keyed: blake2b, raw: bytes) -> bytes:
    # A copy of the hash that has taken in its key costs half of a new one.
    fresh = keyed.copy()
    fresh.update(raw)
    return fresh.digest()
