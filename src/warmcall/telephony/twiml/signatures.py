"""Whether a request comes from the provider: three schemes, each over the bytes as they came."""

import hmac
import math
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, urlsplit

from warmcall.calls.clock import Clock
from warmcall.errors import WarmcallError
from warmcall.telephony.connector import Webhook
from warmcall.telephony.refusals import Refusal, RefusedError, check_age

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_PORTS = {"https": 443, "http": 80}
_HASHES = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_ADDED_LATER = frozenset({"CallToken", "StirVerstat"})
"""Fields that Twilio is said to add to some requests after it signed them. Then they are not to be trusted."""
_WRONG = "the signature does not fit; compare signing_key and server.public_url with what the provider has"


Fields = Sequence[tuple[str, str]]


class SigningKeyError(WarmcallError):
    """A key that signatures cannot be checked with."""

    code = "signing_key_invalid"


class Signatures(Protocol):
    """Checks requests of one provider."""

    def fields(self, webhook: Webhook) -> Fields:
        """The fields of a request that the provider signed, and of those only the signed ones.

        Raises:
            RefusedError: UNSIGNED, SIGNATURE or STALE if it did not, or not like this, or not now.
        """


class TwilioSignatures:
    """HMAC over address and form: SHA-1 with the auth token, or SHA-256 with a shared key.

    Args:
        token: The auth token.
        shared_keys: Secrets of shared keys by id.
    """

    def __init__(self, token: str, shared_keys: Mapping[str, str]) -> None:
        self._token = token
        self._shared_keys = shared_keys

    def fields(self, webhook: Webhook) -> Fields:
        """The fields that Twilio signed."""
        sent = _sent(webhook, "x-twilio-signature")
        key, algorithm = self._scheme(webhook.headers.get("x-twilio-webhooks-signature-settings", ""))
        return _twilio_fields(webhook, key, sent, algorithm)

    def _scheme(self, settings: str) -> tuple[str, str]:
        named = dict(part.strip().split("=", 1) for part in settings.split(",") if "=" in part)
        algorithm = _HASHES.get(named.get("algorithm", "HMAC_SHA1").upper())
        if algorithm is None:
            raise RefusedError(Refusal.SIGNATURE, f"signed with something else than {' or '.join(_HASHES)}")
        key = self._shared_keys.get(named["key"]) if "key" in named else self._token
        if key is None:
            raise RefusedError(Refusal.SIGNATURE, "signed with a shared key that shared_keys has no secret for")
        return key, algorithm


class SignalwireSignatures:
    """Hexadecimal HMAC over address and raw body, or Twilio's scheme.

    Args:
        key: The signing key.
    """

    def __init__(self, key: str) -> None:
        self._key = key

    def fields(self, webhook: Webhook) -> Fields:
        """The fields that SignalWire signed."""
        stronger = webhook.headers.get("x-signalwire-sha256-signature")
        if stronger is not None:
            if not self._is_signed(webhook, stronger, "sha256"):
                raise RefusedError(Refusal.SIGNATURE, _WRONG)
            return webhook.form()
        sent = _sent(webhook, "x-signalwire-signature", "x-twilio-signature")
        if self._is_signed(webhook, sent, "sha1"):
            return webhook.form()
        return _twilio_fields(webhook, self._key, sent, "sha1")

    def _is_signed(self, webhook: Webhook, sent: str, algorithm: str) -> bool:
        key = self._key.encode()
        return any(
            _same(hmac.new(key, url.encode() + webhook.body, algorithm).hexdigest(), sent)
            for url in _spellings(webhook.url)
        )


class TelnyxSignatures:
    """Ed25519 over time and raw body.

    Args:
        key: The public key of the account, in base64.
        clock: Tells the time.

    Raises:
        SigningKeyError: if it is none, or the package `cryptography` is missing.
    """

    def __init__(self, key: str, clock: Clock) -> None:
        self._key = _public_key(key)
        self._clock = clock

    def fields(self, webhook: Webhook) -> Fields:
        """The fields that Telnyx signed just now."""
        from cryptography.exceptions import InvalidSignature

        sent = _sent(webhook, "telnyx-signature-ed25519")
        signed_at_s = _sent(webhook, "telnyx-timestamp")
        try:
            self._key.verify(b64decode(sent, validate=True), signed_at_s.encode() + b"|" + webhook.body)
        except (InvalidSignature, ValueError) as error:
            raise RefusedError(Refusal.SIGNATURE, _WRONG) from error
        # What it says is the provider's word now.
        check_age(float(signed_at_s) if signed_at_s.isdecimal() else math.nan, self._clock)
        return webhook.form()


def _public_key(text: str) -> "Ed25519PublicKey":
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise SigningKeyError("Telnyx's signatures need one more package: pip install 'warmcall[telnyx]'.") from error
    try:
        return Ed25519PublicKey.from_public_bytes(b64decode(text, validate=True))
    except (ValueError, Base64Error) as error:
        raise SigningKeyError("expected Telnyx's public key: 32 bytes in base64, 44 characters.") from error


def _sent(webhook: Webhook, *headers: str) -> str:
    for header in headers:
        if webhook.headers.get(header):
            return webhook.headers[header]
    raise RefusedError(Refusal.UNSIGNED, f"the request has no {headers[0]}; only the provider may call this address")


def _twilio_fields(webhook: Webhook, key: str, sent: str, algorithm: str) -> Fields:
    told = parse_qs(webhook.query).get("bodySHA256")
    if told and "x-www-form-urlencoded" not in webhook.headers.get("content-type", ""):
        if _same(sha256(webhook.body).hexdigest(), told[0]) and _is_twilio(webhook, [], key, sent, algorithm):
            return []
        raise RefusedError(Refusal.SIGNATURE, _WRONG)
    fields = webhook.form()
    for signed in (fields, [field for field in fields if field[0] not in _ADDED_LATER]):
        if _is_twilio(webhook, signed, key, sent, algorithm):
            return signed
    raise RefusedError(Refusal.SIGNATURE, _WRONG)


def _is_twilio(webhook: Webhook, fields: Fields, key: str, sent: str, algorithm: str) -> bool:
    text = "".join(name + value for name, value in sorted(set(fields)))
    return any(
        _same(b64encode(hmac.digest(key.encode(), (url + text).encode(), algorithm)).decode(), sent)
        for url in _spellings(webhook.url)
    )


def _spellings(url: str) -> Iterator[str]:
    """The address without and with its port: providers sign one or the other."""
    parts = urlsplit(url)
    scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    if ":" in host:
        host = f"[{host}]"
    rest = url.split("://", 1)[-1].removeprefix(parts.netloc)
    yield f"{scheme}://{host}{rest}"
    yield f"{scheme}://{host}:{port or _PORTS.get(scheme, 80)}{rest}"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
