"""The wiring: a call comes in, digits come in, the destination answered, a connection or the call is over."""

from warmcall.telephony.connector import Connector, Endpoint, Reply, Switchboard, Webhook
from warmcall.telephony.reach import Reach
from warmcall.telephony.registry import ConnectorSettingsError
from warmcall.telephony.twiml import inbound
from warmcall.telephony.twiml.dialects import DIALECTS, signatures
from warmcall.telephony.twiml.outbound import DONE, Documents
from warmcall.telephony.twiml.settings import Settings
from warmcall.telephony.twiml.signatures import Signatures, SigningKeyError


class TwimlConnector(Connector):
    """Answers one provider.

    Args:
        switchboard: Decides.
        signatures: Checks requests.
        documents: Writes answers.
        reach: Knows what else to try.
    """

    def __init__(self, switchboard: Switchboard, signatures: Signatures, documents: Documents, reach: Reach) -> None:
        self._switchboard = switchboard
        self._signatures = signatures
        self._documents = documents
        self._reach = reach
        self.endpoints = (
            Endpoint(path="voice", receive=self._voice),
            Endpoint(path="digits", receive=self._digits),
            Endpoint(path="progress", receive=self._progress),
            Endpoint(path="done", receive=self._done),
            Endpoint(path="status", receive=self._status),
        )

    async def _voice(self, webhook: Webhook) -> Reply:
        call = inbound.read_call(self._form(webhook), self._switchboard)
        return self._documents.write(await self._switchboard.turn(call), call.call_id)

    async def _digits(self, webhook: Webhook) -> Reply:
        form = self._form(webhook)
        call = inbound.read_call(form, self._switchboard)
        turn = await self._switchboard.turn(call, inbound.read_state(webhook), inbound.read_digits(form))
        return self._documents.write(turn, call.call_id)

    async def _progress(self, webhook: Webhook) -> Reply:
        form = self._form(webhook)
        if inbound.is_answered(form):
            await self._switchboard.ivr.connected(inbound.read_call_id(form, webhook))
        return DONE

    async def _done(self, webhook: Webhook) -> Reply:
        form = self._form(webhook)
        call_id = inbound.read_call_id(form, webhook)
        again = self._reach.again(webhook.queries())
        if again and inbound.is_failed(form):
            return self._documents.connect(*again, call_id, last=True)
        if inbound.is_connected(form):
            # The report that it was answered may have been lost.
            await self._switchboard.ivr.connected(call_id)
        await self._switchboard.ivr.ended(call_id, inbound.end_reason(form) or "hung up")
        return self._documents.hang_up()

    async def _status(self, webhook: Webhook) -> Reply:
        form = self._form(webhook)
        reason = inbound.end_reason(form)
        if reason is not None and "ParentCallSid" not in form:
            await self._switchboard.ivr.ended(inbound.read_call_id(form, webhook), reason)
        return DONE

    def _form(self, webhook: Webhook) -> inbound.Form:
        return dict(self._signatures.fields(webhook))


def connect(settings: Settings, switchboard: Switchboard) -> TwimlConnector:
    """Build the connector.

    Raises:
        ConnectorSettingsError: if the key is none of this provider's.
    """
    try:
        checked = signatures(switchboard.kind, settings, switchboard.clock)
    except SigningKeyError as error:
        raise ConnectorSettingsError(f"telephony.{switchboard.name}.signing_key", error.message) from error
    reach = Reach(switchboard, settings.sip_domain)
    documents = Documents(switchboard, settings, DIALECTS[switchboard.kind], reach)
    return TwimlConnector(switchboard, checked, documents, reach)
