"""One call from beginning to end, told step by step: what `warmcall call` runs, and monitoring."""

import asyncio
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, Literal

from warmcall.bus.errors import CommandRejectedError
from warmcall.client.app import Client
from warmcall.client.service import FINAL

Until = Literal["number", "call_received", "matched", "connected", "ended"]
UNTIL: tuple[Until, ...] = ("number", "call_received", "matched", "connected", "ended")
Tell = Callable[[dict[str, Any]], None]

# Whoever comes late hears of the last state only.
_IMPLIED = {"matched": {"call_received"}, "connected": {"call_received", "matched"}}


class Ending(IntEnum):
    """How it went; the exit codes of `warmcall call`, where 2 means that it was called wrongly."""

    REACHED = 0
    REFUSED = 1
    UNREACHABLE = 3
    TIMED_OUT = 4
    OVER = 5


class Watch:
    """Asks for a number and follows the call.

    Args:
        client: What a page would have.
        tell: Hears of each step: a dictionary with `event` and what belongs to it.
        keep: Leave the request as it is when the watch ends before the call does; otherwise it is cancelled.
    """

    def __init__(self, client: Client, tell: Tell, *, keep: bool = False) -> None:
        self._client = client
        self._tell = tell
        self._keep = keep
        self._over = True
        self._outcomes: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._statuses: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        client.bus.subscribe("ClickToCallService.numberReceived", lambda e: self._outcomes.put_nowait(dict(e.data)))
        client.bus.subscribe("ClickToCallService.callStatus", lambda e: self._statuses.put_nowait(dict(e.data)))
        client.bus.subscribe("ClickToCall.expired", lambda e: self._statuses.put_nowait({"status": "expired"}))

    async def run(
        self, form: Mapping[str, Any], user_data: Mapping[str, Any], until: Until, timeout_s: float | None = None
    ) -> Ending:
        """Go on until something is reached, or cannot be reached any more.

        Args:
            form: The fields of the form.
            user_data: What is sent with them.
            until: What to wait for.
            timeout_s: For how long at most; `None`: as long as the call takes.
        """
        ending = Ending.TIMED_OUT
        try:
            async with asyncio.timeout(timeout_s):
                ending = await self._go(form, user_data, until)
        except TimeoutError:
            self._tell({"event": "timeout"})
        finally:
            if not self._over and not self._keep:
                await self._client.bus.command("ClickToCallService.cancel")
        return ending

    async def _go(self, form: Mapping[str, Any], user_data: Mapping[str, Any], until: Until) -> Ending:
        await self._client.bus.command("ClickToCall.open", {"form": dict(form), "userData": dict(user_data)})
        try:
            number = await self._client.panel.submit()
        except CommandRejectedError:
            return await self._refused()
        self._over = False
        self._tell(
            {
                "event": "number",
                "id": number["id"],
                "number": number["sPhoneNumber"],
                "code": number["sAccessCode"] or None,
                "telUrl": number["sPhoneTelHref"],
                "expiresInS": number["iExpireTime"],
            }
        )
        return Ending.REACHED if until == "number" else await self._follow(until)

    async def _refused(self) -> Ending:
        # The event is on its way when the command has failed.
        outcome = await self._outcomes.get()
        kind = "unreachable" if outcome["netfail"] else "refused"
        told = {name: outcome[name] for name in ("code", "fallbackNumber", "nextOpening") if outcome.get(name)}
        self._tell({"event": kind, "message": outcome["errormsg"], **told})
        return Ending.UNREACHABLE if outcome["netfail"] else Ending.REFUSED

    async def _follow(self, until: Until) -> Ending:
        while True:
            told = await self._statuses.get()
            status = told["status"]
            self._tell({"event": "status", "status": status, **_worth_telling(told)})
            self._over = status in FINAL
            if until == status or until in _IMPLIED.get(status, ()):
                return Ending.REACHED
            if self._over:
                return Ending.OVER


def _worth_telling(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("at", "matchedBy", "triesLeft", "reason") if told.get(name) is not None}
