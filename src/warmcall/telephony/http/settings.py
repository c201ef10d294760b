"""What `[telephony.http]` may hold."""

from warmcall.telephony.connector import ConnectorSettings


class Settings(ConnectorSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing of its own: the route API is always there, and API keys are made with `warmcall keys new`."""
