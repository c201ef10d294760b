from pathlib import Path
from typing import Any

import pytest

from tests import oracles
from tests.integration.telephony.providers.conftest import EXTENSIONS, NUMBERS, QUEUES, SALES, Site, provider_of
from tests.integration.telephony.providers.provider import Caller, Provider

HERE = Path(__file__).parent

# Making an environment takes longer than a test should, once.
pytestmark = pytest.mark.timeout(600)


async def answers(site: Site, *providers: Provider) -> list[Any]:
    """Every kind of answer that callers get."""
    for provider in providers:
        for group, number in (("sales", SALES), ("numbers", NUMBERS), ("queues", QUEUES), ("extensions", EXTENSIONS)):
            issued = await site.visitor(group)
            keys = ("", "999999", str(issued.access_code))
            await provider.call(number, Caller(keys=keys, agent=("busy", "answers")))
        await provider.call("+12025550999", Caller())
    return [
        sent.answer.json() if "json" in sent.answer.headers["content-type"] else sent.answer.text
        for provider in providers
        for sent in provider.sent
        if sent.name not in provider.reports
    ]


async def test_twilios_code_knows_every_attribute_of_our_twiml(site: Site) -> None:
    documents = await answers(site, provider_of("twilio", site), provider_of("flex", site))

    found = oracles.ask("twilio", HERE / "oracle_twilio.py", [*documents, '<Response><Say tone="x"/></Response>'])

    assert found == [[]] * len(documents) + [["Say.tone"]]
    assert {"<Sip", "<Number", "<Gather", "<Enqueue", "<Task", "<Hangup"} <= set(beginnings(documents))


async def test_plivos_code_knows_every_attribute_of_our_xml(site: Site) -> None:
    documents = await answers(site, provider_of("plivo", site))

    found = oracles.ask("plivo", HERE / "oracle_plivo.py", [*documents, '<Response><Speak tone="x"/></Response>'])

    assert found == [[]] * len(documents) + [["Speak.tone"]]
    assert {"<User", "<Number", "<GetDigits", "<Redirect", "<Hangup"} <= set(beginnings(documents))


async def test_jambonzs_specifications_allow_every_verb_of_ours(site: Site) -> None:
    lists = await answers(site, provider_of("jambonz", site), provider_of("home", site))

    found = oracles.ask("jambonz", HERE / "oracle_jambonz.cjs", [*lists, [{"verb": "say", "tone": "x"}]])

    assert found[:-1] == [[]] * len(lists)
    assert len(found[-1]) == 1
    assert {verb["verb"] for verbs in lists for verb in verbs} == {"gather", "say", "dial", "enqueue", "hangup"}


def beginnings(documents: list[str]) -> list[str]:
    return [part.partition(" ")[0].partition(">")[0].strip("/") for text in documents for part in split(text)]


def split(text: str) -> list[str]:
    return [f"<{part}" for part in text.split("<")]
