"""What the doctor says about the FreeSWITCH connector."""

from collections.abc import Iterator
from ipaddress import ip_network

from warmcall.telephony.findings import Finding, listening, not_checked, ok, warning
from warmcall.telephony.freeswitch.settings import Settings


def check(settings: Settings, base_url: str) -> Iterator[Finding]:
    """Look at the settings and at the port."""
    yield listening("event socket", settings.host, settings.port)
    yield _exposure(settings)
    if settings.number is None:
        yield warning(
            "numbers",
            "destinations that are phone numbers cannot be dialled",
            'Set telephony.freeswitch.number, such as "sofia/gateway/carrier/{}", if you have any.',
        )
    else:
        yield ok("numbers", f"numbers are dialled as {settings.number}")
    if settings.sounds is None and not settings.voices:
        yield not_checked(
            "prompts",
            "recordings are read by FreeSWITCH from Warmcall's own prompts folder; without one callers hear a tone",
            "Set telephony.freeswitch.sounds if FreeSWITCH has a copy of it elsewhere, or voices.",
        )


def _exposure(settings: Settings) -> Finding:
    wide = [peer for peer in settings.peers if ip_network(peer, strict=False).prefixlen == 0]
    if wide:
        return warning(
            "peers", "everybody may connect, and there are no passwords", "List your FreeSWITCH's addresses in peers."
        )
    return ok("peers", f"only {', '.join(settings.peers)} may connect")
