"""Signatures as the providers make them, written from their pages and not from ours."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.integration.telephony.providers.provider import Sign
from warmcall.calls.clock import Clock

TOKEN = "12345-auth-token"
SHARED_KEY = ("webhooks_sharedkey_1", "a-shared-key-secret")
_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TELNYX_KEY = base64.b64encode(_PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def twilio(url: str, body: bytes) -> Mapping[str, str]:
    return {"x-twilio-signature": _twilio(url, body, TOKEN, "sha1")}


def twilio_without(*names: str) -> Sign:
    def sign(url: str, body: bytes) -> Mapping[str, str]:
        pairs = [pair for pair in parse_qsl(body.decode(), keep_blank_values=True) if pair[0] not in names]
        return twilio(url, urlencode(pairs).encode())

    return sign


def twilio_sha256(url: str, body: bytes) -> Mapping[str, str]:
    key, secret = SHARED_KEY
    return {
        "x-twilio-signature": _twilio(url, body, secret, "sha256"),
        "x-twilio-webhooks-signature-settings": f"key={key},algorithm=HMAC_SHA256",
    }


def signalwire(url: str, body: bytes) -> Mapping[str, str]:
    return {"x-signalwire-signature": hmac.new(TOKEN.encode(), url.encode() + body, hashlib.sha1).hexdigest()}


def telnyx(clock: Clock, off_s: int = 0) -> Sign:
    def sign(url: str, body: bytes) -> Mapping[str, str]:
        at = str(clock.now_ms() // 1000 + off_s)
        signature = base64.b64encode(_PRIVATE.sign(at.encode() + b"|" + body)).decode()
        return {"telnyx-signature-ed25519": signature, "telnyx-timestamp": at}

    return sign


def _twilio(url: str, body: bytes, secret: str, algorithm: str) -> str:
    text = url
    for name, value in sorted(parse_qsl(body.decode(), keep_blank_values=True)):
        text += name + value
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), algorithm).digest()).decode()


def plivo(url: str, body: bytes) -> Mapping[str, str]:
    nonce = "27185"
    address, mark, query = url.partition("?")
    pairs = sorted(parse_qsl(body.decode(), keep_blank_values=True))
    text = f"{address}?"
    if mark:
        text += "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(query, keep_blank_values=True))) + "."
    text += "".join(name + value for name, value in pairs) + "." + nonce
    signature = base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha256).digest()).decode()
    return {"x-plivo-signature-v3": f"anothersubaccount=,{signature}", "x-plivo-signature-v3-nonce": nonce}


def jambonz(clock: Clock, off_s: int = 0) -> Sign:
    def sign(url: str, body: bytes) -> Mapping[str, str]:
        at = clock.now_ms() // 1000 + off_s
        signature = hmac.new(TOKEN.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {"jambonz-signature": f"t={at},v1={'0' * 64},v1={signature}"}

    return sign


def basic(url: str, body: bytes) -> Mapping[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"jambonz:{TOKEN}".encode()).decode()}
