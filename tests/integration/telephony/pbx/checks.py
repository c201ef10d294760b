from collections.abc import Iterator

from tests.integration.telephony.pbx.settings import Settings
from warmcall.telephony.findings import Finding, failed, ok


def check(settings: Settings, base_url: str) -> Iterator[Finding]:
    if settings.breaks:
        yield failed("settings", "it breaks", "Set breaks = false.")
    else:
        yield ok("address", f"{base_url}/voice")
