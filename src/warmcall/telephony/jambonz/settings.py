"""What `[telephony.jambonz]` may hold."""

from typing import Annotated

from msgspec import Meta

from warmcall.telephony.connector import ConnectorSettings

_Secret = Annotated[str, Meta(min_length=8)]


class Settings(ConnectorSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account. Either `webhook_secret`, or `username` and `password`, or all three: then all are asked for.

    Attributes:
        webhook_secret: With which jambonz signs requests.
        username: Of the HTTP basic authentication jambonz uses.
        password: The same.
        sip_domain: Where extensions are: `1001` is called as `sip:1001@SIP_DOMAIN`. `None`: they cannot be called.
        caller_id: Whose number the agent's phone shows; `None`: the caller's.
        trunk: The carrier by which numbers are called; `None`: jambonz chooses.
        answer_timeout_s: How long the destination rings.
    """

    webhook_secret: _Secret | None = None
    username: Annotated[str, Meta(pattern="^[^:]+$")] | None = None
    password: _Secret | None = None
    sip_domain: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]{1,200}(:[0-9]{1,5})?$")] | None = None
    caller_id: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{5,14}$")] | None = None
    trunk: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    answer_timeout_s: Annotated[int, Meta(ge=5, le=120)] = 30

    def __post_init__(self) -> None:
        """Refuse settings that would let anybody in."""
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if self.webhook_secret is None and self.password is None:
            raise ValueError("expected webhook_secret, or username and password: one must tell jambonz from others")
