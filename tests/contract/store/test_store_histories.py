"""Random histories of visitors and calls, against a model that knows what must come of each step.

What holds: never two live requests with the same number and code or caller, never a match to an expired, cancelled or
foreign request, never a lost or a doubled request, and the same answer for the same call.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from warmcall.bus.bus import Bus
from warmcall.bus.errors import CommandRejectedError
from warmcall.calls.answers import Issued, MatchAnswer
from warmcall.calls.directory import Directory, Group, Limits, Site
from warmcall.calls.errors import NoAccessNumberError, RequestNotWaitingError
from warmcall.calls.model import E164, EventType, GroupName, RequestId, SiteId
from warmcall.calls.plugin import CallRequestsPlugin
from warmcall.calls.port import Store
from warmcall.calls.tokens import Tokens
from warmcall.errors import WarmcallError
from warmcall.store.memory import MemoryStore
from warmcall.store.sqlite import SqliteStore
from warmcall.testing import FakeClock

T = TypeVar("T")

NEVER = 1_000_000
LIFETIME_S, COOL_DOWN_S = 100, 30
SITE = SiteId("shop")
N = [E164(f"+1202555010{count}") for count in range(5)]


def group(name: str, *numbers: E164, **more: Any) -> Group:
    return Group(
        site=SITE,
        name=GroupName(name),
        numbers=numbers,
        destination="1001",
        lifetime_s=LIFETIME_S,
        cool_down_s=COOL_DOWN_S,
        code_digits=4,
        **more,
    )


GROUPS = {
    found.name: found
    for found in (
        group("shared", N[0], N[1]),
        group("alone", N[2], number_policy="exclusive", match_by=("caller", "code", "number")),
        group("coded", N[3], N[4], number_policy="prefer_exclusive", match_by=("code",)),
    )
}
OWNER = {number: group for group in GROUPS.values() for number in group.numbers}
CALLERS = st.sampled_from([None, "+12025550190", "+12025550191", "+12025550192"])


@dataclass
class Asked:
    """A request as the model knows it."""

    group: Group
    issued: Issued
    caller: str | None
    expires_ms: int
    state: str = "waiting"
    held_until_ms: int = NEVER * NEVER

    def waits(self, now_ms: int) -> bool:
        return self.state == "waiting" and now_ms < self.expires_ms


@dataclass
class Rang:
    """A call as the model knows it."""

    number: E164
    caller: str | None
    outcome: str = ""
    request: str | None = None
    wrong: int = 0
    answer: Any = field(default=None, compare=False)


class Histories(RuleBasedStateMachine):
    """Does things to the domain and to the model, and compares."""

    requests = Bundle("requests")
    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = FakeClock()
        self.asked: dict[str, Asked] = {}
        self.rang: dict[str, Rang] = {}
        self.store = self.run(self.open())
        self.bus = Bus()
        limits = Limits(NEVER, NEVER, NEVER, NEVER)
        site = Site(id=SITE, origins=frozenset(), groups=tuple(GROUPS.values()), limits=limits)
        self.plugin = CallRequestsPlugin(self.bus, self.store, Directory([site]), Tokens(b"s" * 32), self.clock)

    async def open(self) -> Store:
        return MemoryStore()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def command(self, name: str, data: dict[str, Any], refusal: type[WarmcallError] | None = None) -> Any:
        """What a command resolves with; `None` if it rejects with `refusal`."""

        async def give() -> Any:
            try:
                return await self.bus.command(f"CallRequests.{name}", data)
            except CommandRejectedError as error:
                if refusal is not None and isinstance(error.__cause__, refusal):
                    return None
                raise

        return self.run(give())

    def teardown(self) -> None:
        async def close() -> None:
            self.plugin.close()
            await self.bus.aclose()
            await self.store.aclose()

        self.run(close())
        self.loop.close()

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    @rule(target=requests, name=st.sampled_from(list(GROUPS)), caller=CALLERS)
    def create(self, name: str, caller: str | None) -> Any:
        group = GROUPS[GroupName(name)]
        data = {"site": SITE, "group": name, "fields": {"phonenumber": caller} if caller else {}}
        issued = self.command("create", data, NoAccessNumberError)
        if issued is None:
            assert not [number for number in group.numbers if self.is_free(number, group, caller)]
            return multiple()
        number = E164(issued.access_number)
        assert issued.id not in self.asked
        assert self.is_free(number, group, caller)
        assert issued.access_code not in [other.issued.access_code for other in self.holding(number)]
        self.asked[issued.id] = Asked(group, issued, caller, self.now_ms + LIFETIME_S * 1000)
        return issued.id

    def holding(self, number: E164) -> list[Asked]:
        """The requests that hold number and code: waiting ones, expired or not, and those that cool down."""
        return [one for one in self.asked.values() if one.issued.access_number == number and one.state != "free"]

    def is_free(self, number: E164, group: Group, caller: str | None) -> bool:
        holding = self.holding(number)
        if group.number_policy == "exclusive":
            return not holding
        return caller is None or not [one for one in holding if one.state == "waiting" and one.caller == caller]

    @rule(
        target=calls,
        request=requests,
        caller=st.sampled_from(["own", "own", "other", "withheld"]),
        key=st.sampled_from(["none", "right", "right", "wrong"]),
    )
    def call(self, request: str, caller: str, key: str) -> str:
        asked = self.asked[request]
        number = {"own": asked.caller, "other": "+12025550177", "withheld": None}[caller]
        call_id = f"call{len(self.rang)}"
        self.rang[call_id] = Rang(E164(asked.issued.access_number), number)
        self.report(call_id, self.digits(asked, key))
        return call_id

    @rule(call=calls, request=requests, key=st.sampled_from(["right", "wrong", "none"]))
    def key_in(self, call: str, request: str, key: str) -> None:
        self.report(call, self.digits(self.asked[request], key))

    def digits(self, asked: Asked, key: str) -> str | None:
        right = str(asked.issued.access_code)
        return {"none": None, "right": right, "wrong": f"{(int(right) + 1) % 10_000:04d}"}[key]

    def report(self, call_id: str, digits: str | None) -> None:
        rang = self.rang[call_id]
        self.expect(rang, digits)
        data = {"callId": call_id, "dialledNumber": rang.number, "callerNumber": rang.caller, "digits": digits}
        answer: MatchAnswer = self.command("match", data)
        assert answer.outcome == rang.outcome
        assert (answer.call_request.id if answer.call_request else None) == rang.request
        assert (answer.context is None) == (rang.request is None)

    def expect(self, rang: Rang, digits: str | None) -> None:
        """What must come of a report, by the words of the documentation."""
        if rang.outcome in ("matched", "no_match"):
            return
        owner = OWNER[rang.number]
        waiting = [one for one in self.holding(rang.number) if one.waits(self.now_ms)]
        by = {
            "caller": [one for one in waiting if rang.caller and one.caller == rang.caller],
            "code": [one for one in waiting if digits and one.issued.access_code == digits],
            "number": waiting if owner.number_policy == "exclusive" else [],
        }
        found = [one for way in owner.match_by for one in by[way]]
        if found:
            rang.outcome, rang.request = "matched", found[0].issued.id
            self.leave(found[0], "matched")
        elif digits is None:
            rang.outcome = "code_needed"
        else:
            rang.wrong += 1
            rang.outcome = "wrong_code" if rang.wrong < 3 else "no_match"

    def leave(self, asked: Asked, state: str) -> None:
        asked.state, asked.held_until_ms = state, self.now_ms + COOL_DOWN_S * 1000

    @rule(request=requests)
    def cancel(self, request: str) -> None:
        asked = self.asked[request]
        if self.command("cancel", {"id": request}, RequestNotWaitingError) is None:
            assert asked.state != "cancelled"
            assert not asked.waits(self.now_ms)
            return
        if asked.state == "waiting":
            assert asked.waits(self.now_ms)
            self.leave(asked, "cancelled")

    @rule(seconds=st.sampled_from([1, 29, 30, 60, 99, 100]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule()
    def what_is_due_is_done(self) -> None:
        self.command("expire", {})
        for asked in self.asked.values():
            if asked.state == "waiting" and asked.expires_ms <= self.now_ms:
                self.leave(asked, "expired")
            elif asked.state not in ("waiting", "free") and asked.held_until_ms <= self.now_ms:
                asked.state = "free"

    @invariant()
    def every_request_is_there_once_and_where_the_model_has_it(self) -> None:
        events = self.run(self.store.events_after(0, NEVER))
        created = [event.request_id for event in events if event.type is EventType.CREATED]
        assert sorted(created) == sorted(self.asked)
        matched = [event.request_id for event in events if event.type is EventType.MATCHED]
        assert sorted(matched) == sorted(rang.request for rang in self.rang.values() if rang.request)
        for request_id, asked in self.asked.items():
            stored = self.run(self.store.find(RequestId(request_id)))
            assert stored is not None
            assert asked.state in (stored.state, "free")
        for number in OWNER:
            waiting = [one for one in self.holding(number) if one.state == "waiting"]
            assert self.store.live(number) == len(waiting)
            assert self.store.held(number) == len(self.holding(number))


class SqliteHistories(Histories):
    """The same on a database file."""

    async def open(self) -> Store:
        self.folder = TemporaryDirectory()
        return await SqliteStore.open(Path(self.folder.name))

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


@pytest.mark.parametrize(("machine", "examples"), [(Histories, 50), (SqliteHistories, 10)])
def test_random_histories_go_as_the_model_says(machine: type[Histories], examples: int) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=40, deadline=None))
