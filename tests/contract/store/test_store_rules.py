"""Any order of operations, beside a model that is too simple to be wrong."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.contract.store.samples import NOW_MS, a_request
from tests.postgres_server import PostgresServer
from warmcall.calls.model import E164, AccessCode, CallRequest, State
from warmcall.calls.port import Collision, Store
from warmcall.store.memory import MemoryStore
from warmcall.store.postgres import PostgresStore
from warmcall.store.sqlite import SqliteStore

NUMBERS = st.sampled_from([E164("+18005550100"), E164("+18005550101")])
CODES = st.sampled_from([None, AccessCode("1"), AccessCode("2")])
CALLERS = st.sampled_from([None, E164("+14155550100"), E164("+14155550101")])
_SETTINGS = settings(max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
LIFETIME_MS, COOL_DOWN_S = 10_000, 5


class StoreRules(RuleBasedStateMachine):
    """Requests on two numbers with few codes and callers, while time passes."""

    open_store: Callable[[Path], Coroutine[Any, Any, Store]]

    def __init__(self) -> None:
        super().__init__()
        self.cleanup = contextlib.ExitStack()
        self.runner = self.cleanup.enter_context(asyncio.Runner())
        self.folder = Path(self.cleanup.enter_context(TemporaryDirectory()))
        self.store = self.run(type(self).open_store(self.folder))
        self.now_ms = NOW_MS
        self.holding: dict[str, tuple[CallRequest, int | None]] = {}

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self.store.aclose())
        self.cleanup.close()

    def holders(self, number: E164) -> Iterator[CallRequest]:
        return (request for request, _ in self.holding.values() if request.number == number)

    def expected(self, new: CallRequest) -> set[Collision | None]:
        broken: set[Collision | None] = set()
        for old in self.holders(new.number):
            if new.exclusive or old.exclusive:
                broken.add(Collision.NUMBER)
            if new.code is not None and new.code == old.code:
                broken.add(Collision.CODE)
            if new.caller is not None and new.caller == old.caller and old.state is State.WAITING:
                broken.add(Collision.CALLER)
        return broken or {None}

    @rule(number=NUMBERS, code=CODES, caller=CALLERS, exclusive=st.booleans(), cools=st.booleans())
    def add(self, number: E164, code: AccessCode | None, caller: E164 | None, exclusive: bool, cools: bool) -> None:
        request = a_request(
            number=number,
            code=code,
            caller=caller,
            exclusive=exclusive,
            cool_down_s=COOL_DOWN_S if cools else 0,
            created_at_ms=self.now_ms,
            expires_at_ms=self.now_ms + LIFETIME_MS,
        )
        expected = self.expected(request)
        answer = self.run(self.store.add(request))
        assert answer in expected
        if answer is None:
            self.holding[request.id] = (request, None)

    @rule(number=NUMBERS, code=CODES)
    def match(self, number: E164, code: AccessCode | None) -> None:
        if code is None:
            return
        expected = [
            request
            for request in self.holders(number)
            if request.code == code and request.state is State.WAITING and request.expires_at_ms > self.now_ms
        ]

        async def work(tx: Any) -> CallRequest | None:
            request: CallRequest | None = await tx.waiting_by_code(number, code, self.now_ms)
            if request is not None:
                await tx.change(request, State.MATCHED, self.now_ms, {})
            return request

        matched = self.run(self.store.transact(work))
        assert [matched.id] if matched else [request.id for request in expected] == []
        if matched:
            self.leave(matched)

    @rule(passing_ms=st.sampled_from([1, 4_999, 5_000, 10_000]))
    def let_time_pass(self, passing_ms: int) -> None:
        self.now_ms += passing_ms

    @precondition(lambda self: self.holding)
    @rule()
    def expire(self) -> None:
        due = [
            request
            for request, _ in self.holding.values()
            if request.state is State.WAITING and request.expires_at_ms <= self.now_ms
        ]
        over = [key for key, (_, free_ms) in self.holding.items() if free_ms is not None and free_ms <= self.now_ms]
        assert self.run(self.store.transact(lambda tx: tx.expire_due(self.now_ms, 100))) == len(due)
        for key in over:
            del self.holding[key]
        for request in due:
            request.state = State.EXPIRED
            self.leave(request)

    def leave(self, request: CallRequest) -> None:
        if request.cool_down_s:
            self.holding[request.id] = (request, self.now_ms + request.cool_down_s * 1000)
        else:
            del self.holding[request.id]

    @invariant()
    def counts_are_exact(self) -> None:
        for number in (E164("+18005550100"), E164("+18005550101")):
            holders = list(self.holders(number))
            assert self.store.held(number) == len(holders)
            assert self.store.live(number) == sum(request.state is State.WAITING for request in holders)

    @invariant()
    def what_is_due_next_is_exact(self) -> None:
        dues = [free_ms or request.expires_at_ms for request, free_ms in self.holding.values()]
        assert self.store.next_due_ms() == min(dues, default=None)

    @invariant()
    def stored_states_are_right(self) -> None:
        for request, _ in self.holding.values():
            assert self.run(self.store.find(request.id)) == request


class MemoryRules(StoreRules):
    @staticmethod
    async def open_store(folder: Path) -> Store:
        return MemoryStore()


class SqliteRules(StoreRules):
    @staticmethod
    async def open_store(folder: Path) -> Store:
        return await SqliteStore.open(folder)

    @rule()
    def open_again(self) -> None:
        self.run(self.store.aclose())
        self.store = self.run(self.open_store(self.folder))


class PostgresRules(StoreRules):
    server: PostgresServer

    @classmethod
    async def open_store(cls, folder: Path) -> Store:
        """In an empty database of its own, which the server takes with it when it goes."""
        administrator = await asyncpg.connect(cls.server.dsn())
        await administrator.execute(f'CREATE DATABASE "{folder.name}"')
        await administrator.close()
        return await PostgresStore.open(cls.server.dsn(folder.name), connections=2)


def test_the_shared_store_agrees_with_the_model(postgres: PostgresServer) -> None:
    PostgresRules.server = postgres
    run_state_machine_as_test(PostgresRules, settings=_SETTINGS)


@pytest.mark.parametrize("rules", [MemoryRules, SqliteRules], ids=["memory", "sqlite"])
def test_the_store_agrees_with_the_model(rules: type[StoreRules]) -> None:
    run_state_machine_as_test(rules, settings=_SETTINGS)
