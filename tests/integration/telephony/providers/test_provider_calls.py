from functools import partial

import pytest

from tests.integration.telephony.providers.conftest import NUMBERS, SALES, Site
from tests.integration.telephony.providers.provider import Agent, Caller, Provider
from tests.integration.telephony.providers.spoken import ASK, CONNECTING, GENERAL, SILENCE, SORRY, WRONG, heard
from warmcall.errors import WarmcallError


async def test_a_caller_with_the_right_code_reaches_the_agent_with_the_token(site: Site, provider: Provider) -> None:
    issued = await site.visitor()

    story = await provider.call(SALES, Caller(keys=(f"{issued.access_code}#",)))

    assert heard(story) == [ASK, CONNECTING]
    assert [(leg.kind, leg.value) for leg in story.legs] == [("Sip", "sip:sales@pbx.example.com")]
    token = provider.token(story.legs[0])
    assert (await site.context(token))["context"]["fields"] == {"firstname": "Ada"}
    assert site.events[issued.id] == ["call_received", "matched", "connected", "ended"]
    assert site.refused(provider.kind) == {}


async def test_a_call_is_connected_when_the_agent_answers_and_ended_when_it_is_over(
    site: Site, provider: Provider
) -> None:
    issued = await site.visitor()
    talk = partial(site.clock.advance, seconds=42)

    story = await provider.call(SALES, Caller(keys=(str(issued.access_code),), talk=talk))

    found = await site.context(provider.token(story.legs[0]))
    assert (found["connectedAt"], found["endedAt"]) == ("2026-11-23T12:00:00.000Z", "2026-11-23T12:00:42.000Z")


async def test_a_wrong_code_may_be_corrected(site: Site, provider: Provider) -> None:
    issued = await site.visitor()

    story = await provider.call(SALES, Caller(keys=(WRONG, str(issued.access_code))))

    assert heard(story) == [ASK, SORRY, CONNECTING]
    assert site.events[issued.id] == ["call_received", "code_refused", "matched", "connected", "ended"]


async def test_three_wrong_codes_lead_to_the_general_line_without_a_token(site: Site, provider: Provider) -> None:
    issued = await site.visitor()

    story = await provider.call(SALES, Caller(keys=(WRONG, "111111", "222222")))

    assert heard(story) == [ASK, SORRY, SORRY, GENERAL]
    assert [(leg.value, leg.headers) for leg in story.legs] == [("sip:desk@pbx.example.com", {})]
    assert "matched" not in site.events[issued.id]


async def test_silence_is_asked_once_more_and_then_put_through(site: Site, provider: Provider) -> None:
    story = await provider.call(SALES, Caller(keys=("", "")))

    assert heard(story) == [ASK, SILENCE, GENERAL]
    assert [leg.value for leg in story.legs] == ["sip:desk@pbx.example.com"]


async def test_after_a_silence_the_code_still_counts(site: Site, provider: Provider) -> None:
    issued = await site.visitor()

    story = await provider.call(SALES, Caller(keys=("", str(issued.access_code))))

    assert heard(story) == [ASK, SILENCE, CONNECTING]


async def test_keys_that_are_no_digits_count_as_silence(site: Site, provider: Provider) -> None:
    story = await provider.call(SALES, Caller(keys=("**", "*")))

    assert heard(story) == [ASK, SILENCE, GENERAL]


async def test_a_caller_who_hangs_up_while_asked_leaves_the_request_waiting(site: Site, provider: Provider) -> None:
    issued = await site.visitor()

    story = await provider.call(SALES, Caller(keys=()))
    second = await provider.call(SALES, Caller(keys=(str(issued.access_code),)))

    assert story.ended == "caller"
    assert heard(second) == [ASK, CONNECTING]


async def test_every_request_may_come_twice(site: Site, provider: Provider) -> None:
    issued = await site.visitor()

    story = await provider.call(SALES, Caller(keys=(WRONG, str(issued.access_code)), times=2))

    assert heard(story) == [ASK, SORRY, CONNECTING]
    assert site.events[issued.id] == ["call_received", "code_refused", "matched", "connected", "ended"]


async def test_digits_that_come_once_more_after_the_call_change_nothing(site: Site, provider: Provider) -> None:
    issued = await site.visitor()
    await provider.call(SALES, Caller(keys=(WRONG, str(issued.access_code))))
    first, second = (sent for sent in provider.sent if sent.name == "digits")

    late = [await provider.again(sent) for sent in (first, second)]

    assert late[1].content == second.answer.content
    assert {answer.status_code for answer in late} == {200}
    assert site.events[issued.id] == ["call_received", "code_refused", "matched", "connected", "ended"]


async def test_lost_reports_do_not_keep_a_call_from_being_connected_and_ended(site: Site, provider: Provider) -> None:
    issued = await site.visitor()

    await provider.call(SALES, Caller(keys=(str(issued.access_code),), lose=frozenset(provider.reports)))

    assert site.events[issued.id] == ["call_received", "matched", "connected", "ended"]


async def test_late_reports_do_not_reopen_a_call(site: Site, provider: Provider) -> None:
    issued = await site.visitor()
    await provider.call(SALES, Caller(keys=(str(issued.access_code),)))

    for report in [sent for sent in provider.sent if sent.name in provider.reports]:
        assert (await provider.again(report)).status_code == 200

    assert site.events[issued.id] == ["call_received", "matched", "connected", "ended"]


@pytest.mark.parametrize("agent", ["busy", "no-answer"])
async def test_a_call_nobody_answers_goes_to_the_fallback(site: Site, provider: Provider, agent: Agent) -> None:
    issued = await site.visitor()
    caller = Caller(keys=(str(issued.access_code),), agent=(agent, "answers"))

    story = await provider.call(SALES, caller)

    assert heard(story) == [ASK, CONNECTING, GENERAL]
    assert [(leg.kind, leg.value) for leg in story.legs] == [
        ("Sip", "sip:sales@pbx.example.com"),
        ("Number", "+12025550188"),
    ]
    assert provider.token(story.legs[0]) is not None
    assert site.events[issued.id] == ["call_received", "matched", "connected", "ended"]


async def test_a_caller_who_hangs_up_while_it_rings_is_not_sent_on(site: Site, provider: Provider) -> None:
    issued = await site.visitor()

    story = await provider.call(SALES, Caller(keys=(str(issued.access_code),), agent=("caller leaves",)))

    assert len(story.legs) == 1
    assert site.events[issued.id] == ["call_received", "matched", "ended"]


async def test_a_call_nobody_answers_anywhere_ends(site: Site, provider: Provider) -> None:
    issued = await site.visitor()

    story = await provider.call(SALES, Caller(keys=(str(issued.access_code),), agent=("busy", "busy")))

    assert len(story.legs) == 2
    assert story.ended == "us"
    assert site.events[issued.id] == ["call_received", "matched", "ended"]


async def test_a_number_nobody_has_is_told_so(site: Site, provider: Provider) -> None:
    story = await provider.call("+12025550999", Caller())

    assert story.heard == ["This number is not in use here. Goodbye."]
    assert story.legs == []


async def test_a_withheld_caller_is_let_in_by_the_code(site: Site, provider: Provider) -> None:
    issued = await site.visitor()

    story = await provider.call(SALES, Caller(number="anonymous", keys=(str(issued.access_code),)))

    assert heard(story) == [ASK, CONNECTING]


async def test_a_number_is_dialled_as_a_number(site: Site, provider: Provider) -> None:
    issued = await site.visitor("numbers")

    story = await provider.call(NUMBERS, Caller(keys=(str(issued.access_code),)))

    assert [(leg.kind, leg.value) for leg in story.legs] == [("Number", "+12025550177")]


async def test_a_caller_hears_the_language_of_the_page(site: Site, provider: Provider) -> None:
    issued = await site.server.bus.command(
        "CallRequests.create",
        {"site": "shop", "group": "sales", "fields": {}, "page": {"url": "", "title": "", "language": "de"}},
    )

    story = await provider.call(SALES, Caller(keys=(str(issued.access_code),)))

    assert story.languages == ["en-US", "de-DE"]


async def test_while_the_store_is_down_callers_reach_the_fallback(
    site: Site, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(work: object) -> None:
        raise WarmcallError("the store is down")

    monkeypatch.setattr(site.server.store, "transact", down)

    story = await provider.call(SALES, Caller())

    assert heard(story) == [GENERAL]
    assert [leg.value for leg in story.legs] == ["+12025550188"]
