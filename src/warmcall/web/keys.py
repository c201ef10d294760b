"""API keys: made once, stored as hashes, looked up for each request of a phone system."""

from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe
from typing import Protocol

from warmcall.calls.clock import Clock
from warmcall.calls.keys import ApiKey
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

    async def find_api_key(self, key_hash: bytes) -> ApiKey | None:
        """The key with this hash."""


class ApiKeys:
    """Checks the keys that requests carry.

    Args:
        keyring: Where the hashes are.
        clock: Tells the time.
    """

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self._keyring = keyring
        self._clock = clock
        self._known: dict[bytes, tuple[ApiKey | None, int]] = {}

    async def require(self, headers: Mapping[bytes, bytes], scopes: tuple[str, ...]) -> ApiKey:
        """Let a request with a key of one of `scopes` pass; returns the key.

        Raises:
            ApiKeyRequiredError: if it has no key, or an unknown one.
            ScopeError: if the key is of another scope.
        """
        key = bearer(headers) or headers.get(b"x-api-key")
        found = await self._find(key) if key else None
        if found is None:
            raise ApiKeyRequiredError
        if found.scope not in scopes:
            raise ScopeError(found.scope, scopes)
        return found

    async def _find(self, key: bytes) -> ApiKey | None:
        hashed, now_ms = key_hash(key), self._clock.now_ms()
        known, until_ms = self._known.get(hashed, (None, 0))
        if now_ms < until_ms:
            return known
        found = await self._keyring.find_api_key(hashed)
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
