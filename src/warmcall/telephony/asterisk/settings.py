"""What `[telephony.asterisk]` may hold."""

import re
from ipaddress import ip_network
from urllib.parse import urlsplit

import msgspec

from warmcall.telephony.connector import ConnectorSettings
from warmcall.telephony.listener import LOOPBACK

PORT = 4573
_APPLICATION = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_SOUNDS = re.compile(r"[A-Za-z0-9._/-]{1,200}")


class AriSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[telephony.asterisk.ari]`: follow calls by Asterisk's events, instead of by hooks in the dialplan.

    Attributes:
        url: Asterisk's HTTP server, such as `http://127.0.0.1:8088`; `/ari` is added.
        user: As in `ari.conf`.
        password: Of that user.
        application: The name under which to listen; of servers with the same name Asterisk keeps only the newest.
    """

    url: str
    user: str
    password: str
    application: str = "warmcall"

    def __post_init__(self) -> None:
        """Refuse what could not be connected to."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("url: expected Asterisk's HTTP server, such as http://127.0.0.1:8088")
        if not _APPLICATION.fullmatch(self.application):
            raise ValueError("application: expected up to 40 letters, digits and underscores")


class Settings(ConnectorSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to listen for FastAGI, and how to speak.

    Attributes:
        host: Address to listen on. FastAGI has no passwords: keep it where only your Asterisk can reach it.
        port: TCP port.
        peers: Addresses and networks that may connect.
        sounds: Where Asterisk has a copy of your prompts folder, absolute or below its `sounds`; `None`: it reads the
            same files as Warmcall.
        say: A dialplan application that speaks a text, such as `Festival`, for prompts without a recording.
        ari: How to follow calls by events; `None`: by the hooks of the dialplan only.
    """

    host: str = "127.0.0.1"
    port: int = PORT
    peers: tuple[str, ...] = LOOPBACK
    sounds: str | None = None
    say: str | None = None
    ari: AriSettings | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be used later, when a caller is on the line."""
        if not 0 <= self.port <= 65535:
            raise ValueError("port: expected a port from 1 to 65535, or 0 for any")
        for peer in self.peers:
            ip_network(peer, strict=False)
        if self.sounds is not None and not _SOUNDS.fullmatch(self.sounds):
            raise ValueError("sounds: expected a path of letters, digits, dots, dashes and slashes")
        if self.say is not None and not _APPLICATION.fullmatch(self.say):
            raise ValueError("say: expected the name of a dialplan application, such as Festival")
