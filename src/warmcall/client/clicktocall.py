"""The plugin ClickToCall without a screen: its commands, events and states, for programs, tests and monitoring."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.bus.errors import CommandRejectedError
from warmcall.calls.clock import Clock, SystemClock
from warmcall.client.options import Options, read_options

EVENTS = ["ready", "opened", "closed", "started", "cancelled", "submitted", "completed", "expired"]
EVENTS += ["minimized", "unminimized"]
_MOMENTS = ("ready", "opened", "started", "cancelled", "expired", "completed", "closed")


class Step(StrEnum):
    """What a visitor would see."""

    CLOSED = "closed"
    FORM = "form"
    NUMBER = "number"
    EXPIRED = "expired"


class ClickToCall:
    """Registers the plugin with the commands `configure`, `open`, `close` and `minimize`.

    What a visitor does with hands is a method here: `type_in` and `submit`.

    Args:
        bus: Where to register; the service plugin that the options name must be on it.
        confirm_close: Answers the question whether a filled form may be closed.
        clock: Tells the time.

    Attributes:
        step: What a visitor would see.
        minimized: Whether the panel is minimized.
        number: What `numberReceived` brought, while it is shown.
    """

    def __init__(
        self,
        bus: Bus,
        *,
        confirm_close: Callable[[], bool] = lambda: True,
        clock: Clock | None = None,
    ) -> None:
        self.step = Step.CLOSED
        self.minimized = False
        self.number: dict[str, Any] | None = None
        self._confirm_close = confirm_close
        self._clock = clock or SystemClock()
        self._options: Options | None = None
        self._values: dict[str, Any] = {}
        self._extra: dict[str, Any] = {}
        self._typed = False
        self._expiry: asyncio.Task[None] | None = None
        self._plugin = bus.plugin("ClickToCall")
        self._plugin.register_events(EVENTS)
        for name, handler in self._commands().items():
            self._plugin.register_command(name, handler)
        self._meta = self._new_meta()
        self._plugin.ready()
        self._meta["ready"] = self._clock.now_ms()
        self._plugin.republish("ready")

    async def aclose(self) -> None:
        """Stop the countdown."""
        if self._expiry is not None:
            self._expiry.cancel()
            with suppress(asyncio.CancelledError):
                await self._expiry

    def type_in(self, values: Mapping[str, Any]) -> None:
        """Fill in form fields by name, as a visitor would."""
        self._values.update(values)
        self._typed = True
        if not self._meta["started"]:
            self._mark("started")

    async def submit(self) -> dict[str, Any]:
        """Ask for a number with what is filled in.

        Returns:
            What `numberReceived` carries.

        Raises:
            CommandRejectedError: if no form is open, or no number is given; its text is the sentence for the visitor.
        """
        if self.step not in (Step.FORM, Step.EXPIRED):
            raise CommandRejectedError(f"No form is open: expected step form or expired, got {self.step}")
        self._meta["form"] = {**self._values, **({"userData": self._extra["userData"]} if self._extra else {})}
        self._mark("submitted", remember=False)
        received = await self._plugin.command(f"{self._service()}.requestNumber", {**self._values, **self._extra})
        self._show(received, received["iExpireTime"])
        self._mark("completed")
        return dict(received)

    def _service(self) -> str:
        return (self._options or Options()).service_plugin

    def _commands(self) -> dict[str, Callable[[CommandEvent], Any]]:
        return {"configure": self._configure, "open": self._open, "close": self._close, "minimize": self._minimize}

    def _configure(self, e: CommandEvent) -> None:
        if not e.data:
            raise CommandRejectedError("Invalid configuration.")
        if self._options is not None:
            raise CommandRejectedError("Already configured")
        self._options = read_options(e.data)

    async def _open(self, e: CommandEvent) -> None:
        if self.step is not Step.CLOSED:
            raise CommandRejectedError("already opened")
        form = _form_of(e.data.get("form"))
        self.step, self.minimized, self._typed = Step.FORM, False, False
        self._meta = self._new_meta(ready=self._meta["ready"])
        restored = await self._plugin.command(f"{self._service()}.restore")
        if restored["bRestoreSuccess"]:
            if restored["iExpireTime"] >= 0:
                self._show(restored, restored["iExpireTime"])
                self._mark("opened")
                return
            self._mark("expired")
        self._values = {name: value for name, value in form.items() if name != "autoSubmit"}
        self._extra = {"userData": e.data["userData"]} if isinstance(e.data.get("userData"), dict) else {}
        self._mark("opened")
        if form.get("autoSubmit") is True:
            with suppress(CommandRejectedError):  # the form stays open; numberReceived has told why
                await self.submit()

    async def _close(self, e: CommandEvent) -> None:
        if self.step is Step.CLOSED:
            raise CommandRejectedError("already closed")
        options = self._options or Options()
        asks = self.step is Step.FORM and self._typed and options.confirm_form_close_enabled
        if asks and not self._confirm_close():
            raise CommandRejectedError("User must confirm close")
        completed = self._meta["completed"] or self.step is not Step.FORM
        self.step, self.minimized = Step.CLOSED, False
        if self._expiry is not None:
            self._expiry.cancel()
        if not completed:
            self._mark("cancelled")
        self._mark("closed")

    def _minimize(self, e: CommandEvent) -> None:
        if self.step is Step.CLOSED:
            return
        self.minimized = not self.minimized
        self._plugin.publish("minimized" if self.minimized else "unminimized")

    def _show(self, number: Mapping[str, Any], left_s: float) -> None:
        self.step, self.number = Step.NUMBER, dict(number)
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = asyncio.create_task(self._expire_in(left_s), name="number expiry")

    async def _expire_in(self, left_s: float) -> None:
        await asyncio.sleep(left_s)
        self.step, self.number = Step.EXPIRED, None
        self._mark("expired")

    def _new_meta(self, ready: int | bool = False) -> dict[str, Any]:
        return {"proactive": False, **dict.fromkeys(_MOMENTS, False), "ready": ready, "form": {}}

    def _mark(self, event: str, *, remember: bool = True) -> None:
        if remember:
            self._meta[event] = self._clock.now_ms()
        self._plugin.publish(event, dict(self._meta))


def _form_of(form: Any) -> dict[str, Any]:
    """The `form` option of `open`: an object, or JSON of one."""
    if form is None:
        return {}
    if isinstance(form, str):
        with suppress(ValueError):
            form = json.loads(form)
    if not isinstance(form, dict):
        raise CommandRejectedError("Invalid form")
    return form
