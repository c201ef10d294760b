import hmac

from tests.integration.telephony.pbx.settings import Settings
from warmcall.telephony.connector import Switchboard, Webhook
from warmcall.telephony.ivr import InboundCall
from warmcall.telephony.refusals import Refusal, RefusedError


def authenticate(webhook: Webhook, settings: Settings) -> None:
    signed = settings.secret.encode() + webhook.url.encode() + webhook.body
    expected = hmac.new(settings.secret.encode(), signed, "sha256").hexdigest()
    if not hmac.compare_digest(expected, webhook.headers.get("x-signature", "")):
        raise RefusedError(Refusal.SIGNATURE, "set secret to the one of the PBX")


def read_call(webhook: Webhook, switchboard: Switchboard) -> InboundCall:
    form = dict(webhook.form())
    return switchboard.call(form.get("id", ""), form.get("to", ""), form.get("from"))
