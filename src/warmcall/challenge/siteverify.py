"""Tokens of CAPTCHA providers: reCAPTCHA, hCaptcha and Turnstile all answer the same question in the same way."""

import asyncio
import logging
from typing import Any

import httpx
import msgspec

from warmcall.calls.errors import ChallengeUnavailableError
from warmcall.calls.gates import Challenge
from warmcall.references import UnresolvedError, look_up

log = logging.getLogger("warmcall.challenge")

_WAIT_S = 5.0
_MOST_BYTES = 64 * 1024


class _Verdict(msgspec.Struct, frozen=True):
    """What a provider answers."""

    success: bool
    codes: Any = msgspec.field(name="error-codes", default=None)


_decode = msgspec.json.Decoder(_Verdict).decode
_FAULTS = (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError, OSError, RecursionError, TimeoutError, ValueError)


class SiteVerify:
    """Asks a provider whether a token is good: `secret`, `response` and `remoteip` as a form, `success` as JSON."""

    def __init__(self) -> None:
        self._http: httpx.AsyncClient | None = None

    async def aclose(self) -> None:
        """Close connections."""
        if self._http is not None:
            await self._http.aclose()

    async def fault(self, challenge: Challenge, token: str, address: str | None) -> str | None:
        """What is wrong with a token; `None` if nothing is.

        Raises:
            ChallengeUnavailableError: if the provider does not answer, or rubbish.
        """
        try:
            # Looked up each time: what a file holds may be replaced while the server runs.
            form = {"secret": look_up(challenge.secret or ""), "response": token}
        except UnresolvedError as error:
            log.error("siteverify has no secret", extra={"reason": str(error)})
            raise ChallengeUnavailableError from error
        if address is not None:
            form["remoteip"] = address
        try:
            verdict = await self._ask(challenge.verify_url or "", form)
        except _FAULTS as error:
            log.warning("siteverify failed", extra={"reason": type(error).__name__})
            raise ChallengeUnavailableError from error
        if verdict.success:
            return None
        log.info("siteverify refused", extra={"codes": str(verdict.codes)[:200]})
        return "The provider does not accept the token."

    async def _ask(self, url: str, form: dict[str, str]) -> _Verdict:
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=_WAIT_S)
        body = bytearray()
        # The client's own limit is for each read; a visitor waits for the whole.
        async with asyncio.timeout(_WAIT_S), self._http.stream("POST", url, data=form) as response:
            response.raise_for_status()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise ValueError("the answer has no end")
        return _decode(body)
