from warmcall.calls.limits import Window


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
