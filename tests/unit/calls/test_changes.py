from msgspec.structs import replace

from tests.unit.calls.conftest import NUMBERS, Desk
from warmcall.calls.changes import Change, differences, stranded
from warmcall.calls.directory import Directory, Group, Site
from warmcall.calls.model import E164, GroupName

SITE = Desk().site
(SALES,) = SITE.groups


def lost(*groups: Group) -> list[tuple[str, str]]:
    """Which numbers are stranded, and why, when one request waits on the first."""
    after = Directory([replace(SITE, groups=groups)])
    waiting = {NUMBERS[0]: 1}
    return [(line.number, line.why) for line in stranded(Directory([SITE]), after, lambda n: waiting.get(n, 0))]


def test_a_difference_names_owner_setting_and_both_values() -> None:
    group = {"name": "sales", "numbers": ["+12025550100"], "hours": {"weekly": {"mon": ["08:00-09:00"]}}}
    before = {"site": [{"id": "demo", "group": [{**group, "capacity": 5}]}]}
    changed = {**group, "hours": {"weekly": {"mon": []}}}
    after = {"site": [{"id": "demo", "retention_days": 7, "group": [changed]}]}
    assert differences(before, after) == [
        Change("site demo", "retention_days", None, 7),
        Change("group demo/sales", "hours.weekly.mon", ["08:00-09:00"], []),
        Change("group demo/sales", "capacity", 5, None),
    ]
    assert differences(after, after) == []


def test_a_site_that_is_gone_is_a_difference() -> None:
    assert differences({"site": [{"id": "demo"}]}, {"site": []}) == [Change("site demo", "id", "demo", None)]


def test_a_number_on_which_nobody_waits_may_go() -> None:
    assert lost(replace(SALES, numbers=NUMBERS[:1])) == []


def test_a_number_on_which_somebody_waits_may_not_go_or_move() -> None:
    assert lost(replace(SALES, numbers=NUMBERS[1:])) == [(NUMBERS[0], "the number would belong to no group")]
    moved = replace(SALES, name=GroupName("support"))
    assert lost(moved) == [(NUMBERS[0], "the number would belong to shop/support")]


def test_a_way_of_recognising_calls_may_not_go() -> None:
    why = "calls would not be recognised by code any more"
    assert lost(replace(SALES, code_digits=None)) == [(NUMBERS[0], why)]
    assert lost(replace(SALES, match_by=("caller",))) == [(NUMBERS[0], why)]


def test_what_concerns_later_requests_only_strands_nobody() -> None:
    changed = replace(SALES, destination="1002", lifetime_s=5, code_digits=8, capacity=1, cool_down_s=0, hours=None)
    assert lost(changed, replace(SALES, name=GroupName("more"), numbers=(E164("+12025550177"),))) == []


def test_a_replaced_directory_is_seen_by_all_who_hold_it() -> None:
    directory, seen = Directory([SITE]), list[int]()
    directory.on_change(lambda: seen.append(len(directory.sites)))
    directory.replace([])
    assert isinstance(SITE, Site)
    assert seen == [1, 0]
