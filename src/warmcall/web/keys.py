"""API keys: made once, stored as hashes, looked up for each request of a phone system."""

from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe
from typing import Protocol

from warmcall.calls.clock import Clock
from warmcall.web.errors import ApiKeyRequiredError, ScopeError

SCOPES = ("telephony", "admin", "read")
# How long a key may work on after it was taken away. Unknown keys are not remembered: one made just now works at once.
_REMEMBERED_MS = 30_000
_REMEMBERED_KEYS = 1024


def new_key(scope: str) -> str:
    """Make a key: 256 random bits behind a prefix that tells people and scanners what leaked."""
    return f"warmcall_{scope}_{token_urlsafe(32)}"


def key_hash(key: str | bytes) -> bytes:
    """The hash a key is stored by. Keys are random, so nothing slower than SHA-256 is needed."""
    return sha256(key.encode() if isinstance(key, str) else key).digest()


class Keyring(Protocol):
    """Where hashes of keys are kept: a store."""

    async def api_key_scope(self, key_hash: bytes) -> str | None:
        """The scope of the key with this hash; `None` if there is none."""


class ApiKeys:
    """Checks the keys that requests carry.

    Args:
        keyring: Where the hashes are.
        clock: Tells the time.
    """

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self._keyring = keyring
        self._clock = clock
        self._known: dict[bytes, tuple[str, int]] = {}

    async def require(self, headers: Mapping[bytes, bytes], scopes: tuple[str, ...]) -> None:
        """Let a request with a key of one of `scopes` pass.

        Raises:
            ApiKeyRequiredError: if it has no key, or an unknown one.
            ScopeError: if the key is of another scope.
        """
        key = bearer(headers) or headers.get(b"x-api-key")
        scope = await self._scope(key) if key else None
        if scope is None:
            raise ApiKeyRequiredError
        if scope not in scopes:
            raise ScopeError(scope, scopes)

    async def _scope(self, key: bytes) -> str | None:
        hashed, now_ms = key_hash(key), self._clock.now_ms()
        scope, until_ms = self._known.get(hashed, (None, 0))
        if now_ms < until_ms:
            return scope
        found = await self._keyring.api_key_scope(hashed)
        if found is None:
            self._known.pop(hashed, None)
            return None
        if len(self._known) >= _REMEMBERED_KEYS:
            self._known.clear()
        self._known[hashed] = (found, now_ms + _REMEMBERED_MS)
        return found


def bearer(headers: Mapping[bytes, bytes]) -> bytes | None:
    """The token of `Authorization: Bearer TOKEN` (RFC 6750, section 2.1)."""
    kind, _, token = headers.get(b"authorization", b"").partition(b" ")
    return token.strip() or None if kind.lower() == b"bearer" else None
