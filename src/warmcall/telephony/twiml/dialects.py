"""In what the relatives of TwiML differ."""

from dataclasses import dataclass

from warmcall.calls.clock import Clock
from warmcall.telephony.twiml.settings import Settings
from warmcall.telephony.twiml.signatures import SignalwireSignatures, Signatures, TelnyxSignatures, TwilioSignatures


@dataclass(frozen=True, slots=True)
class Dialect:
    """One of them.

    Attributes:
        empty_result: `Gather` knows `actionOnEmptyResult`; others go on to the next verb when nothing was keyed in.
        user_to_user: `User-to-User` may stand among the headers of a SIP address; others take `X-` names only.
    """

    empty_result: bool
    user_to_user: bool


DIALECTS = {
    "twilio": Dialect(empty_result=True, user_to_user=True),
    "signalwire": Dialect(empty_result=True, user_to_user=False),
    "telnyx": Dialect(empty_result=False, user_to_user=False),
}


def signatures(kind: str, settings: Settings, clock: Clock) -> Signatures:
    """How requests of a provider are checked.

    Raises:
        SigningKeyError: if the key is none.
    """
    if kind == "telnyx":
        return TelnyxSignatures(settings.signing_key, clock)
    if kind == "signalwire":
        return SignalwireSignatures(settings.signing_key)
    return TwilioSignatures(settings.signing_key, settings.shared_keys)
