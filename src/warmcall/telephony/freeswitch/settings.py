"""What `[telephony.freeswitch]` may hold."""

import re
from collections.abc import Mapping
from ipaddress import ip_network

from warmcall.telephony.connector import ConnectorSettings
from warmcall.telephony.listener import LOOPBACK

PORT = 8084
PLACE = "{}"
_DIAL_STRING = re.compile(r"[A-Za-z0-9_./@:+*#{}$\-]{1,200}")
_SOUNDS = re.compile(r"[A-Za-z0-9._/-]{1,200}")
_VOICE = re.compile(r"[A-Za-z0-9_.-]{1,60}:[A-Za-z0-9_.-]{1,60}")


class Settings(ConnectorSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to listen for the event socket, how to dial, and how to speak.

    In each dial string `{}` is where the destination goes.

    Attributes:
        host: Address to listen on. Outbound event sockets have no passwords: keep it where only your FreeSWITCH can
            reach it.
        port: TCP port.
        peers: Addresses and networks that may connect.
        sip: Dials SIP URIs.
        number: Dials numbers, such as `sofia/gateway/carrier/{}`; `None`: numbers cannot be dialled.
        extension: Dials extensions.
        queue: Names queues to `mod_callcenter`.
        sounds: Where FreeSWITCH has a copy of your prompts folder; `None`: it reads the same files as Warmcall.
        voices: Speech engine and voice by language, such as `{ en = "flite:slt" }`, for prompts without a recording.
    """

    host: str = "127.0.0.1"
    port: int = PORT
    peers: tuple[str, ...] = LOOPBACK
    sip: str = "sofia/external/{}"
    number: str | None = None
    extension: str = "user/{}"
    queue: str = "{}@default"
    sounds: str | None = None
    voices: Mapping[str, str] = {}

    def __post_init__(self) -> None:
        """Refuse what could not be used later, when a caller is on the line."""
        if not 0 <= self.port <= 65535:
            raise ValueError("port: expected a port from 1 to 65535, or 0 for any")
        for peer in self.peers:
            ip_network(peer, strict=False)
        for name in ("sip", "number", "extension", "queue"):
            text = getattr(self, name)
            if text is not None and (text.count(PLACE) != 1 or not _DIAL_STRING.fullmatch(text)):
                raise ValueError(
                    f"{name}: expected a dial string with one {PLACE} in it, such as sofia/external/{PLACE}"
                )
        if self.sounds is not None and not _SOUNDS.fullmatch(self.sounds):
            raise ValueError("sounds: expected a path of letters, digits, dots, dashes and slashes")
        for voice in self.voices.values():
            if not _VOICE.fullmatch(voice):
                raise ValueError("voices: expected ENGINE:VOICE, such as flite:slt")
