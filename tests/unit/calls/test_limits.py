from warmcall.calls.directory import Directory, Group, Limits, Site
from warmcall.calls.limits import Window
from warmcall.calls.model import E164, GroupName, SiteId


def test_as_many_as_the_limit_pass_then_a_wait_is_named() -> None:
    window = Window(60_000)
    assert [window.hit("a", 2, 1_000) for _ in range(3)] == [0, 0, 59]


def test_keys_do_not_share_a_count() -> None:
    window = Window(60_000)
    assert [window.hit(key, 1, 1_000) for key in "ab"] == [0, 0]


def test_a_burst_at_the_boundary_does_not_get_twice_the_limit() -> None:
    window = Window(60_000)
    assert [window.hit("a", 2, 59_000) for _ in range(2)] == [0, 0]
    assert window.hit("a", 2, 61_000) > 0


def test_after_two_windows_all_is_forgotten() -> None:
    window = Window(60_000)
    window.hit("a", 1, 0)
    assert window.hit("a", 1, 120_000) == 0


def test_a_clock_that_jumps_back_locks_nobody_out() -> None:
    window = Window(60_000)
    window.hit("a", 1, 600_000)
    assert window.hit("a", 1, 60_000) == 0


def test_a_group_that_was_just_taken_away_still_has_limits() -> None:
    group = Group(site=SiteId("a"), name=GroupName("b"), numbers=(E164("+12025550100"),), destination="sip:x@y")
    site = Site(id=SiteId("a"), origins=frozenset(), groups=(group,), limits=Limits(per_caller_per_hour=3))
    directory = Directory([site])
    before = directory.limits(group)
    directory.replace([Site(id=site.id, origins=site.origins, groups=(), limits=site.limits)])
    assert directory.limits(group) == before == (site.limits, "a")
