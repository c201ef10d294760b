"""One call as a voice and a keypad: what both the line and the test caller do with a SIP call."""

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from warmcall.telephony.demoline.prompts import BYTES_PER_S

if TYPE_CHECKING:
    from baresip import Call, StackEvent

log = logging.getLogger("warmcall.demoline")

_MEDIA_WITHIN_S = 5.0
_POLL_S = 0.02
_REFILL_S = 0.5


class HungUpError(Exception):
    """The call is over; whoever was talking may stop."""


class Leg:
    """Speaks to and listens to one SIP call. Every wait ends at once when the call does.

    Args:
        call: The call, answered or not.
    """

    def __init__(self, call: "Call") -> None:
        self._call = call
        self._keys: deque[str] = deque()
        self._stirred = asyncio.Event()
        self._closed = False
        self._ended_here = False
        self._signals: asyncio.Task[None] | None = None
        call.on(self._heard)

    @property
    def call_id(self) -> str:
        """The SIP Call-ID."""
        return self._call.call_id or ""

    @property
    def closed(self) -> bool:
        """Whether the call is over."""
        return self._closed

    @property
    def ended_here(self) -> bool:
        """Whether it was this end that hung up."""
        return self._ended_here

    async def answer(self) -> None:
        """Pick up, and return when both can be heard.

        Raises:
            HungUpError: if the caller gave up meanwhile.
        """
        from baresip import AudioNotActive, StaleHandleError

        try:
            await self._call.answer()
        except StaleHandleError as error:
            raise HungUpError from error
        deadline = asyncio.get_running_loop().time() + _MEDIA_WITHIN_S
        while asyncio.get_running_loop().time() < deadline:
            try:
                if self._call.audio.info().tx_ready:
                    return
            except AudioNotActive:
                pass  # The answer is on its way.
            await self.pause(_POLL_S)
        raise HungUpError

    async def say(self, pcm: bytes, *, until_key: bool = False) -> None:
        """Play sound and return when it was heard.

        Args:
            pcm: 16-bit samples at 8 kHz.
            until_key: Stop at the first key pressed.

        Raises:
            HungUpError: if the call ends meanwhile.
        """
        left = memoryview(pcm)
        while not (until_key and self._digit_waits()):
            left = left[self._write(left) :]
            buffered_s = self._buffered() / BYTES_PER_S
            if not left and not buffered_s:
                return
            await self.pause(min(max(buffered_s, _POLL_S), _REFILL_S), until_key=until_key)
        self._hush()

    async def digits(self, count: int, timeout_s: float) -> str:
        """Collect what is keyed in.

        Args:
            count: How many digits complete it; a hash completes it earlier.
            timeout_s: The longest wait for the next key.

        Returns:
            The digits, fewer than `count` or none if the caller stopped pressing keys.

        Raises:
            HungUpError: if the call ends meanwhile.
        """
        keyed = ""
        while len(keyed) < count:
            key = await self.key(timeout_s)
            if key is None or (key == "#" and keyed):
                break
            keyed += key.strip("#")
        return keyed

    async def key(self, timeout_s: float) -> str | None:
        """Wait for a key; `None` if none is pressed in time.

        Raises:
            HungUpError: if the call ends meanwhile.
        """
        if not self._keys:
            await self.pause(timeout_s, until_key=True)
        return self._keys.popleft() if self._keys else None

    def forget_keys(self) -> None:
        """Drop keys nobody asked for, such as the hash after a complete code."""
        self._keys.clear()

    async def pause(self, seconds: float, *, until_key: bool = False) -> None:
        """Wait a while.

        Raises:
            HungUpError: if the call ends meanwhile.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not self._closed and not (until_key and self._keys):
            self._stirred.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._stirred.wait()
            except TimeoutError:
                break
        if self._closed:
            raise HungUpError

    def press(self, keys: str) -> None:
        """Send keys to the other end (RFC 4733), after those already on their way."""
        before = self._signals
        self._signals = asyncio.create_task(self._send(before, keys))

    async def pressed(self) -> None:
        """Return when every key was sent."""
        if self._signals is not None:
            await self._signals

    async def hang_up(self) -> None:
        """End the call, if it is not over yet."""
        from baresip import BaresipError

        if self._closed:
            return
        self._ended_here = True
        try:
            await self._call.hangup()
        except BaresipError as error:
            log.debug("call %s: hanging up: %s", self.call_id, error)  # The other end was faster.

    async def _send(self, before: asyncio.Task[None] | None, keys: str) -> None:
        from baresip import BaresipError

        if before is not None:
            await before
        try:
            if not self._closed:
                await self._call.send_dtmf(keys, interdigit_ms=60)
        except BaresipError as error:
            log.debug("call %s: sending keys: %s", self.call_id, error)

    def _digit_waits(self) -> bool:
        """Whether a key was pressed that means something: a hash alone only closes a code that was complete before."""
        while self._keys and self._keys[0] == "#":
            self._keys.popleft()
        return bool(self._keys)

    def _heard(self, event: "StackEvent") -> None:
        from baresip import Event

        if event.event is Event.CALL_CLOSED:
            self._closed = True
        elif event.event is Event.CALL_DTMF_START and event.text:
            # At the start of a key, not at its end: a person expects to be heard at once.
            self._keys.append(event.text)
        else:
            return
        self._stirred.set()

    def _write(self, pcm: memoryview) -> int:
        from baresip import AudioNotActive, AudioRestarted

        try:
            return self._call.audio.write(pcm) if pcm else 0
        except (AudioRestarted, AudioNotActive):
            # A renegotiation replaces the streams; the next write binds to the new ones.
            return 0

    def _buffered(self) -> int:
        from baresip import AudioNotActive

        try:
            return int(self._call.audio.info().tx_buffered)
        except AudioNotActive:
            return 0

    def _hush(self) -> None:
        from baresip import AudioNotActive, AudioRestarted

        try:
            self._call.audio.flush_tx()
        except (AudioRestarted, AudioNotActive):
            return
