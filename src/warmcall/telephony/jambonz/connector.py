"""The wiring: a call comes in, digits come in, a connection is over, any leg has a new state."""

from warmcall.telephony.connector import Connector, Endpoint, Reply, Switchboard, Webhook
from warmcall.telephony.jambonz import inbound
from warmcall.telephony.jambonz.outbound import HANG_UP, Documents, reply
from warmcall.telephony.jambonz.settings import Settings
from warmcall.telephony.reach import Reach


class JambonzConnector(Connector):
    """Answers jambonz.

    Args:
        switchboard: Decides.
        settings: Of the connector.
    """

    def __init__(self, switchboard: Switchboard, settings: Settings) -> None:
        self._switchboard = switchboard
        self._settings = settings
        self._reach = Reach(switchboard, settings.sip_domain)
        self._documents = Documents(switchboard, settings, self._reach)
        self.endpoints = (
            Endpoint(path="call", receive=self._call),
            Endpoint(path="digits", receive=self._digits),
            Endpoint(path="done", receive=self._done),
            Endpoint(path="status", receive=self._status),
        )

    async def _call(self, webhook: Webhook) -> Reply:
        call = inbound.read_call(self._report(webhook), self._switchboard, {})
        return self._documents.write(await self._switchboard.turn(call), inbound.carried(call))

    async def _digits(self, webhook: Webhook) -> Reply:
        report = self._report(webhook)
        call = inbound.read_call(report, self._switchboard, webhook.queries())
        turn = await self._switchboard.turn(call, inbound.read_state(webhook), inbound.read_digits(report))
        return self._documents.write(turn, inbound.carried(call))

    async def _done(self, webhook: Webhook) -> Reply:
        report = self._report(webhook)
        call_id = inbound.read_call_id(report)
        again = self._reach.again(webhook.queries())
        if again and inbound.is_failed(report):
            return self._documents.connect(*again, last=True)
        if inbound.is_connected(report):
            # The report that it was answered may have been lost.
            await self._switchboard.ivr.connected(call_id)
        await self._switchboard.ivr.ended(call_id, inbound.end_reason(report) or "hung up")
        return reply(HANG_UP)

    async def _status(self, webhook: Webhook) -> Reply:
        report = self._report(webhook)
        if inbound.is_answered(report):
            await self._switchboard.ivr.connected(inbound.read_call_id(report))
        reason = inbound.end_reason(report)
        if reason is not None:
            await self._switchboard.ivr.ended(inbound.read_call_id(report), reason)
        return reply()

    def _report(self, webhook: Webhook) -> inbound.Report:
        return inbound.read_report(webhook, self._settings, self._switchboard.clock)


def connect(settings: Settings, switchboard: Switchboard) -> JambonzConnector:
    """Build the connector."""
    return JambonzConnector(switchboard, settings)
