"""What the doctor says about Twilio, SignalWire and Telnyx."""

from collections.abc import Iterator

from warmcall.calls.clock import SystemClock
from warmcall.telephony.findings import Finding, failed, not_checked, ok, secure, warning
from warmcall.telephony.twiml.dialects import signatures
from warmcall.telephony.twiml.settings import Settings
from warmcall.telephony.twiml.signatures import SigningKeyError


def check(settings: Settings, base_url: str) -> Iterator[Finding]:
    """Look at the settings."""
    kind = settings.kind or base_url.rpartition("/")[2]
    yield secure("address", base_url)
    yield _key(kind, settings)
    if settings.workflow and kind != "twilio":
        yield warning("workflow", f"{kind} has no workflows", "Remove workflow; queues are used as they are.")
    if settings.shared_keys and kind != "twilio":
        yield warning("shared keys", f"{kind} does not sign with shared keys", "Remove shared_keys.")
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
        f"whether the number at the provider requests {base_url}/voice",
        f"Set {base_url}/voice for incoming calls and {base_url}/status for status changes, both with POST; then call.",
    )


def _key(kind: str, settings: Settings) -> Finding:
    try:
        signatures(kind, settings, SystemClock())
    except SigningKeyError as error:
        return failed("signature", error.message, "Copy the public key from the portal, or install what is missing.")
    return ok("signature", "requests are checked with the signing key")
