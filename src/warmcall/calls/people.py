"""The plugin People: what is kept of one person, by phone number: to hand it out, and to delete it."""

from typing import Annotated, Any

import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.calls.answers import request_view
from warmcall.calls.archive import Trace
from warmcall.calls.audit import pseudonym, record
from warmcall.calls.clock import Clock, rfc3339
from warmcall.calls.draft import convert
from warmcall.calls.model import E164, Call, CallRequest, Event, Json, State
from warmcall.calls.phone import parse_number
from warmcall.calls.port import Store, Transaction


class PersonData(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is kept of a person.

    Attributes:
        requests: Call requests for the number and those a call from it was matched to, each with its events.
        calls: Inbound calls from the number, and those that were matched to one of the requests.
    """

    number: str
    requests: list[Json]
    calls: list[Json]


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What was deleted.

    Attributes:
        cancelled: How many of the requests were still waiting, and were cancelled first.
    """

    requests: int
    calls: int
    cancelled: int


class _Person(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    number: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    actor: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class PeoplePlugin:
    """Registers the plugin `People`: `export` {number, actor} → PersonData, `erase` {number, actor} → Erased.

    Args:
        bus: Where to register.
        store: Where everything is.
        clock: Tells the time.
    """

    def __init__(self, bus: Bus, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        plugin = bus.plugin("People")
        plugin.register_command("export", self._export)
        plugin.register_command("erase", self._erase)
        plugin.ready()
        plugin.republish("ready")

    async def _export(self, e: CommandEvent) -> PersonData:
        asked = convert(e.data, _Person)
        return await export_person(self._store, parse_number(asked.number, field="number"), asked.actor, self._clock)

    async def _erase(self, e: CommandEvent) -> Erased:
        asked = convert(e.data, _Person)
        return await erase_person(self._store, parse_number(asked.number, field="number"), asked.actor, self._clock)


async def export_person(store: Store, number: E164, actor: str, clock: Clock) -> PersonData:
    """Collect everything that is kept of a person, and write down that somebody did.

    Args:
        store: Where it is.
        number: The person's phone number.
        actor: Who asks, for the audit log.
        clock: Tells the time.

    Raises:
        StoreUnavailableError: if the store cannot be read.
    """
    trace = await store.archive.trace(number)
    found = [await store.find(request_id) for request_id in trace.requests]
    requests = [await _whole(store, request) for request in found if request is not None]
    calls = [_call(call) for call in await store.archive.calls(trace.calls)]
    await _record(store, actor, "people.export", number, {"requests": len(requests), "calls": len(calls)}, clock)
    return PersonData(number=number, requests=requests, calls=calls)


async def erase_person(store: Store, number: E164, actor: str, clock: Clock) -> Erased:
    """Delete everything that is kept of a person; what still waits is cancelled first, so that its page hears of it.

    Args:
        store: Where it is; opened for serving.
        number: The person's phone number.
        actor: Who asks, for the audit log.
        clock: Tells the time.

    Raises:
        StoreUnavailableError: if the store cannot be changed.
    """
    trace = await store.archive.trace(number)
    cancelled = await store.transact(lambda tx: _cancel(tx, trace, clock.now_ms()))
    # Numbers may have been matched since: what is gone by now is gone, and what is new is of a new visit.
    requests = await store.archive.erase(trace)
    erased = Erased(requests=requests, calls=len(trace.calls), cancelled=cancelled)
    await _record(store, actor, "people.erase", number, msgspec.to_builtins(erased), clock)
    return erased


async def _cancel(tx: Transaction, trace: Trace, now_ms: int) -> int:
    cancelled = 0
    for request_id in trace.requests:
        request = await tx.find(request_id)
        if request is not None and request.state is State.WAITING:
            live = request.expires_at_ms > now_ms
            await tx.change(request, State.CANCELLED if live else State.EXPIRED, now_ms, {})
            cancelled += live
    return cancelled


async def _record(store: Store, actor: str, action: str, number: E164, details: Json, clock: Clock) -> None:
    subject = pseudonym(await store.secret("audit"), number)
    await record(store.audit, actor, action, subject, details, clock=clock)


async def _whole(store: Store, request: CallRequest) -> Json:
    seen: dict[str, Any] = msgspec.to_builtins(request_view(request))
    said = {"fields": request.fields, "userData": request.user_data, "page": msgspec.to_builtins(request.page)}
    given = request.consent and {"version": request.consent.version, "at": rfc3339(request.consent.at_ms)}
    return {**seen, **said, "consent": given, "events": [_event(event) for event in await store.events(request.id, 0)]}


def _event(event: Event) -> Json:
    return {"type": event.type.value, "at": rfc3339(event.at_ms), "data": event.data}


def _call(call: Call) -> Json:
    return {
        "id": call.id,
        "dialledNumber": call.number,
        "callerNumber": call.caller,
        "receivedAt": rfc3339(call.received_at_ms),
        "outcome": call.outcome,
        "callRequest": call.request_id,
    }
