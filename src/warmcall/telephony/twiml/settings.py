"""What `[telephony.twilio]`, `[telephony.signalwire]` and `[telephony.telnyx]` may hold."""

from typing import Annotated

from msgspec import Meta

from warmcall.telephony.connector import ConnectorSettings

SipDomain = Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]{1,200}(:[0-9]{1,5})?$")]
E164 = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{5,14}$")]


class Settings(ConnectorSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account at one of the three.

    Attributes:
        signing_key: What its requests are checked with: Twilio's auth token, SignalWire's signing key, or Telnyx's
            public key.
        shared_keys: Of Twilio only: the secrets of shared keys by their ids, if webhooks are signed with those.
        sip_domain: Where extensions are: `1001` is called as `sip:1001@SIP_DOMAIN`. `None`: they cannot be called.
        caller_id: Whose number the agent's phone shows; `None`: the provider shows the caller's.
        workflow: Of Twilio only: the TaskRouter workflow (`WW…`) that queues go through, so that the context's token
            travels with the task. `None`: plain queues.
        answer_timeout_s: How long the destination rings.
    """

    signing_key: Annotated[str, Meta(min_length=8)]
    shared_keys: dict[str, Annotated[str, Meta(min_length=8)]] = {}  # noqa: RUF012 - msgspec copies it
    sip_domain: SipDomain | None = None
    caller_id: E164 | None = None
    workflow: Annotated[str, Meta(pattern="^WW[0-9a-f]{32}$")] | None = None
    answer_timeout_s: Annotated[int, Meta(ge=5, le=120)] = 30
