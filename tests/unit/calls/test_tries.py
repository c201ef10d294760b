from collections.abc import Callable

from tests.unit.calls.conftest import NUMBERS, Desk
from warmcall.calls.directory import Limits
from warmcall.calls.limits import Window

OpenDesk = Callable[..., Desk]
EVE, ADA = "+12025550177", "+12025550123"


def other_than(code: str | None) -> str:
    return "135790" if code != "135790" else "246801"


async def wrong(desk: Desk, code: str | None, caller: str | None, times: int, prefix: str = "call") -> list[str]:
    answers = [await desk.call(f"{prefix}-{n}", NUMBERS[0], caller, digits=other_than(code)) for n in range(times)]
    return [answer.outcome for answer in answers]


async def test_a_caller_who_calls_again_and_again_is_not_listened_to(open_desk: OpenDesk) -> None:
    desk = open_desk(limits=Limits(wrong_codes_per_caller_per_hour=4), fallback_destination="8001")
    code = (await desk.ask(phone=None)).access_code

    assert await wrong(desk, code, EVE, 4) == ["wrong_code"] * 4
    right = await desk.call("call-5", NUMBERS[0], EVE, digits=code)

    assert (right.outcome, right.destination, right.context) == ("no_match", "8001", None)


async def test_others_are_still_listened_to(open_desk: OpenDesk) -> None:
    desk = open_desk(limits=Limits(wrong_codes_per_caller_per_hour=2))
    code = (await desk.ask(phone=None)).access_code
    await wrong(desk, code, EVE, 3)

    assert (await desk.call("call-9", NUMBERS[0], ADA, digits=code)).outcome == "matched"


async def test_forging_a_new_caller_number_each_time_does_not_help(open_desk: OpenDesk) -> None:
    desk = open_desk(limits=Limits(wrong_codes_per_number_per_hour=5))
    code = (await desk.ask(phone=None)).access_code
    for n in range(5):
        await wrong(desk, code, f"+1202555{1000 + n}", 1, prefix=f"call-{n}")

    assert (await desk.call("call-9", NUMBERS[0], "+12025559999", digits=code)).outcome == "no_match"
    assert (await desk.call("call-10", NUMBERS[0], None, digits=code)).outcome == "no_match"


async def test_a_caller_who_is_recognised_needs_no_code_and_is_never_barred(open_desk: OpenDesk) -> None:
    desk = open_desk(limits=Limits(wrong_codes_per_number_per_hour=1))
    await desk.ask(phone=ADA)
    await wrong(desk, "", EVE, 2)

    assert (await desk.call("call-9", NUMBERS[0], ADA)).outcome == "matched"


async def test_after_an_hour_codes_are_listened_to_again(open_desk: OpenDesk) -> None:
    desk = open_desk(limits=Limits(wrong_codes_per_caller_per_hour=2), lifetime_s=10_000)
    code = (await desk.ask(phone=None)).access_code
    await wrong(desk, code, EVE, 3)
    desk.clock.ms += 2 * 3_600_000

    assert (await desk.call("call-9", NUMBERS[0], EVE, digits=code)).outcome == "matched"


async def test_a_retried_report_counts_once(open_desk: OpenDesk) -> None:
    desk = open_desk(limits=Limits(wrong_codes_per_caller_per_hour=2))
    code = (await desk.ask(phone=None)).access_code
    for _ in range(5):
        await desk.call("call-1", NUMBERS[0], EVE, digits=other_than(code), idempotencyKey="1")

    assert (await desk.call("call-2", NUMBERS[0], EVE, digits=code)).outcome == "matched"


def test_asking_whether_a_window_is_full_counts_nothing() -> None:
    window = Window(1000)
    assert not any(window.full("a", 1, 0) for _ in range(5))
    assert window.hit("a", 1, 0) == 0
    assert window.full("a", 1, 999)
    assert window.full("a", 1, 1001)
    assert not window.full("a", 1, 2001)
