"""Random histories of visitors and calls, against a model that knows what must come of each step.

What holds: never two live requests with the same number and code or caller, never a match to an expired, cancelled or
foreign request, never a lost or a doubled request, never more than a group's capacity, never a code listened to after
too many wrong ones; the same answer for the same call, and the same request for the same idempotency key. On PostgreSQL
each step is done by either of two servers.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, NamedTuple, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.contract.store.samples import until
from tests.postgres import emptied
from tests.postgres_server import PostgresServer
from warmcall.bus.bus import Bus
from warmcall.bus.errors import CommandRejectedError
from warmcall.calls.answers import Issued, MatchAnswer
from warmcall.calls.counts import SharedCounts
from warmcall.calls.directory import Directory, Group, Limits, Site
from warmcall.calls.errors import CapacityReachedError, NoAccessNumberError, RequestNotWaitingError
from warmcall.calls.model import E164, Event, EventType, GroupName, RequestId, SiteId
from warmcall.calls.plugin import CallRequestsPlugin
from warmcall.calls.port import Store
from warmcall.calls.tokens import Tokens
from warmcall.errors import WarmcallError
from warmcall.store.memory import MemoryStore
from warmcall.store.postgres import PostgresStore
from warmcall.store.sqlite import SqliteStore
from warmcall.testing import FakeClock

T = TypeVar("T")

NEVER = 1_000_000
LIFETIME_S, COOL_DOWN_S = 100, 30
# Wrong codes are counted by the hour, and the fake clock begins with one.
WINDOW_S = 3600
SITE = SiteId("shop")
N = [E164(f"+1202555010{count}") for count in range(6)]


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
        group("guarded", N[5], capacity=3, limits=Limits(NEVER, NEVER, 2, 4)),
    )
}
OWNER = {number: group for group in GROUPS.values() for number in group.numbers}
CALLERS = st.sampled_from([None, "+12025550190", "+12025550191", "+12025550192"])
PLACES = st.integers(0, 1)
# Never given out: all digits are equal.
NO_CODE = "0000"


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


class Server(NamedTuple):
    """One of those that share the data, and what it heard."""

    store: Store
    bus: Bus
    plugin: CallRequestsPlugin
    counts: SharedCounts
    heard: list[Event]


class Histories(RuleBasedStateMachine):
    """Does things to the domain and to the model, and compares."""

    requests = Bundle("requests")
    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = FakeClock()
        self.began_ms = self.clock.now_ms()
        self.asked: dict[str, Asked] = {}
        self.keys: dict[str, str] = {}
        self.rang: dict[str, Rang] = {}
        self.wrong: Counter[tuple[Any, ...]] = Counter()
        self.counted_by: set[tuple[Any, ...]] = set()
        self.servers = [self.server(store) for store in self.run(self.open())]

    async def open(self) -> list[Store]:
        return [MemoryStore()]

    def server(self, store: Store) -> Server:
        bus, counts, heard = Bus(), SharedCounts(store.counter, b"s" * 32), list[Event]()
        limits = Limits(NEVER, NEVER, NEVER, NEVER)
        directory = Directory([Site(id=SITE, origins=frozenset(), groups=tuple(GROUPS.values()), limits=limits)])
        plugin = CallRequestsPlugin(bus, store, directory, Tokens(b"s" * 32), self.clock, counts=counts)
        store.on_events(heard.extend)
        return Server(store, bus, plugin, counts, heard)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def at(self, place: int) -> Server:
        return self.servers[place % len(self.servers)]

    def command(self, place: int, name: str, data: dict[str, Any], *refusals: type[WarmcallError]) -> Any:
        """What a command on a server resolves with; the error if it rejects with one of `refusals`."""
        return self.run(self.give(place, name, data, refusals))

    async def give(self, place: int, name: str, data: dict[str, Any], refusals: tuple[type[WarmcallError], ...]) -> Any:
        try:
            return await self.at(place).bus.command(f"CallRequests.{name}", data)
        except CommandRejectedError as error:
            if isinstance(error.__cause__, refusals):
                return error.__cause__
            raise

    def teardown(self) -> None:
        async def close() -> None:
            for server in self.servers:
                server.plugin.close()
                await server.bus.aclose()
                await server.store.aclose()

        self.run(close())
        self.loop.close()

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    @rule(
        target=requests,
        place=PLACES,
        name=st.sampled_from(list(GROUPS)),
        caller=CALLERS,
        key=st.sampled_from([None, None, None, "one", "two"]),
    )
    def create(self, place: int, name: str, caller: str | None, key: str | None) -> Any:
        group = GROUPS[GroupName(name)]
        issued = self.command(place, "create", asking(name, caller, key), CapacityReachedError, NoAccessNumberError)
        if key in self.keys:
            known = self.asked[self.keys[key]].issued
            assert (issued.id, issued.access_number, issued.access_code) == (
                known.id,
                known.access_number,
                known.access_code,
            )
            return issued.id
        waiting = sum(one.state == "waiting" for number in group.numbers for one in self.holding(number))
        assert isinstance(issued, CapacityReachedError) == (group.capacity is not None and waiting >= group.capacity)
        if isinstance(issued, NoAccessNumberError):
            assert not [number for number in group.numbers if self.is_free(number, group, caller)]
        if isinstance(issued, WarmcallError):
            return multiple()
        self.note(issued, group, caller, key)
        return issued.id

    @rule(target=requests, name=st.sampled_from(["shared", "coded"]), caller=CALLERS)
    def create_the_same_on_all_at_once(self, name: str, caller: str | None) -> Any:
        group, key = GROUPS[GroupName(name)], f"key{len(self.asked)}"

        async def both() -> list[Any]:
            data = asking(name, caller, key)
            return await asyncio.gather(*(self.give(place, "create", data, (NoAccessNumberError,)) for place in (0, 1)))

        issued, again = self.run(both())
        if isinstance(issued, NoAccessNumberError):
            assert isinstance(again, NoAccessNumberError)
            assert not [number for number in group.numbers if self.is_free(number, group, caller)]
            return multiple()
        assert issued.id == again.id
        self.note(issued, group, caller, key)
        return issued.id

    def note(self, issued: Issued, group: Group, caller: str | None, key: str | None) -> None:
        """Let the model have a new request."""
        number = E164(issued.access_number)
        assert issued.id not in self.asked
        assert self.is_free(number, group, caller)
        assert issued.access_code not in [other.issued.access_code for other in self.holding(number)]
        self.asked[issued.id] = Asked(group, issued, caller, self.now_ms + LIFETIME_S * 1000)
        if key is not None:
            self.keys[key] = issued.id

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
        place=PLACES,
        request=requests,
        caller=st.sampled_from(["own", "own", "other", "withheld"]),
        key=st.sampled_from(["none", "right", "right", "wrong"]),
    )
    def call(self, place: int, request: str, caller: str, key: str) -> str:
        asked = self.asked[request]
        number = {"own": asked.caller, "other": "+12025550177", "withheld": None}[caller]
        call_id = f"call{len(self.rang)}"
        self.rang[call_id] = Rang(E164(asked.issued.access_number), number)
        self.report(place, call_id, self.digits(asked, key))
        return call_id

    @rule(place=PLACES, caller=CALLERS)
    def guess(self, place: int, caller: str | None) -> None:
        call_id = f"call{len(self.rang)}"
        self.rang[call_id] = Rang(GROUPS[GroupName("guarded")].numbers[0], caller)
        self.report(place, call_id, NO_CODE)

    @rule(place=PLACES, call=calls, request=requests, key=st.sampled_from(["right", "wrong", "none"]))
    def key_in(self, place: int, call: str, request: str, key: str) -> None:
        self.report(place, call, self.digits(self.asked[request], key))

    def digits(self, asked: Asked, key: str) -> str | None:
        right = str(asked.issued.access_code)
        return {"none": None, "right": right, "wrong": f"{(int(right) + 1) % 10_000:04d}"}[key]

    def report(self, place: int, call_id: str, digits: str | None) -> None:
        rang = self.rang[call_id]
        self.expect(place, rang, digits)
        data = {"callId": call_id, "dialledNumber": rang.number, "callerNumber": rang.caller, "digits": digits}
        answer: MatchAnswer = self.command(place, "match", data)
        assert answer.outcome == rang.outcome
        assert (answer.call_request.id if answer.call_request else None) == rang.request
        assert (answer.context is None) == (rang.request is None)

    def expect(self, place: int, rang: Rang, digits: str | None) -> None:
        """What must come of a report, by the words of the documentation."""
        if rang.outcome in ("matched", "no_match"):
            return
        owner = OWNER[rang.number]
        barred = digits is not None and self.is_barred(place, rang)
        waiting = [one for one in self.holding(rang.number) if one.waits(self.now_ms)]
        by = {
            "caller": [one for one in waiting if rang.caller and one.caller == rang.caller],
            "code": [one for one in waiting if digits and one.issued.access_code == digits and not barred],
            "number": waiting if owner.number_policy == "exclusive" else [],
        }
        found = [one for way in owner.match_by for one in by[way]]
        if found:
            rang.outcome, rang.request = "matched", found[0].issued.id
            self.leave(found[0], "matched")
        elif barred:
            rang.outcome = "no_match"
        elif digits is None:
            rang.outcome = "code_needed"
        else:
            rang.wrong += 1
            rang.outcome = "wrong_code" if rang.wrong < 3 else "no_match"
            for key in counted_as(rang):
                self.wrong[key] += 1
                self.counted_by.add((self.at(place).bus, key))

    def is_barred(self, place: int, rang: Rang) -> bool:
        """Whether codes are not listened to: a server knows the sum of what it has a part in itself."""
        limits = OWNER[rang.number].limits or Limits(NEVER, NEVER, NEVER, NEVER)
        most = (limits.wrong_codes_per_number_per_hour, limits.wrong_codes_per_caller_per_hour)
        known = [key if (self.at(place).bus, key) in self.counted_by else None for key in counted_as(rang)]
        return any(key and self.wrong[key] >= limit for key, limit in zip(known, most, strict=False))

    def leave(self, asked: Asked, state: str) -> None:
        asked.state, asked.held_until_ms = state, self.now_ms + COOL_DOWN_S * 1000

    @rule(place=PLACES, request=requests)
    def cancel(self, place: int, request: str) -> None:
        asked = self.asked[request]
        if isinstance(self.command(place, "cancel", {"id": request}, RequestNotWaitingError), WarmcallError):
            assert asked.state != "cancelled"
            assert not asked.waits(self.now_ms)
            return
        if asked.state == "waiting":
            assert asked.waits(self.now_ms)
            self.leave(asked, "cancelled")

    @precondition(lambda self: self.now_ms - self.began_ms < (WINDOW_S - 100) * 1000)
    @rule(seconds=st.sampled_from([1, 29, 30, 60, 99, 100]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule(place=PLACES)
    def what_is_due_is_done(self, place: int) -> None:
        self.command(place, "expire", {})
        for asked in self.asked.values():
            if asked.state == "waiting" and asked.expires_ms <= self.now_ms:
                self.leave(asked, "expired")
            elif asked.state not in ("waiting", "free") and asked.held_until_ms <= self.now_ms:
                asked.state = "free"

    @invariant()
    def every_request_is_there_once_and_where_the_model_has_it(self) -> None:
        self.run(self.compare())

    async def compare(self) -> None:
        for server in [*self.servers, *self.servers]:
            await server.counts.exchange(self.now_ms)
        for server in self.servers:
            events = await server.store.events_after(0, NEVER)
            created = [event.request_id for event in events if event.type is EventType.CREATED]
            assert sorted(created) == sorted(self.asked)
            matched = [event.request_id for event in events if event.type is EventType.MATCHED]
            assert sorted(matched) == sorted(rang.request for rang in self.rang.values() if rang.request)
            stored = await asyncio.gather(*(server.store.find(RequestId(request_id)) for request_id in self.asked))
            for request, asked in zip(stored, self.asked.values(), strict=True):
                assert request is not None
                assert asked.state in (request.state, "free")
            await self.settled(server, events[-1:])
            for number in OWNER:
                waiting = [one for one in self.holding(number) if one.state == "waiting"]
                assert server.store.live(number) == len(waiting)
                assert server.store.held(number) == len(self.holding(number))

    async def settled(self, server: Server, newest: Sequence[Event]) -> None:
        """Return when a server knows of all that happened."""


def asking(group: str, caller: str | None, key: str | None) -> dict[str, Any]:
    fields = {"phonenumber": caller} if caller else {}
    return {"site": SITE, "group": group, "fields": fields, "idempotencyKey": key}


def counted_as(rang: Rang) -> list[tuple[Any, ...]]:
    """What a wrong code is counted by."""
    return [(rang.number,), (rang.number, rang.caller)] if rang.caller else [(rang.number,)]


class SqliteHistories(Histories):
    """The same on a database file."""

    async def open(self) -> list[Store]:
        self.folder = TemporaryDirectory()
        return [await SqliteStore.open(Path(self.folder.name))]

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


class PostgresHistories(Histories):
    """The same on two servers that share a database."""

    postgres: ClassVar[PostgresServer]

    async def open(self) -> list[Store]:
        dsn = await emptied(self.postgres)
        return [await PostgresStore.open(dsn, connections=2) for _ in range(2)]

    async def settled(self, server: Server, newest: Sequence[Event]) -> None:
        await until(lambda: server.heard[-1:] == newest)
        # A server learns of others' cool-downs that ended by counting, now and then.
        assert isinstance(server.store, PostgresStore)
        await server.store._recount()


# A history that goes wrong is made shorter, which may take hypothesis five minutes.
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("machine", "examples"), [(Histories, 50), (SqliteHistories, 10)])
def test_random_histories_go_as_the_model_says(machine: type[Histories], examples: int) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=40, deadline=None))


@pytest.mark.timeout(400)
def test_random_histories_on_two_servers_with_one_database_go_as_the_model_says(postgres: PostgresServer) -> None:
    PostgresHistories.postgres = postgres
    run_state_machine_as_test(
        PostgresHistories, settings=settings(max_examples=6, stateful_step_count=40, deadline=None)
    )
