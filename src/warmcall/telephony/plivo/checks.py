"""What the doctor says about Plivo."""

from collections.abc import Iterator

from warmcall.telephony.findings import Finding, not_checked, ok, secure, warning
from warmcall.telephony.plivo.settings import Settings


def check(settings: Settings, base_url: str) -> Iterator[Finding]:
    """Look at the settings."""
    yield secure("address", base_url)
    yield ok("signature", "requests are checked with the auth token")
    if settings.fallback_destination is None:
        yield warning(
            "fallback",
            "calls whose group cannot be found out are ended",
            f"Set fallback_destination in [telephony.{base_url.rpartition('/')[2]}], so that no caller is dropped.",
        )
    elif settings.fallback_destination.startswith("queue:"):
        yield warning("fallback", "Plivo has no queues", "Name a number or a SIP address as fallback_destination.")
    else:
        yield ok("fallback", "calls whose group cannot be found out, or that nobody answers, have somewhere to go")
    yield not_checked(
        "provider",
        f"whether the application at Plivo requests {base_url}/answer",
        f"Set {base_url}/answer as answer URL and {base_url}/hangup as hangup URL, both with POST; then call.",
    )
