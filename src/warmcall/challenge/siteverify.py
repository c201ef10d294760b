"""Tokens of CAPTCHA providers: reCAPTCHA, hCaptcha and Turnstile all answer the same question in the same way."""

import logging

import httpx

from warmcall.calls.errors import ChallengeUnavailableError
from warmcall.calls.gates import Challenge
from warmcall.references import UnresolvedError, look_up

log = logging.getLogger("warmcall.challenge")

_WAIT_S = 5.0


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
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=_WAIT_S)
        try:
            response = await self._http.post(challenge.verify_url or "", data=form)
            answer = response.raise_for_status().json()
            success = answer["success"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            log.warning("siteverify failed", extra={"reason": type(error).__name__})
            raise ChallengeUnavailableError from error
        if success is True:
            return None
        log.info("siteverify refused", extra={"codes": str(answer.get("error-codes"))[:200]})
        return "The provider does not accept the token."
