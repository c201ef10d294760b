"""What the doctor says about the SIP redirect server."""

import socket
from collections.abc import Iterator

from warmcall.telephony.findings import Finding, listening, not_checked, ok, warning
from warmcall.telephony.redirect.settings import Settings


def check(settings: Settings, base_url: str) -> Iterator[Finding]:
    """Look at the settings and at the port."""
    yield listening("port", settings.host, settings.port, socket.SOCK_DGRAM)
    yield _peers(settings)
    yield from targets(settings.pbx, settings.code_destination, settings.fallback_destination)
    yield not_checked(
        "followed",
        "whether your trunk, PBX or proxy follows a redirect is its own setting",
        "docs/howto/connect-sip-redirect.md says how to try it.",
    )


def targets(pbx: str | None, code_destination: str | None, fallback_destination: str | None) -> Iterator[Finding]:
    """Whether every call has somewhere to go."""
    if pbx is None:
        yield warning(
            "pbx",
            "only SIP URIs can be destinations",
            "Set pbx to the host on which your queues, extensions and numbers are dialled.",
        )
    else:
        yield ok("pbx", f"queues, extensions and numbers are dialled on {pbx}")
    if code_destination is None:
        yield warning(
            "code",
            "a caller who needs a code is not asked for it and goes to the general line",
            "Set code_destination to something that asks for codes, such as an Asterisk connected to Warmcall.",
        )
    else:
        yield ok("code", f"a caller who needs a code goes to {code_destination}")
    if fallback_destination is None:
        yield warning(
            "fallback",
            "calls whose group cannot be found out are turned away",
            "Set fallback_destination, so that no caller is dropped.",
        )
    else:
        yield ok("fallback", "calls whose group cannot be found out have somewhere to go")


def _peers(settings: Settings) -> Finding:
    if any(network.prefixlen == 0 for network in settings.networks()):
        return warning(
            "peers",
            "everybody is answered; anyone can find out which numbers are yours and where their calls go",
            "List the addresses of your trunk, PBX or proxy in peers.",
        )
    if all(network.is_loopback for network in settings.networks()):
        return warning(
            "peers",
            "only this machine is answered",
            "Fine if your PBX or proxy is on it; otherwise list its address in peers.",
        )
    return ok("peers", f"{', '.join(settings.peers)} are answered")
