"""Who a SIP request says is calling: P-Asserted-Identity or From, Privacy, and the attestation that came along."""

import re
from base64 import urlsafe_b64decode
from hashlib import blake2b

import msgspec

from warmcall.telephony.connector import Switchboard
from warmcall.telephony.ivr import InboundCall
from warmcall.telephony.numbers import read_attestation
from warmcall.telephony.redirect.request import split_values

IDENTITY_CHARACTERS = 4096

_NAME_ADDR = re.compile(r'[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^<"]*))[ \t]*<([^<>]*)>(.*)', re.DOTALL)
_ADDR = re.compile(r"[ \t]*([^;,<>\"\s]+)(.*)", re.DOTALL)
_TAG = re.compile(r";[ \t]*tag[ \t]*=[ \t]*([^;,\s]+)", re.IGNORECASE)
_VERSTAT = re.compile(r";[ \t]*verstat[ \t]*=[ \t]*([A-Za-z-]+)", re.IGNORECASE)
_ANONYMOUS = re.compile(r"sips?:anonymous@|sips?:[^@]*@anonymous\.invalid(?:[;>]|$)", re.IGNORECASE)
_PASSED = "tn-validation-passed"


class Address(msgspec.Struct, frozen=True):
    """A SIP header value that names somebody (RFC 3261, section 20.10).

    Attributes:
        name: The display name, as sent; `None` if there is none.
        uri: The URI.
        parameters: What follows it.
    """

    name: str | None
    uri: str
    parameters: str


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a SIP request says about its caller. All of it is hearsay, and none of it is checked here.

    Attributes:
        sender: Value of `From`.
        asserted: Values of `P-Asserted-Identity` (RFC 3325).
        privacy: Value of `Privacy` (RFC 3323).
        attested: Value of `P-Attestation-Indicator`, or whatever else a network writes its verdict into.
        identity: Value of `Identity` (RFC 8224).
    """

    sender: str
    asserted: str = ""
    privacy: str = ""
    attested: str = ""
    identity: str = ""


class _Passport(msgspec.Struct, frozen=True):
    attest: str | None = None


def read_call(switchboard: Switchboard, call_id: str, dialled: str, claims: Claims) -> InboundCall:
    """Describe the call.

    Args:
        switchboard: Reads the numbers.
        call_id: Value of `Call-ID`.
        dialled: The request's URI, or its user part.
        claims: About the caller.

    Raises:
        RefusedError: MALFORMED if there is no dialled number, or it is too long to be one.
    """
    sender = read_address(claims.sender)
    asserted = read_address(split_values(claims.asserted)[0]) if claims.asserted else None
    caller = asserted or sender
    # Who calls as anonymous wants to be, whatever the network added for billing.
    privacy = f"{claims.privacy};user" if sender and _ANONYMOUS.match(sender.uri) else claims.privacy
    return switchboard.call(
        call_key(call_id, tag_of(sender)),
        dialled,
        caller.uri if caller else None,
        privacy=privacy,
        caller_name=name_of(claims),
        attestation=attestation(claims),
    )


def name_of(claims: Claims) -> str | None:
    """The display name the network sent, or else the caller's own."""
    addresses = (read_address(split_values(value)[0]) for value in (claims.asserted, claims.sender) if value)
    return next((address.name for address in addresses if address and address.name), None)


def read_address(value: str) -> Address | None:
    """Take a header value apart; a URI in the display name is not the URI.

    >>> read_address('"sip:+1999@x" <sip:+12025550123@example.com>;tag=1').uri
    'sip:+12025550123@example.com'
    """
    found = _NAME_ADDR.match(value)
    if found:
        name = re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2].strip()
        return Address(name or None, found[3].strip(), found[4])
    bare = _ADDR.match(value)
    return Address(None, bare[1], bare[2]) if bare else None


def tag_of(address: Address | None) -> str:
    """The tag of a From or To value; empty if there is none."""
    found = _TAG.search(address.parameters) if address else None
    return found[1] if found else ""


def call_key(call_id: str, tag: str) -> str:
    """The id of a call for Warmcall.

    A Call-ID alone can be chosen to be another's, on purpose or by a bad random generator; both together end up in one
    short text that is safe everywhere.
    """
    text = f"{call_id}\n{tag}".encode("utf-8", "surrogatepass")
    return f"sip-{blake2b(text, digest_size=18, person=b'sip-call').hexdigest()}"


def attestation(claims: Claims) -> str | None:
    """How far a network vouches for the caller's number, by its own word: A, B or C (RFC 8588).

    The verdict of a network that checked goes before what the signed token says of itself: its signature is not checked
    here.
    """
    verdict = _VERSTAT.search(claims.asserted) or _VERSTAT.search(claims.sender)
    if verdict and not verdict[1].lower().startswith(_PASSED):
        return None
    return (
        read_attestation(claims.attested)
        or (read_attestation(verdict[1]) if verdict else None)
        or read_attestation(_claimed(claims.identity))
    )


def _claimed(identity: str) -> str | None:
    token = identity.partition(";")[0].strip()
    parts = token.split(".")
    if len(token) > IDENTITY_CHARACTERS or len(parts) != 3 or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(raw, type=_Passport).attest
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None
