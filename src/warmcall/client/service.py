"""The plugin ClickToCallService: asks a Warmcall server for numbers and follows the calls, without a screen."""

import asyncio
import logging
import math
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx
import httpx_sse
import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.bus.errors import CommandRejectedError
from warmcall.bus.events import Event
from warmcall.calls.clock import Clock, SystemClock
from warmcall.client.options import Options, read_options
from warmcall.client.solving import solve

log = logging.getLogger("warmcall.client")
FINAL = frozenset({"ended", "expired", "cancelled"})
# The server sends a comment every fifteen seconds; three times that means the connection is gone.
_SILENCE_S = 45.0
_RECONNECT_S = 1.0


class _Number(msgspec.Struct):
    """The number that was received last: what `restore` gives back."""

    id: str
    token: str
    number: str
    code: str
    tel_href: str
    expires_at_ms: int


class ClickToCallService:
    """Registers the plugin with the commands `configure`, `restore`, `requestNumber` and `cancel`.

    Publishes `restored`, `numberReceived` and, as the call goes on, `callStatus` {status, at, …}.

    Args:
        bus: Where to register.
        http: A client whose base URL is the Warmcall server.
        clock: Tells the time.
    """

    def __init__(self, bus: Bus, http: httpx.AsyncClient, clock: Clock | None = None) -> None:
        self._http = http
        self._clock = clock or SystemClock()
        self._options: Options | None = None
        self._stored: _Number | None = None
        self._following: asyncio.Task[None] | None = None
        self._plugin = bus.plugin("ClickToCallService")
        self._plugin.register_events(["ready", "restored", "numberReceived", "callStatus"])
        self._plugin.register_command("configure", self._configure)
        self._plugin.register_command("restore", self._restore)
        self._plugin.register_command("requestNumber", self._request_number)
        self._plugin.register_command("cancel", self._cancel)
        self._plugin.subscribe("ClickToCall.expired", self._forget)
        self._plugin.ready()
        self._plugin.republish("ready")

    async def aclose(self) -> None:
        """Stop following the call."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following

    def _forget(self, e: Event) -> None:
        self._stored = None

    def _configure(self, e: CommandEvent) -> None:
        if not e.data:
            raise CommandRejectedError("Invalid configuration.")
        if self._options is not None:
            raise CommandRejectedError("Already configured")
        self._options = read_options(e.data)

    def _restore(self, e: CommandEvent) -> dict[str, Any]:
        stored = self._stored
        if stored is None:
            return {"bRestoreSuccess": False}
        left_s = math.ceil((stored.expires_at_ms - self._clock.now_ms()) / 1000)
        result = {
            "bRestoreSuccess": True,
            "sPhoneNumber": stored.number,
            "sPhoneTelHref": stored.tel_href,
            "sAccessCode": stored.code,
            "iExpireTime": left_s,
            "iExipreTime": left_s,
        }
        self._plugin.publish("restored", result)
        return result

    async def _request_number(self, e: CommandEvent) -> dict[str, Any]:
        """Ask the server. Resolves with what `numberReceived` carries; a failure rejects with its sentence."""
        received = await self._ask(e.data)
        self._plugin.publish("numberReceived", received)
        if received["error"] or received["netfail"]:
            raise CommandRejectedError(received["errormsg"])
        return received

    async def _cancel(self, e: CommandEvent) -> None:
        """Give the number back, if there is one; a server that cannot be reached lets it expire."""
        stored, self._stored = self._stored, None
        if stored is None:
            return
        with suppress(httpx.HTTPError):
            await self._http.delete(
                f"/v1/call-requests/{stored.id}", headers={"Authorization": f"Bearer {stored.token}"}
            )

    async def _ask(self, data: Mapping[str, Any]) -> dict[str, Any]:
        options = self._options or Options()
        values = dict(data)
        user_data = {**options.user_data, **(values.pop("userData", None) or {})}
        asked: dict[str, Any] = {"group": options.group, "fields": values, "userData": user_data}
        if options.consent:
            asked["consent"] = options.consent
        try:
            response = await self._post(options, asked)
            body = response.json()
            if not response.is_success and (solution := await solve(body.get("challenge") or {})):
                response = await self._post(options, {**asked, "challenge": solution})
                body = response.json()
        except (httpx.HTTPError, ValueError) as error:
            log.warning("No answer from the server: %s", error)
            return _failure(netfail=True, message="The server cannot be reached.", number=options.fallback_number)
        if response.is_success:
            return self._received(body)
        number = body.get("fallbackNumber") or options.fallback_number
        known = {name: body[name] for name in ("code", "retryable", "nextOpening", "retryAfterS") if name in body}
        return _failure(netfail=False, message=body.get("detail", ""), number=number, **known)

    async def _post(self, options: Options, asked: Mapping[str, Any]) -> httpx.Response:
        return await self._http.post(
            f"/v1/sites/{options.site}/call-requests",
            json=asked,
            headers={"Idempotency-Key": str(uuid.uuid4())},
            timeout=options.ajax_timeout / 1000,
        )

    def _received(self, body: Mapping[str, Any]) -> dict[str, Any]:
        stored = self._stored = _Number(
            id=body["id"],
            token=body["token"],
            number=body["accessNumber"],
            code=body["accessCode"] or "",
            tel_href=body["telUrl"],
            expires_at_ms=self._clock.now_ms() + body["expiresInS"] * 1000,
        )
        if self._following is not None:
            self._following.cancel()
        self._following = asyncio.create_task(self._follow(stored), name="follow call request")
        return {
            "error": False,
            "netfail": False,
            "errormsg": "",
            "sPhoneNumber": stored.number,
            "sAccessCode": stored.code,
            "sPhoneTelHref": stored.tel_href,
            "iExpireTime": body["expiresInS"],
            "id": stored.id,
        }

    async def _follow(self, number: _Number) -> None:
        """Publish what happens to a request until it is final; a lost connection is taken up where it broke off."""
        last = ""
        while True:
            try:
                async with self._stream(number, last) as stream:
                    async for message in stream.aiter_sse():
                        last = message.id or last
                        # A message without data only sets the time to reconnect after.
                        if message.data and self._publish_status(message) in FINAL:
                            return
            except (httpx.TransportError, httpx_sse.SSEError) as error:
                log.info("Live events of %s broke off: %s", number.id, error)
            await asyncio.sleep(_RECONNECT_S)

    def _stream(self, number: _Number, last: str) -> Any:
        return httpx_sse.aconnect_sse(
            self._http,
            "GET",
            f"/v1/call-requests/{number.id}/events",
            params={"token": number.token},
            headers={"Last-Event-ID": last} if last else {},
            timeout=httpx.Timeout(5.0, read=_SILENCE_S),
        )

    def _publish_status(self, message: httpx_sse.ServerSentEvent) -> str:
        data: dict[str, Any] = message.json()
        state = str(data.get("state", ""))
        status = state if message.event == "snapshot" else message.event
        self._plugin.publish("callStatus", {**data, "status": status})
        return state


def _failure(*, netfail: bool, message: str, number: str, **known: Any) -> dict[str, Any]:
    return {
        "error": not netfail,
        "netfail": netfail,
        "errormsg": message,
        "code": None,
        "fallbackNumber": number or None,
        "iExpireTime": 0,
        **known,
    }
