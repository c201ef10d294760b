"""The wiring: a connection to each Kamailio, a task for each call that waits."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from warmcall.calls.model import CallId
from warmcall.telephony.connector import Connector, Switchboard
from warmcall.telephony.kamailio.inbound import Connected, Ended, Invited, call_of, key_of, read_report
from warmcall.telephony.kamailio.link import Link, Send
from warmcall.telephony.kamailio.outbound import render
from warmcall.telephony.kamailio.settings import Settings
from warmcall.telephony.redirect.decider import Decider
from warmcall.telephony.redirect.outbound import Answer
from warmcall.telephony.refusals import RefusedError

log = logging.getLogger("warmcall.telephony")

MOST_PENDING = 2_000
STOP_WITHIN_S = 5.0


class KamailioConnector(Connector):
    """Decides for one or more Kamailio servers.

    Args:
        settings: Which servers, and where calls go.
        switchboard: Decides.
    """

    def __init__(self, settings: Settings, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._decider = Decider(switchboard, settings.pbx, settings.code_destination)
        self._links = [Link(address, self.receive, switchboard) for address in settings.addresses()]
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_connected(self) -> bool:
        """Whether all servers are connected now."""
        return all(link.is_open for link in self._links)

    async def start(self) -> None:
        """Connect, and connect again whenever a connection is lost."""
        for link in self._links:
            link.start()

    async def stop(self) -> None:
        """Answer what was asked, then disconnect."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_WITHIN_S)
            for task in late:
                task.cancel()
        for link in self._links:
            await link.stop()

    def receive(self, message: bytes, send: Send) -> None:
        """Take a message of Kamailio's.

        Args:
            message: As it came.
            send: Sends the answer.
        """
        try:
            report = read_report(message)
        except RefusedError as error:
            self._switchboard.refuse(error)
            return
        if isinstance(report, Invited):
            self._invited(report, send)
        else:
            self._spawn(self._reported(report))

    def _invited(self, invited: Invited, send: Send) -> None:
        if len(self._tasks) < MOST_PENDING:
            self._spawn(self._decide(invited, send))
        else:
            # Kamailio must not wait for us to read, so what is too much is answered without looking.
            log.error("too many undecided calls; one goes to the general line")
            send(render(invited, self._decider.general_line()))

    async def _decide(self, invited: Invited, send: Send) -> None:
        try:
            call = call_of(invited, self._switchboard)
        except RefusedError as error:
            self._switchboard.refuse(error)
            send(render(invited, Answer(status=404, reason="Not Found")))
            return
        send(render(invited, await self._decider.answer(call)))

    async def _reported(self, report: Connected | Ended) -> None:
        call_id = CallId(key_of(report))
        if isinstance(report, Connected):
            await self._switchboard.ivr.connected(call_id)
        else:
            await self._switchboard.ivr.ended(call_id, report.reason)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def connect(settings: Settings, switchboard: Switchboard) -> KamailioConnector:
    """Build the connector."""
    return KamailioConnector(settings, switchboard)
