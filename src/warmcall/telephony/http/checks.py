"""What the doctor says about the route API."""

from collections.abc import Iterator

from warmcall.telephony.findings import Finding, ok, secure, warning
from warmcall.telephony.http.settings import Settings


def check(settings: Settings, base_url: str) -> Iterator[Finding]:
    """Look at the settings."""
    # It is asked at an address of its own, not at that of a connector's webhooks.
    yield secure("address", f"{base_url.partition('/telephony/')[0]}/v1/route")
    if settings.fallback_destination is None:
        yield warning(
            "fallback",
            "calls whose group cannot be found out are ended",
            "Set fallback_destination in [telephony.http], so that no caller is dropped.",
        )
    else:
        yield ok("fallback", "calls whose group cannot be found out have somewhere to go")
