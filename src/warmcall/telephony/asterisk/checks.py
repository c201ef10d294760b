"""What the doctor says about the Asterisk connector."""

from collections.abc import Iterator
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import httpx

from warmcall.telephony.asterisk.settings import AriSettings, Settings
from warmcall.telephony.findings import Finding, failed, listening, not_checked, ok, warning

_ANSWER_S = 2.0


def check(settings: Settings, base_url: str) -> Iterator[Finding]:
    """Look at the settings, at the port, and at ARI if it is on this machine."""
    yield listening("fastagi", settings.host, settings.port)
    yield _exposure(settings)
    if settings.fallback_destination is None:
        yield not_checked("fallback", "calls whose group cannot be found out are left to the dialplan")
    if settings.sounds is None and settings.say is None:
        yield not_checked(
            "prompts",
            "recordings are read by Asterisk from Warmcall's own prompts folder; without one callers hear a beep",
            "Set telephony.asterisk.sounds if Asterisk has a copy of it elsewhere.",
        )
    if settings.ari is None:
        yield not_checked("call state", "connected and ended come from the hooks of the example dialplan only")
    else:
        yield _ari(settings.ari)


def _exposure(settings: Settings) -> Finding:
    wide = [peer for peer in settings.peers if ip_network(peer, strict=False).prefixlen == 0]
    if wide:
        return warning(
            "peers", "everybody may connect, and FastAGI has no passwords", "List your Asterisk's addresses in peers."
        )
    return ok("peers", f"only {', '.join(settings.peers)} may connect")


def _ari(ari: AriSettings) -> Finding:
    if find_spec("websockets") is None:
        return failed("ari", "the package websockets is not installed", 'pip install "warmcall[asterisk]"')
    if not _local(ari.url):
        return not_checked("ari", f"{ari.url} is not on this machine", "Look for 'following the events' in the log.")
    try:
        answer = httpx.get(
            f"{ari.url.rstrip('/')}/ari/asterisk/info",
            params={"only": "system"},
            auth=(ari.user, ari.password),
            timeout=_ANSWER_S,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        return failed("ari", f"{ari.url} does not answer: {error}", "Start Asterisk, with enabled=yes in http.conf.")
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return failed("ari", "Asterisk refuses user or password", "They must be as in ari.conf.")
    if answer.is_error:
        return failed("ari", f"Asterisk answers {answer.status_code}", "Set enabled=yes in ari.conf, load res_ari.")
    return ok("ari", f"Asterisk answers at {ari.url}")


def _local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
