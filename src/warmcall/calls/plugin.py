"""The plugin CallRequests: the domain's operations as commands on the bus, its events as bus events."""

from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.bus.errors import CommandRejectedError
from warmcall.calls.admission import Admission
from warmcall.calls.allocation import allocate
from warmcall.calls.announcing import Announcer
from warmcall.calls.answers import (
    Context,
    GroupRef,
    Issued,
    MatchAnswer,
    RequestView,
    context,
    issued,
    request_view,
    tries_left,
)
from warmcall.calls.clock import Clock, rfc3339
from warmcall.calls.counts import SharedCounts
from warmcall.calls.directory import Directory, Group
from warmcall.calls.draft import Draft, InboundCall, convert, read_draft
from warmcall.calls.errors import (
    NumberInvalidError,
    RequestUnknownError,
    UnknownError,
)
from warmcall.calls.matching import Report, Verdict, decide, report_of
from warmcall.calls.model import E164, Call, CallRequest, EventType, Json, RequestId
from warmcall.calls.notes import Note, NoteReport, add_note, facts_of, note_of
from warmcall.calls.phone import parse_number
from warmcall.calls.port import Store, Transaction
from warmcall.calls.progress import CallReport, advance, cancel
from warmcall.calls.repeats import Repeats
from warmcall.calls.tokens import Tokens
from warmcall.calls.tries import CodeTries
from warmcall.errors import WarmcallError

_EXPIRE_AT_ONCE = 1000


class _ById(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class _ByToken(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class _Told(NamedTuple):
    """A matched request with what the phone system and the bus are told of it: written once, used by both."""

    request: CallRequest
    owner: Group | None
    view: RequestView
    context: Context

    def plain(self) -> Json:
        """All of it as one JSON object."""
        return {**msgspec.to_builtins(self.view), "context": msgspec.to_builtins(self.context)}


class CallRequestsPlugin:
    """Registers the plugin `CallRequests`: create, cancel, match, report, find, context, note, expire.

    Every operation is a command, so `before("CallRequests.create", …)` sees each request wherever it comes from.

    Args:
        bus: Where to register.
        store: Where requests, calls and events live.
        directory: The sites and groups.
        tokens: Makes the tokens of visitors and contexts.
        clock: Tells the time.
        counts: Where attempts are counted; `None`: for this process alone.
        public_url: The server's address as the phone system reaches it, without a final slash.

    Attributes:
        outcomes: How often a call was answered how by this process, by site, group and outcome.
    """

    def __init__(
        self,
        bus: Bus,
        store: Store,
        directory: Directory,
        tokens: Tokens,
        clock: Clock,
        public_url: str = "",
        counts: SharedCounts | None = None,
    ) -> None:
        self.outcomes: Counter[tuple[str, str, str]] = Counter()
        self._store = store
        self._directory = directory
        self._tokens = tokens
        self._clock = clock
        self._public_url = public_url
        counts = counts or SharedCounts()
        self._admission = Admission(directory, counts)
        self._tries = CodeTries(directory, counts)
        self._repeats = Repeats()
        self._plugin = bus.plugin("CallRequests")
        self._announcer = Announcer(self._plugin, store, self._whole)
        self._register()

    def close(self) -> None:
        """Stop publishing events."""
        self._announcer.close()

    def _register(self) -> None:
        commands: dict[str, Callable[[CommandEvent], Any]] = {
            "create": self._create,
            "cancel": self._cancel,
            "match": self._match,
            "report": self._report,
            "find": self._find,
            "context": self._context,
            "note": self._note,
            "expire": self._expire,
        }
        for name, handler in commands.items():
            self._plugin.register_command(name, handler)
        self._plugin.register_events([kind.value for kind in EventType])
        self._plugin.ready()
        self._plugin.republish("ready")

    async def _create(self, e: CommandEvent) -> Issued:
        now_ms = self._clock.now_ms()
        draft = read_draft(e.data)
        group = self._directory.group(draft.site, draft.group)
        caller = self._admission.admit(draft, group, now_ms)
        if draft.idempotency_key is None:
            request = await self._grant(draft, group, caller, now_ms)
        else:
            async with self._repeats.turn((group.site, draft.idempotency_key)):
                known = await self._store.find_by_key(group.site, draft.idempotency_key)
                request = known or await self._grant(draft, group, caller, now_ms)
        return issued(request, self._tokens, now_ms)

    async def _grant(self, draft: Draft, group: Group, caller: E164 | None, now_ms: int) -> CallRequest:
        if group.challenge is not None:
            await self._look_at(draft)
        self._admission.count_caller(group, caller, now_ms)
        return await allocate(self._store, group, draft, caller, now_ms)

    async def _look_at(self, draft: Draft) -> None:
        """Let the challenge's solution be looked at, through the bus, so that an extension may do it in its own way."""
        solved = {"site": draft.site, "group": draft.group, "solution": draft.challenge, "address": draft.address}
        try:
            await self._plugin.command("Challenge.verify", solved)
        except CommandRejectedError as error:
            if isinstance(error.__cause__, WarmcallError):
                raise error.__cause__ from error
            raise

    async def _cancel(self, e: CommandEvent) -> RequestView:
        request_id = RequestId(convert(e.data, _ById).id)
        now_ms = self._clock.now_ms()
        return request_view(await self._store.transact(lambda tx: cancel(tx, request_id, now_ms)))

    async def _match(self, e: CommandEvent) -> MatchAnswer:
        inbound = convert(e.data, InboundCall)
        number = self._dialled(inbound.dialled_number)
        group = self._directory.by_number(number)
        report = report_of(inbound, number, _caller(inbound.caller_number, group))
        now_ms = self._clock.now_ms()
        if report.digits is not None and self._tries.exhausted(group, number, report.caller, now_ms):
            report = msgspec.structs.replace(report, barred=True)
        verdict, told = await self._decide(report, group, now_ms)
        if verdict.wrong_code:
            self._tries.count(group, number, report.caller, now_ms)
        self.outcomes[group.site, group.name, str(verdict.call.outcome)] += 1
        return self._answer(verdict.call, told, group)

    def _dialled(self, text: str) -> E164:
        """The access number that was called. Most phone systems report it as it is configured: nothing to read then."""
        number = E164(text)
        return number if self._directory.knows(number) else parse_number(text, field="dialledNumber")

    async def _decide(self, report: Report, group: Group, now_ms: int) -> tuple[Verdict, _Told | None]:
        """Decide in one transaction, and have what is told of the request at hand while its event is published."""
        told: _Told | None = None

        async def work(tx: Transaction) -> Verdict:
            nonlocal told
            verdict = await decide(tx, report, group, now_ms)
            if verdict.request is not None:
                told = self._told_of(verdict.request)
                self._announcer.fresh[verdict.request.id] = told.plain
            return verdict

        try:
            return await self._store.transact(work), told
        finally:
            if told is not None:
                self._announcer.fresh.pop(told.request.id, None)

    def _answer(self, call: Call, told: _Told | None, group: Group) -> MatchAnswer:
        owner = group if told is None else told.owner or group
        ref = GroupRef(site=owner.site, name=owner.name)
        if call.outcome == "matched" and told is not None:
            return MatchAnswer(
                outcome="matched",
                group=ref,
                destination=owner.destination,
                language=told.request.page.language or owner.language,
                call_request=told.view,
                context=told.context,
            )
        general = owner.fallback_destination or owner.destination
        if call.outcome == "code_needed" or call.outcome == "wrong_code":
            return MatchAnswer(
                outcome=call.outcome,
                group=ref,
                tries_left=tries_left(call),
                code_digits=owner.code_digits,
                fallback_destination=general,
                language=owner.language,
            )
        return MatchAnswer(outcome="no_match", group=ref, destination=general, language=owner.language)

    async def _report(self, e: CommandEvent) -> dict[str, str | None]:
        report = convert(e.data, CallReport)
        now_ms = self._clock.now_ms()
        request = await self._store.transact(lambda tx: advance(tx, report, now_ms))
        return {"state": request.state.value if request else None}

    async def _find(self, e: CommandEvent) -> Json:
        request = await self._store.find(RequestId(convert(e.data, _ById).id))
        if request is None:
            raise RequestUnknownError
        return self._whole(request)

    async def _context(self, e: CommandEvent) -> Json:
        request_id = self._tokens.request_of_context(convert(e.data, _ByToken).token)
        request = await self._store.find(request_id) if request_id else None
        if request is None:
            raise RequestUnknownError
        return {**self._whole(request), **await self._told(request.id)}

    async def _told(self, request_id: RequestId) -> Json:
        """What phone system and agents have said of a request: only its events know."""
        events = await self._store.events(request_id, 0)
        notes = [note_of(event) for event in events if event.type is EventType.NOTE_ADDED]
        facts = next((facts_of(event) for event in events if event.type is EventType.MATCHED), None)
        return {"call": msgspec.to_builtins(facts), "notes": msgspec.to_builtins(notes)}

    async def _note(self, e: CommandEvent) -> Note:
        note = convert(e.data, NoteReport)
        request_id = self._tokens.request_of_context(note.token)
        if request_id is None:
            raise RequestUnknownError
        now_ms = self._clock.now_ms()
        await self._store.transact(lambda tx: add_note(tx, request_id, note, now_ms))
        return Note(rfc3339(now_ms), note.text, note.disposition)

    async def _expire(self, e: CommandEvent) -> int:
        now_ms = self._clock.now_ms()
        return await self._store.transact(lambda tx: tx.expire_due(now_ms, _EXPIRE_AT_ONCE))

    def _whole(self, request: CallRequest) -> Json:
        """A request with its context, as one JSON object."""
        return self._told_of(request).plain()

    def _told_of(self, request: CallRequest) -> _Told:
        try:
            owner = self._directory.group(request.site, request.group)
        except UnknownError:
            owner = None
        who = context(request, self._tokens, self._public_url, owner.screen_pop if owner else None)
        return _Told(request, owner, request_view(request), who)


def _caller(number: str | None, group: Group) -> E164 | None:
    """The caller's number, or `None` if it is withheld or not a number anybody could be called back on."""
    if number is None:
        return None
    try:
        return parse_number(number, group.countries[:1])
    except (NumberInvalidError, ValueError):
        return None
