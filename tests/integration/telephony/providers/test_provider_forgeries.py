import logging

import pytest

from tests.integration.telephony.providers import signing
from tests.integration.telephony.providers.conftest import KINDS, SALES, Site, provider_of
from tests.integration.telephony.providers.jambonz_caller import JambonzProvider
from tests.integration.telephony.providers.provider import Caller, Provider
from tests.integration.telephony.providers.spoken import ASK, GENERAL, SILENCE, WRONG, heard
from tests.integration.telephony.providers.twiml_caller import TwimlProvider


async def test_a_forged_request_is_refused_logged_and_counted(
    site: Site, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    issued = await site.visitor()
    await provider.call(SALES, Caller(keys=(str(issued.access_code),)))
    requests = list(provider.sent)

    with caplog.at_level(logging.WARNING, "warmcall.telephony"):
        for sent in requests:
            forged = {name: value[:-6] + "AAAAA=" for name, value in sent.headers.items() if "signature" in name}
            answer = (await provider.post(sent.url, sent.body, {**sent.headers, **forged})).answer
            assert answer.status_code == 403

    assert site.refused(provider.kind) == {"signature": len(requests)}
    assert [record.message for record in caplog.records] == ["refused"] * len(requests)
    assert signing.TOKEN not in caplog.text


@pytest.mark.parametrize("kind", [*KINDS, "home"])
async def test_an_unsigned_request_is_refused(site: Site, kind: str) -> None:
    provider = provider_of(kind, site)

    answer = (await provider.post(f"{provider.base_url}/{provider.first}", b"{}", {})).answer

    assert answer.status_code == 401
    assert site.refused(kind) == {"unsigned": 1}


async def test_a_body_that_was_changed_after_signing_is_refused(site: Site, provider: Provider) -> None:
    await provider.call(SALES, Caller())
    first = provider.sent[0]

    answer = (await provider.post(first.url, first.body.replace(b"550123", b"550124"), first.headers)).answer

    assert answer.status_code == 403
    assert site.refused(provider.kind) == {"signature": 1}


async def test_digits_of_one_call_do_not_open_another(site: Site, provider: Provider) -> None:
    await provider.call(SALES, Caller(keys=(WRONG,)))
    digits = next(sent for sent in provider.sent if sent.name == "digits")

    answer = (await provider.post(digits.url, digits.body.replace(b"CA0", b"CA1"))).answer

    assert answer.status_code == 403
    assert site.refused(provider.kind) == {"state_foreign": 1}


async def test_a_state_that_was_tampered_with_is_refused(site: Site, provider: Provider) -> None:
    await provider.call(SALES, Caller(keys=(WRONG,)))
    digits = next(sent for sent in provider.sent if sent.name == "digits")
    url = digits.url[:-4] + ("AAAA" if digits.url[-4:] != "AAAA" else "BBBB")

    answer = (await provider.post(url, digits.body)).answer

    assert answer.status_code == 403
    assert site.refused(provider.kind) == {"state_forged": 1}


async def test_a_recorded_call_that_is_replayed_later_opens_nothing(site: Site, provider: Provider) -> None:
    issued = await site.visitor()
    await provider.call(SALES, Caller(keys=(str(issued.access_code),)))
    digits = next(sent for sent in provider.sent if sent.name == "digits")
    site.clock.advance(seconds=601)

    answer = await provider.again(digits)

    assert answer.status_code == 403
    assert site.refused(provider.kind) == {"stale" if provider.kind in ("telnyx", "jambonz") else "state_expired": 1}


async def test_digits_without_the_state_are_refused(site: Site, provider: Provider) -> None:
    await provider.call(SALES, Caller(keys=(WRONG,)))
    digits = next(sent for sent in provider.sent if sent.name == "digits")

    answer = (await provider.post(digits.url.partition("?")[0], digits.body)).answer

    assert answer.status_code == 400
    assert site.refused(provider.kind) == {"malformed": 1}


async def test_a_request_that_names_no_call_is_refused(site: Site, provider: Provider) -> None:
    for path in (provider.first, "done"):
        answer = (await provider.post(f"{provider.base_url}/{path}", b"{}")).answer
        assert answer.status_code == 400

    assert site.refused(provider.kind) == {"malformed": 2}


async def test_a_token_that_is_none_is_refused(site: Site, provider: Provider) -> None:
    issued = await site.visitor()
    await provider.call(SALES, Caller(keys=(str(issued.access_code),), agent=("busy", "busy")))
    done = next(sent for sent in provider.sent if sent.name == "done")

    answer = (await provider.post(done.url.partition("token=")[0] + "token=%0d%0aX-Evil", done.body)).answer

    assert answer.status_code == 400
    assert site.refused(provider.kind) == {"malformed": 1}


def dated(kind: str, site: Site, off_s: int) -> Provider:
    if kind == "telnyx":
        return TwimlProvider(site.server, "telnyx", signing.telnyx(site.clock, off_s))
    return JambonzProvider(site.server, "jambonz", signing.jambonz(site.clock, off_s))


@pytest.mark.parametrize("kind", ["telnyx", "jambonz"])
@pytest.mark.parametrize("off_s", [-301, 301])
async def test_requests_are_refused_while_a_clock_is_wrong(site: Site, kind: str, off_s: int) -> None:
    provider = dated(kind, site, off_s)

    answer = (await provider.post(f"{provider.base_url}/{provider.first}", b"{}")).answer

    assert answer.status_code == 403
    assert b"NTP" in answer.content
    assert site.refused(kind) == {"stale": 1}


@pytest.mark.parametrize("kind", ["telnyx", "jambonz"])
@pytest.mark.parametrize("off_s", [-300, 300])
async def test_requests_are_heard_up_to_the_tolerance(site: Site, kind: str, off_s: int) -> None:
    story = await dated(kind, site, off_s).call(SALES, Caller(keys=("", "")))

    assert heard(story) == [ASK, SILENCE, GENERAL]


async def test_a_wrong_password_is_refused(site: Site) -> None:
    provider = JambonzProvider(site.server, "home", lambda url, body: {"authorization": "Basic amFtYm9uejpndWVzcw=="})

    answer = (await provider.post(f"{provider.base_url}/call", b"{}")).answer

    assert answer.status_code == 403
    assert site.refused("home") == {"signature": 1}
