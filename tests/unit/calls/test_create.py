import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.calls.conftest import NOW_MS, NUMBERS, Desk
from warmcall.calls.directory import Limits
from warmcall.calls.errors import (
    CapacityReachedError,
    GroupUnknownError,
    InvalidFieldError,
    NoAccessNumberError,
    NumberInvalidError,
    NumberNotAllowedError,
    OutsideHoursError,
    SiteUnknownError,
    TooManyRequestsError,
    UserDataTooLargeError,
)
from warmcall.calls.hours import parse_hours

OpenDesk = Callable[..., Desk]


async def test_a_visitor_gets_a_number_a_code_and_a_time(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask()
    assert issued.access_number in NUMBERS
    assert issued.access_code is not None
    assert len(issued.access_code) == 6
    assert issued.tel_url == f"tel:{issued.access_number},,{issued.access_code}%23"
    assert (issued.expires_in_s, issued.expires_at) == (600, "2026-05-28T20:36:40.000Z")
    assert desk.tokens.check_visitor(
        (await desk.bus.command("CallRequests.find", {"id": issued.id}))["id"], issued.token
    )


async def test_the_store_has_what_the_visitor_said(open_desk: OpenDesk) -> None:
    desk = open_desk()
    issued = await desk.ask(userData={"cart": [1, {"sku": "x"}]}, page={"url": "https://shop.example/x", "title": "X"})
    found = await desk.bus.command("CallRequests.find", {"id": issued.id})
    assert found["context"]["fields"] == {"firstname": "Ada", "phonenumber": "+12025550123"}
    assert found["context"]["userData"] == {"cart": [1, {"sku": "x"}]}
    assert found["context"]["page"] == {"url": "https://shop.example/x", "title": "X", "language": ""}
    assert (found["state"], found["callerNumber"]) == ("waiting", "+12025550123")


async def test_numbers_with_the_fewest_live_requests_go_first(open_desk: OpenDesk) -> None:
    desk = open_desk()
    taken = [(await desk.ask(f"+120255501{i:02d}")).access_number for i in range(20)]
    assert [taken.count(number) for number in NUMBERS] == [10, 10]


async def test_a_caller_gets_another_number_while_the_first_is_live(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert {(await desk.ask()).access_number for _ in range(2)} == set(NUMBERS)
    details = await desk.refusal(desk.ask(), NoAccessNumberError)
    assert "No access number of the group 'sales' is free" in details["message"]


async def test_many_at_once_never_share_number_and_code(open_desk: OpenDesk) -> None:
    desk = open_desk(code_digits=4)
    issued = await asyncio.gather(*(desk.ask(f"+1202555{i:04d}") for i in range(1500)))
    assert len({(one.access_number, one.access_code) for one in issued}) == 1500


async def test_exclusive_numbers_go_to_one_visitor_and_then_rest(open_desk: OpenDesk) -> None:
    desk = open_desk(number_policy="exclusive", code_digits=None, match_by=("number",), cool_down_s=60)
    one, two = await asyncio.gather(desk.ask("+12025550111"), desk.ask("+12025550112"))
    assert {one.access_number, two.access_number} == set(NUMBERS)
    await desk.refusal(desk.ask("+12025550113"), NoAccessNumberError)
    await desk.bus.command("CallRequests.cancel", {"id": one.id})
    await desk.refusal(desk.ask("+12025550113"), NoAccessNumberError)
    desk.clock.ms += 60_001
    await desk.bus.command("CallRequests.expire", {})
    assert (await desk.ask("+12025550113")).access_number == one.access_number


async def test_where_exclusive_is_preferred_numbers_are_shared_once_all_are_held(open_desk: OpenDesk) -> None:
    desk = open_desk(number_policy="prefer_exclusive")
    issued = [await desk.ask(f"+120255501{i:02d}") for i in range(2)]
    assert {one.access_number for one in issued} == set(NUMBERS)
    third = await desk.ask("+12025550199")
    assert third.access_number in NUMBERS


async def test_an_idempotency_key_seen_before_gives_the_same_request(open_desk: OpenDesk) -> None:
    desk = open_desk()
    first, second = await asyncio.gather(desk.ask(idempotencyKey="k1"), desk.ask(idempotencyKey="k1"))
    third = await desk.ask(idempotencyKey="k1")
    assert first == second == third
    assert await desk.heard() == ["created"]


async def test_capacity_counts_live_requests(open_desk: OpenDesk) -> None:
    desk = open_desk(capacity=2)
    first = await desk.ask("+12025550111")
    await desk.ask("+12025550112")
    assert (await desk.refusal(desk.ask("+12025550113"), CapacityReachedError))["capacity"] == 2
    await desk.bus.command("CallRequests.cancel", {"id": first.id})
    await desk.ask("+12025550113")


async def test_a_closed_group_names_its_next_opening(open_desk: OpenDesk) -> None:
    desk = open_desk(hours=parse_hours("UTC", {"mon": ["09:00-17:00"]}))
    details = await desk.refusal(desk.ask(), OutsideHoursError)
    assert details["nextOpening"] == "2026-06-01T09:00:00.000Z"


async def test_limits_per_address_and_per_caller_name_a_wait(open_desk: OpenDesk) -> None:
    desk = open_desk(limits=Limits(per_address_per_min=2, per_caller_per_hour=1))
    await desk.ask(address="192.0.2.1")
    details = await desk.refusal(desk.ask(address="192.0.2.1"), TooManyRequestsError)
    assert details["limit"] == "per caller number and hour"
    details = await desk.refusal(desk.ask("+12025550199", address="192.0.2.1"), TooManyRequestsError)
    assert 0 < details["retryAfterS"] <= 60


@pytest.mark.parametrize(
    ("change", "kind", "field"),
    [
        ({"site": "other"}, SiteUnknownError, None),
        ({"group": "other"}, GroupUnknownError, None),
        ({"group": 7}, InvalidFieldError, "group"),
        ({"fields": []}, InvalidFieldError, "fields"),
        ({"fields": {"phonenumber": "call me"}}, NumberInvalidError, "fields.phonenumber"),
        ({"fields": {"phonenumber": ""}}, NumberInvalidError, "fields.phonenumber"),
        ({"fields": {f"f{i}": "x" for i in range(41)}}, InvalidFieldError, "fields"),
        ({"fields": {"a": "x" * 1001}}, InvalidFieldError, "fields[...]"),
        ({"userData": "text"}, InvalidFieldError, "userData"),
        ({"userData": {"a": "x" * 16_400}}, UserDataTooLargeError, "userData"),
        ({"colour": "red"}, InvalidFieldError, "colour"),
        ({"page": {"url": 1}}, InvalidFieldError, "page.url"),
    ],
)
async def test_bad_input_is_refused_and_names_the_field(
    open_desk: OpenDesk, change: dict[str, Any], kind: type[InvalidFieldError], field: str | None
) -> None:
    desk = open_desk()
    details = await desk.refusal(desk.ask(**change), kind)
    assert details.get("field") == field
    assert await desk.heard() == []


async def test_countries_are_checked(open_desk: OpenDesk) -> None:
    desk = open_desk(countries=("US", "CA"))
    await desk.refusal(desk.ask("+442079460018"), NumberNotAllowedError)
    await desk.ask("(202) 555-0123")


async def test_a_group_that_only_knows_callers_needs_the_number(open_desk: OpenDesk) -> None:
    desk = open_desk(match_by=("caller",), code_digits=None)
    details = await desk.refusal(desk.ask(None), NumberInvalidError)
    assert details["field"] == "fields.phonenumber"


async def test_with_a_code_a_visitor_may_keep_the_number_to_themselves(open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert (await desk.ask(None)).access_code


async def test_a_before_hook_can_enrich_and_refuse(open_desk: OpenDesk) -> None:
    desk = open_desk()
    owner = desk.bus.plugin("Owner")
    owner.before("CallRequests.create", lambda options: {**options, "userData": {"tier": "gold"}})
    issued = await desk.ask()
    assert (await desk.bus.command("CallRequests.find", {"id": issued.id}))["context"]["userData"] == {"tier": "gold"}


async def test_an_expired_request_frees_its_caller(open_desk: OpenDesk) -> None:
    desk = open_desk(numbers=NUMBERS[:1])
    await desk.ask()
    desk.clock.ms = NOW_MS + 600_000
    assert await desk.bus.command("CallRequests.expire", {}) == 1
    await desk.ask()
    assert await desk.heard() == ["created", "expired", "created"]


async def test_a_blocked_number_is_refused(open_desk: OpenDesk) -> None:
    desk = open_desk(blocked_numbers=("+1900*",))
    details = await desk.refusal(desk.ask("+19005550123"), NumberNotAllowedError)
    assert details["message"] == "Phone numbers of this kind are not served here; use another one."
    await desk.ask("+12025550123")


async def test_limits_of_a_group_go_before_the_sites(open_desk: OpenDesk) -> None:
    desk = open_desk(limits=Limits(per_caller_per_hour=1), own_limits=Limits(per_caller_per_hour=2))
    await desk.ask()
    await desk.ask()
    await desk.refusal(desk.ask(), TooManyRequestsError)
