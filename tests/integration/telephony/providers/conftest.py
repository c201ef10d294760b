from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.integration.telephony.providers import signing
from tests.integration.telephony.providers.jambonz_caller import JambonzProvider
from tests.integration.telephony.providers.plivo_caller import PlivoProvider
from tests.integration.telephony.providers.provider import Provider, Sign
from tests.integration.telephony.providers.twiml_caller import TwimlProvider
from warmcall.bus.events import Event
from warmcall.calls.answers import Issued
from warmcall.testing import FakeClock, RunningServer, running

SALES = "+12025550100"
NUMBERS = "+12025550140"
QUEUES = "+12025550120"
EXTENSIONS = "+12025550130"
CALLERS = "+12025550150"
CONFIG = f"""
[[site]]
id = "shop"
origins = ["https://www.example.com"]
limits = {{ per_address_per_min = 1000, per_caller_per_hour = 1000, wrong_codes_per_caller_per_hour = 1000 }}

[[site.group]]
name = "sales"
numbers = ["{SALES}"]
access_code = {{ digits = 6 }}
match_by = ["code"]
destination = "sip:sales@pbx.example.com"
fallback_destination = "sip:desk@pbx.example.com"

[[site.group]]
name = "numbers"
numbers = ["{NUMBERS}"]
match_by = ["code"]
destination = "+12025550177"

[[site.group]]
name = "queues"
numbers = ["{QUEUES}"]
match_by = ["code"]
destination = "queue:sales"

[[site.group]]
name = "extensions"
numbers = ["{EXTENSIONS}"]
match_by = ["code"]
destination = "1001"

[[site.group]]
name = "callers"
numbers = ["{CALLERS}"]
match_by = ["caller", "code"]
destination = "sip:callers@pbx.example.com"

[telephony.twilio]
signing_key = "{signing.TOKEN}"
shared_keys = {{ {signing.SHARED_KEY[0]} = "{signing.SHARED_KEY[1]}" }}
sip_domain = "pbx.example.com"
fallback_destination = "+12025550188"
caller_id = "+12025550166"

[telephony.flex]
kind = "twilio"
signing_key = "{signing.TOKEN}"
workflow = "WW{32 * "0"}"
fallback_destination = "sip:desk@pbx.example.com"

[telephony.signalwire]
signing_key = "{signing.TOKEN}"
fallback_destination = "+12025550188"

[telephony.telnyx]
signing_key = "{signing.TELNYX_KEY}"
fallback_destination = "+12025550188"

[telephony.plivo]
auth_token = "{signing.TOKEN}"
caller_id = "+12025550166"
fallback_destination = "+12025550188"

[telephony.jambonz]
webhook_secret = "{signing.TOKEN}"
fallback_destination = "+12025550188"

[telephony.home]
kind = "jambonz"
username = "jambonz"
password = "{signing.TOKEN}"
caller_id = "+12025550166"
trunk = "carrier"
sip_domain = "pbx.example.com"
fallback_destination = "+12025550188"
"""


@dataclass
class Site:
    """A server, and what happened on it.

    Attributes:
        events: What became of each request, by its id.
    """

    server: RunningServer
    clock: FakeClock
    events: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    async def visitor(self, group: str = "sales", **fields: Any) -> Issued:
        """Somebody fills in the panel."""
        issued = await self.server.bus.command(
            "CallRequests.create",
            {"site": "shop", "group": group, "fields": {"firstname": "Ada", **fields}, "userData": {"cart": "42"}},
        )
        assert isinstance(issued, Issued)
        return issued

    async def context(self, token: str | None) -> Any:
        """What an agent's side reads by a token."""
        headers = {"authorization": f"Bearer {await self.server.new_key('read')}"}
        answer = await self.server.http.get(f"/v1/context/{token}", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, connector: str) -> dict[str, int]:
        """How often the connector turned something away, by reason."""
        counts = self.server.warmcall.connectors.refusals.counts
        return {kind.value: count for (name, kind), count in counts.items() if name == connector}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


KINDS = ("twilio", "signalwire", "telnyx", "plivo", "jambonz")


def provider_of(kind: str, site: Site) -> Provider:
    """The double of a provider."""
    match kind:
        case "plivo":
            return PlivoProvider(site.server, kind, signing.plivo)
        case "jambonz":
            return JambonzProvider(site.server, kind, signing.jambonz(site.clock))
        case "home":
            return JambonzProvider(site.server, kind, signing.basic)
        case _:
            signs: dict[str, Sign] = {
                "twilio": signing.twilio,
                "flex": signing.twilio,
                "signalwire": signing.signalwire,
            }
            return TwimlProvider(site.server, kind, signs.get(kind) or signing.telnyx(site.clock))


@pytest.fixture(params=KINDS)
def provider(request: pytest.FixtureRequest, site: Site) -> Provider:
    return provider_of(request.param, site)


@pytest.fixture
async def site(clock: FakeClock) -> AsyncIterator[Site]:
    async with running(CONFIG, clock=clock) as server:
        site = Site(server, clock)
        for event in ("call_received", "code_refused", "matched", "connected", "ended"):

            def keep(e: Event, event: str = event) -> None:
                site.events[e.data["id"]].append(event)

            server.bus.subscribe(f"CallRequests.{event}", keep)
        yield site
