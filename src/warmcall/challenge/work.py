"""Proofs of work in the form of ALTCHA: find the number whose SHA-256 with a salt is the one that was signed."""

import base64
import binascii
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qs

import msgspec
from altcha import v1 as altcha

from warmcall.calls.clock import Clock
from warmcall.calls.directory import Group
from warmcall.calls.gates import Challenge
from warmcall.calls.model import Json
from warmcall.calls.port import Store

_GROUP = "group"


class _Payload(msgspec.Struct, frozen=True):
    """A solution as ALTCHA's widgets send it, in base64."""

    algorithm: str
    challenge: str
    number: int
    salt: str
    signature: str


_decode = msgspec.json.Decoder(_Payload).decode


class Work:
    """Makes proofs of work and checks them.

    A proof is good for one request, until it expires, on every server that shares the store.

    Args:
        store: Keeps which were used.
        clock: Tells the time.
        secret: Signs them.
    """

    def __init__(self, store: Store, clock: Clock, secret: bytes) -> None:
        self._store = store
        self._clock = clock
        self._secret = secret

    def issue(self, group: Group, challenge: Challenge) -> Json:
        """A new proof of work for requests of a group, as ALTCHA describes one."""
        expires = datetime.fromtimestamp(self._clock.now_ms() // 1000 + challenge.lifetime_s, UTC)
        options = altcha.ChallengeOptions(
            algorithm="SHA-256",
            max_number=challenge.max_number,
            hmac_key=self._secret,
            expires=expires,
            params={_GROUP: _name(group)},
        )
        made = altcha.create_challenge(options)
        return {
            "algorithm": made.algorithm,
            "challenge": made.challenge,
            "maxnumber": made.max_number,
            "salt": made.salt,
            "signature": made.signature,
        }

    async def fault(self, group: Group, solution: str) -> str | None:
        """What is wrong with a solution; `None` if nothing is. A good one is used up by this."""
        try:
            payload = _decode(base64.b64decode(solution, validate=True))
        except (binascii.Error, ValueError, msgspec.MsgspecError):
            return "The solution is not base64 of ALTCHA's JSON."
        if payload.algorithm != "SHA-256":
            return "The solution is of another algorithm."
        good, _ = altcha.verify_solution(msgspec.to_builtins(payload), self._secret, check_expires=False)
        if not good:
            return "The solution is wrong."
        parameters = parse_qs(payload.salt.partition("?")[2])
        if parameters.get(_GROUP) != [_name(group)]:
            return "The solution is for another group."
        expires_ms = int(parameters["expires"][0]) * 1000
        if expires_ms <= self._clock.now_ms():
            return "The challenge has expired."
        if not await self._store.spend(sha256(payload.challenge.encode()).digest(), expires_ms):
            return "The solution was used before."
        return None


def _name(group: Group) -> str:
    return f"{group.site}/{group.name}"
