"""What the doctor says about Kamailio."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address

from warmcall.telephony.findings import Finding, not_checked, ok, warning
from warmcall.telephony.kamailio.settings import Settings
from warmcall.telephony.redirect.checks import targets

_WITHIN_S = 1.0


def check(settings: Settings, base_url: str) -> Iterator[Finding]:
    """Look at the settings, and at each Kamailio on this machine."""
    for host, port in settings.addresses():
        yield _server(host, port)
    yield from targets(settings.pbx, settings.code_destination, settings.fallback_destination)


def _server(host: str, port: int) -> Finding:
    what = f"kamailio {host}:{port}"
    if not _is_here(host):
        return not_checked(
            what,
            "it is on another machine; its EVAPI has neither password nor encryption",
            "Let the two talk over a private network or a tunnel only.",
        )
    try:
        with socket.create_connection((host, port), timeout=_WITHIN_S):
            return ok(what, "something listens there")
    except OSError as error:
        return warning(
            what,
            f"cannot be connected to: {error.strerror or error}",
            "Start Kamailio with a configuration from examples/kamailio, or correct servers. Warmcall goes on trying.",
        )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
