"""What the doctor says about jambonz."""

from collections.abc import Iterator

from warmcall.telephony.findings import Finding, not_checked, ok, secure, warning
from warmcall.telephony.jambonz.settings import Settings


def check(settings: Settings, base_url: str) -> Iterator[Finding]:
    """Look at the settings."""
    yield secure("address", base_url)
    if settings.webhook_secret:
        yield ok("signature", "requests are checked with the webhook secret")
    else:
        yield warning(
            "signature",
            "requests are told apart by a password only, so a recorded one can be sent again",
            "Set webhook_secret, if your jambonz signs requests.",
        )
    if settings.fallback_destination is None:
        yield warning(
            "fallback",
            "calls whose group cannot be found out are ended",
            f"Set fallback_destination in [telephony.{base_url.rpartition('/')[2]}], so that no caller is dropped.",
        )
    else:
        yield ok("fallback", "calls whose group cannot be found out, or that nobody answers, have somewhere to go")
    yield not_checked(
        "provider",
        f"whether the application at jambonz requests {base_url}/call",
        f"Set {base_url}/call as calling webhook and {base_url}/status as call status webhook, both POST; then call.",
    )
