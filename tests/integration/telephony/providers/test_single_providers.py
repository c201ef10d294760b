import json

import pytest

from tests.integration.telephony.providers import signing
from tests.integration.telephony.providers.conftest import CALLERS, EXTENSIONS, QUEUES, SALES, Site, provider_of
from tests.integration.telephony.providers.provider import Caller
from tests.integration.telephony.providers.spoken import ASK, CONNECTING, GENERAL, SILENCE, heard
from tests.integration.telephony.providers.twiml_caller import TwimlProvider
from warmcall.telephony.headers import token_of

FAMILY = pytest.mark.parametrize("kind", ["twilio", "signalwire", "telnyx"])


async def test_user_to_user_carries_the_same_token_at_twilio(site: Site) -> None:
    issued = await site.visitor()

    story = await provider_of("twilio", site).call(SALES, Caller(keys=(str(issued.access_code),)))

    headers = story.legs[0].headers
    assert set(headers) == {"X-Warmcall-Token", "User-to-User"}
    assert token_of(headers["User-to-User"]) == headers["X-Warmcall-Token"]


@pytest.mark.parametrize("kind", ["signalwire", "telnyx"])
async def test_where_only_own_headers_pass_only_those_are_sent(site: Site, kind: str) -> None:
    issued = await site.visitor()

    story = await provider_of(kind, site).call(SALES, Caller(keys=(str(issued.access_code),)))

    assert set(story.legs[0].headers) == {"X-Warmcall-Token"}


@FAMILY
async def test_a_call_over_sip_is_read_like_one_to_the_number(site: Site, kind: str) -> None:
    issued = await site.visitor()
    dialled = f"{SALES.removeprefix('+')}@sip.example.com" if kind == "telnyx" else f"sip:{SALES}@example.com"

    story = await provider_of(kind, site).call(
        dialled, Caller(number="ada@sip.example.com", keys=(str(issued.access_code),))
    )

    assert heard(story) == [ASK, CONNECTING]


@pytest.mark.parametrize(
    ("kind", "leg"),
    [
        ("twilio", ("Sip", "sip:1001@pbx.example.com")),
        ("signalwire", ("Number", "+12025550188")),
        ("plivo", ("Number", "+12025550188")),
        ("home", ("Sip", "sip:1001@pbx.example.com")),
    ],
)
async def test_an_extension_is_called_where_the_settings_say_or_else_the_fallback_is(
    site: Site, kind: str, leg: tuple[str, str]
) -> None:
    issued = await site.visitor("extensions")

    story = await provider_of(kind, site).call(EXTENSIONS, Caller(keys=(str(issued.access_code),)))

    assert [(each.kind, each.value) for each in story.legs] == [leg]


@pytest.mark.parametrize("kind", ["twilio", "signalwire", "telnyx", "jambonz"])
async def test_a_queue_is_entered_and_its_end_is_the_end_of_the_call(site: Site, kind: str) -> None:
    issued = await site.visitor("queues")

    story = await provider_of(kind, site).call(QUEUES, Caller(keys=(str(issued.access_code),)))

    assert [(leg.kind, leg.value) for leg in story.legs] == [("queue", "sales")]
    assert site.events[issued.id] == ["call_received", "matched", "connected", "ended"]


@pytest.mark.parametrize(("kind", "result"), [("twilio", "queue-full"), ("signalwire", "error"), ("jambonz", "error")])
async def test_a_queue_that_takes_nobody_sends_callers_to_the_fallback(site: Site, kind: str, result: str) -> None:
    issued = await site.visitor("queues")

    story = await provider_of(kind, site).call(QUEUES, Caller(keys=(str(issued.access_code),), queue=result))

    assert [(leg.kind, leg.value) for leg in story.legs] == [("queue", "sales"), ("Number", "+12025550188")]


@pytest.mark.parametrize("kind", ["twilio", "jambonz"])
async def test_who_leaves_a_queue_is_not_sent_on(site: Site, kind: str) -> None:
    issued = await site.visitor("queues")

    story = await provider_of(kind, site).call(QUEUES, Caller(keys=(str(issued.access_code),), queue="leave"))

    assert len(story.legs) == 1
    assert site.events[issued.id] == ["call_received", "matched", "ended"]


async def test_a_workflow_of_twilio_gets_the_token_with_its_task(site: Site) -> None:
    issued = await site.visitor("queues")

    story = await provider_of("flex", site).call(QUEUES, Caller(keys=(str(issued.access_code),)))

    workflow, _, task = story.legs[0].value.partition(" ")
    assert workflow == "WW" + 32 * "0"
    assert json.loads(task)["queue"] == "sales"
    assert (await site.context(json.loads(task)["X-Warmcall-Token"]))["id"] == issued.id


async def test_a_sip_fallback_gets_the_token_too(site: Site) -> None:
    issued = await site.visitor()
    provider = provider_of("flex", site)

    story = await provider.call(SALES, Caller(keys=(str(issued.access_code),), agent=("busy", "answers")))

    first, second = story.legs
    assert second.value == "sip:desk@pbx.example.com"
    assert provider.token(second) == provider.token(first) is not None


async def test_plivo_has_no_queues_so_the_call_goes_to_the_fallback(site: Site) -> None:
    issued = await site.visitor("queues")

    story = await provider_of("plivo", site).call(QUEUES, Caller(keys=(str(issued.access_code),)))

    assert [(leg.kind, leg.value) for leg in story.legs] == [("Number", "+12025550188")]


async def test_a_call_may_be_signed_with_a_shared_key(site: Site) -> None:
    issued = await site.visitor()
    provider = TwimlProvider(site.server, "twilio", signing.twilio_sha256)

    story = await provider.call(SALES, Caller(keys=(str(issued.access_code),)))

    assert heard(story) == [ASK, CONNECTING]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("twilio", {"StirVerstat": "TN-Validation-Passed-A", "CallerName": "ADA LTD"}),
        ("plivo", {"STIRAttestation": "A", "CallerName": "ADA LTD"}),
        ("jambonz", {"P-Attestation-Indicator": "A"}),
        ("jambonz", {"P-Asserted-Identity": "<sip:+12025550123;verstat=TN-Validation-Passed-A@example.com>"}),
    ],
)
async def test_an_attestation_and_a_name_are_kept_for_the_agent(site: Site, kind: str, said: dict[str, str]) -> None:
    issued = await site.visitor()
    provider = provider_of(kind, site)

    story = await provider.call(SALES, Caller(keys=(str(issued.access_code),)), **said)

    call = (await site.context(provider.token(story.legs[0])))["call"]
    assert call["callerName"] == said.get("CallerName")
    assert call["attestation"] == "A"


async def test_an_attestation_that_twilio_added_after_signing_is_not_kept(site: Site) -> None:
    issued = await site.visitor()
    provider = TwimlProvider(site.server, "twilio", signing.twilio_without("StirVerstat", "CallToken"))
    added = {"StirVerstat": "TN-Validation-Passed-A", "CallToken": "t"}

    story = await provider.call(SALES, Caller(keys=(str(issued.access_code),)), **added)

    found = await site.context(provider.token(story.legs[0]))
    assert found["call"]["attestation"] is None


async def test_queries_are_in_order_since_twilio_sorts_them_after_signing(site: Site) -> None:
    issued = await site.visitor()
    provider = provider_of("twilio", site)

    await provider.call(SALES, Caller(keys=(str(issued.access_code),), agent=("busy", "answers")))

    names = [[pair.partition("=")[0] for pair in sent.url.partition("?")[2].split("&")] for sent in provider.sent]
    assert names == [sorted(some) for some in names]
    assert max(map(len, names)) == 2


async def test_a_caller_who_asked_jambonz_not_to_be_known_stays_unknown(site: Site) -> None:
    provider = provider_of("jambonz", site)
    await site.visitor("callers", phonenumber="+12025550123")

    shown = await provider.call(CALLERS, Caller(keys=()))
    await site.visitor("callers", phonenumber="+12025550123")
    hidden = await provider.call(CALLERS, Caller(keys=("", "")), Privacy="id")

    assert heard(shown) == [CONNECTING]
    assert heard(hidden) == [ASK, SILENCE, GENERAL]


async def test_jambonz_may_be_told_by_a_password(site: Site) -> None:
    issued = await site.visitor()

    story = await provider_of("home", site).call(SALES, Caller(keys=(str(issued.access_code),)))

    assert heard(story) == [ASK, CONNECTING]
