"""What `[telephony.plivo]` may hold."""

from typing import Annotated

from msgspec import Meta

from warmcall.telephony.connector import ConnectorSettings


class Settings(ConnectorSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account.

    Attributes:
        auth_token: Of the account or subaccount that has the numbers.
        sip_domain: Where extensions are: `1001` is called as `sip:1001@SIP_DOMAIN`. `None`: they cannot be called.
        caller_id: Whose number the agent's phone shows; `None`: the caller's.
        answer_timeout_s: How long the destination rings.
    """

    auth_token: Annotated[str, Meta(min_length=8)]
    sip_domain: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]{1,200}(:[0-9]{1,5})?$")] | None = None
    caller_id: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{5,14}$")] | None = None
    answer_timeout_s: Annotated[int, Meta(ge=5, le=120)] = 30
