from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from warmcall.bus.bus import Bus
from warmcall.bus.errors import CommandRejectedError
from warmcall.bus.events import Event
from warmcall.calls.answers import Issued, MatchAnswer
from warmcall.calls.directory import Directory, Group, Limits, Site
from warmcall.calls.groups import GroupsPlugin
from warmcall.calls.model import E164, EventType, GroupName, SiteId
from warmcall.calls.plugin import CallRequestsPlugin
from warmcall.calls.tokens import Tokens
from warmcall.errors import WarmcallError
from warmcall.store.memory import MemoryStore

NUMBERS = (E164("+12025550100"), E164("+12025550101"))
NOW_MS = 1_780_000_000_000


class StandingClock:
    def __init__(self) -> None:
        self.ms = NOW_MS

    def now_ms(self) -> int:
        return self.ms


class Desk:
    """The domain on a store in memory, with short words for what visitors and phone systems do."""

    def __init__(self, **group: Any) -> None:
        limits = group.pop("limits", Limits())
        self.group = Group(
            **{
                "site": SiteId("shop"),
                "name": GroupName("sales"),
                "numbers": NUMBERS,
                "destination": "sip:sales@pbx",
                "limits": group.pop("own_limits", None),
                **group,
            }
        )
        self.site = Site(id=SiteId("shop"), origins=frozenset(), groups=(self.group,), limits=limits)
        self.clock = StandingClock()
        self.store = MemoryStore()
        self.bus = Bus()
        self.tokens = Tokens(b"s" * 32)
        self.events: list[tuple[str, dict[str, Any]]] = []
        directory = Directory([self.site])
        CallRequestsPlugin(self.bus, self.store, directory, self.tokens, self.clock, "https://call.example.com")
        GroupsPlugin(self.bus, directory, self.clock)
        for kind in EventType:
            self.bus.subscribe(f"CallRequests.{kind.value}", self._hear)

    def _hear(self, e: Event) -> None:
        self.events.append((e.event.removeprefix("CallRequests."), e.data))

    async def heard(self) -> list[str]:
        await self.bus.settle()
        return [name for name, _data in self.events]

    async def ask(self, phone: str | None = "+12025550123", **more: Any) -> Issued:
        fields = {"firstname": "Ada", **({} if phone is None else {"phonenumber": phone})}
        issued: Issued = await self.bus.command(
            "CallRequests.create", {"site": "shop", "group": "sales", "fields": fields, **more}
        )
        return issued

    async def call(
        self, call_id: str, number: str, caller: str | None = None, digits: str | None = None, **more: Any
    ) -> MatchAnswer:
        data = {"callId": call_id, "dialledNumber": number, "callerNumber": caller, "digits": digits, **more}
        answer: MatchAnswer = await self.bus.command("CallRequests.match", data)
        return answer

    async def refusal(self, run: Awaitable[Any], kind: type[WarmcallError]) -> dict[str, Any]:
        with pytest.raises(CommandRejectedError) as caught:
            await run
        cause = caught.value.__cause__
        assert isinstance(cause, kind), repr(cause)
        return {**cause.details, "message": cause.message}


@pytest.fixture
def open_desk() -> Callable[..., Desk]:
    return Desk
