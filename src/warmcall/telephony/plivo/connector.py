"""The wiring: a call comes in, digits come in, the destination answered, a connection or the call is over."""

from warmcall.telephony.connector import Connector, Endpoint, Reply, Switchboard, Webhook
from warmcall.telephony.plivo import inbound
from warmcall.telephony.plivo.outbound import DONE, Documents
from warmcall.telephony.plivo.settings import Settings
from warmcall.telephony.reach import Reach


class PlivoConnector(Connector):
    """Answers Plivo.

    Args:
        switchboard: Decides.
        settings: Of the connector.
    """

    def __init__(self, switchboard: Switchboard, settings: Settings) -> None:
        self._switchboard = switchboard
        self._auth_token = settings.auth_token
        self._reach = Reach(switchboard, settings.sip_domain, queues=False)
        self._documents = Documents(switchboard, settings, self._reach)
        self.endpoints = (
            Endpoint(path="answer", receive=self._answer),
            Endpoint(path="digits", receive=self._digits),
            Endpoint(path="progress", receive=self._progress),
            Endpoint(path="done", receive=self._done),
            Endpoint(path="hangup", receive=self._hangup),
        )

    async def _answer(self, webhook: Webhook) -> Reply:
        call = inbound.read_call(self._form(webhook), self._switchboard)
        return self._documents.write(await self._switchboard.turn(call))

    async def _digits(self, webhook: Webhook) -> Reply:
        form = self._form(webhook)
        call = inbound.read_call(form, self._switchboard)
        turn = await self._switchboard.turn(call, inbound.read_state(webhook), inbound.read_digits(form))
        return self._documents.write(turn)

    async def _progress(self, webhook: Webhook) -> Reply:
        form = self._form(webhook)
        if inbound.is_answered(form):
            await self._switchboard.ivr.connected(inbound.read_call_id(form))
        return DONE

    async def _done(self, webhook: Webhook) -> Reply:
        form = self._form(webhook)
        call_id = inbound.read_call_id(form)
        again = self._reach.again(webhook.queries())
        if again and inbound.is_failed(form):
            return self._documents.connect(*again, last=True)
        if form.get("DialStatus") == "completed":
            # The report that it was answered may have been lost.
            await self._switchboard.ivr.connected(call_id)
        await self._switchboard.ivr.ended(call_id, inbound.end_reason(form) or "hung up")
        return self._documents.hang_up()

    async def _hangup(self, webhook: Webhook) -> Reply:
        form = self._form(webhook)
        reason = inbound.end_reason(form)
        if reason is not None:
            await self._switchboard.ivr.ended(inbound.read_call_id(form), reason)
        return DONE

    def _form(self, webhook: Webhook) -> inbound.Form:
        return inbound.read_form(webhook, self._auth_token)


def connect(settings: Settings, switchboard: Switchboard) -> PlivoConnector:
    """Build the connector."""
    return PlivoConnector(switchboard, settings)
