"""API keys as they are kept: never the key itself, only its hash."""

import msgspec


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an API key.

    Attributes:
        hash: SHA-256 of the key.
        scope: What it may do: `telephony`, `admin`, `read`.
        label: What it is for, in its owner's words; may be empty.
    """

    hash: bytes
    scope: str
    label: str
    created_at_ms: int

    @property
    def id(self) -> str:
        """Names the key to people: the first twelve hexadecimal digits of its hash, which open nothing."""
        return self.hash.hex()[:12]
