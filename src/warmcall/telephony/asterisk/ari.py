"""Following calls by the events of Asterisk's REST interface, over one WebSocket that is opened again and again."""

import asyncio
import logging
from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from warmcall.telephony.asterisk.inbound import Progress, read_event
from warmcall.telephony.asterisk.settings import AriSettings
from warmcall.telephony.refusals import RefusedError

log = logging.getLogger("warmcall.telephony")

EVENT_BYTES = 1024 * 1024
OPEN_S = 10.0
SILENT_S = 20.0
"""Between two pings; a second one unanswered means that the connection is gone."""
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0


class AriFollower:
    """Tells of calls that are connected and that end.

    Which channels are callers' is written in them, so nothing is kept here and nothing is lost by a restart:
    `channelvars = WARMCALL_CALL` in `ari.conf` puts it into every event.

    Args:
        settings: Where Asterisk is.
        told: Called with each report.
        refuse: Called with what is no event.
        first_wait_s: How long to wait after the first failure; doubled after each.
    """

    def __init__(
        self,
        settings: AriSettings,
        told: Callable[[Progress], Awaitable[None]],
        refuse: Callable[[RefusedError], None],
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        self._settings = settings
        self._told = told
        self._refuse = refuse
        self._first_wait_s = first_wait_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="ARI events")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        wait_s = self._first_wait_s
        while True:
            try:
                async with self._connect() as events:
                    log.info("following the events of Asterisk")
                    wait_s = self._first_wait_s
                    await self._follow(events)
            except (OSError, TimeoutError, WebSocketException) as error:
                log.warning("Asterisk's events cannot be followed, next try in %g s: %s", wait_s, error)
            except Exception:
                # A report that fails must not end all later ones.
                log.exception("following the events of Asterisk failed, next try in %g s", wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    def _connect(self) -> connect:
        password = b64encode(f"{self._settings.user}:{self._settings.password}".encode()).decode()
        return connect(
            events_url(self._settings),
            additional_headers={"Authorization": f"Basic {password}"},
            max_size=EVENT_BYTES,
            open_timeout=OPEN_S,
            ping_interval=SILENT_S,
            proxy=None,
        )

    async def _follow(self, events: ClientConnection) -> None:
        async for event in events:
            try:
                progress = read_event(event)
            except RefusedError as error:
                self._refuse(error)
                continue
            if progress is not None:
                await self._told(progress)


def events_url(settings: AriSettings) -> str:
    """The address of the WebSocket."""
    query = urlencode({"app": settings.application, "subscribeAll": "true"})
    return f"ws{settings.url.removeprefix('http').rstrip('/')}/ari/events?{query}"
