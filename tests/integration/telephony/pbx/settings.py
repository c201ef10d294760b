from warmcall.telephony.connector import ConnectorSettings


class Settings(ConnectorSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    secret: str
    breaks: bool = False
