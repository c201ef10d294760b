"""What a connector is: the one thing that ties a kind of phone system to Warmcall.

A connector authenticates and reads what comes in, lets the switchboard decide, and writes what goes out. Webhook
connectors are called over HTTP and answer with a document; server connectors have a listener or a connection of their
own; one may be both.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import msgspec

from warmcall.calls.clock import Clock
from warmcall.calls.model import CallId
from warmcall.telephony.destinations import Destination, DestinationError, read_destination
from warmcall.telephony.headers import Header, context_headers
from warmcall.telephony.ivr import Decision, Gather, InboundCall, Ivr, Route
from warmcall.telephony.numbers import read_attestation, read_caller, read_dialled, read_name
from warmcall.telephony.prompts import Prompts, Speech
from warmcall.telephony.refusals import Refusal, Refusals, RefusedError
from warmcall.telephony.state import States

log = logging.getLogger("warmcall.telephony")


class ConnectorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every `[telephony.NAME]` table may hold; a connector's own `Settings` extends it.

    Attributes:
        kind: Which connector; `None`: the table's own name.
        fallback_destination: Where a call goes whose group could not be found out, so that no caller is dropped.
    """

    kind: str | None = None
    fallback_destination: str | None = None


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request of a provider, as it came.

    Attributes:
        method: In upper case.
        url: The address the provider called, as it knows it: the public one, with the query.
        headers: By lower-case name; the values of a repeated header joined by `, `.
        body: Every byte as it was sent: signatures are checked over these, before anything is read from them.
        query: What follows the question mark in `url`, undecoded.
        peer: Network address of the client.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""
    peer: str = ""

    def form(self) -> list[tuple[str, str]]:
        """The pairs of a form-encoded body, in order, repeated and empty ones too.

        Raises:
            RefusedError: MALFORMED if it is not UTF-8 or has more than 200 pairs.
        """
        return _pairs(self.body)

    def queries(self) -> dict[str, str]:
        """The pairs of the query; of a repeated name the last."""
        return dict(_pairs(self.query.encode()))


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider gets back."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""
    headers: tuple[Header, ...] = ()


Receive = Callable[[Webhook], Awaitable[Reply]]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One address of a webhook connector.

    Attributes:
        path: Below `/telephony/NAME/`, fixed, such as `voice`; what changes from call to call goes into the query.
        receive: Answers; a `RefusedError` it raises is logged, counted and answered for it.
        methods: What it answers to.
    """

    path: str
    receive: Receive
    methods: tuple[str, ...] = ("POST",)


class Connector:
    """Ties a phone system to Warmcall. Extend it, and overwrite what applies.

    Attributes:
        endpoints: The addresses of a webhook connector; empty for others.
    """

    endpoints: tuple[Endpoint, ...] = ()

    async def start(self) -> None:
        """Open the listener or connection. Return when it is open, or when it is being opened again and again."""

    async def stop(self) -> None:
        """Close it, end what is under way. Called once, also after a `start` that failed."""


class Turn(msgspec.Struct, frozen=True):
    """What happens next in a call.

    Attributes:
        decision: What to do.
        state: The token to come back with when the digits are there; `None` unless digits are asked for.
    """

    decision: Decision
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Switchboard:
    """What every connector works with. There is one for each `[telephony.NAME]` table.

    Attributes:
        name: The table's name.
        kind: Which connector it is, for folders that serve several kinds.
        base_url: Where its endpoints are reached from outside: `https://…/telephony/NAME`.
        ivr: Decides, and takes reports: `ivr.connected(call_id)`, `ivr.ended(call_id, reason)`.
        states: Seals what was asked into tokens.
        prompts: What to say.
        clock: Tells the time.
        refusals: Logs and counts what is turned away.
        fallback_destination: From the settings.
    """

    name: str
    kind: str
    base_url: str
    ivr: Ivr
    states: States
    prompts: Prompts
    clock: Clock
    refusals: Refusals = field(default_factory=Refusals)
    fallback_destination: str | None = None

    async def turn(self, call: InboundCall, state: str | None = None, digits: str | None = None) -> Turn:
        """Decide what happens next; asking twice gives the same answer twice.

        Args:
            call: The call.
            state: The token of the turn before; `None` at the beginning of a call.
            digits: What was keyed in since; empty or `None` if nothing was.

        Raises:
            RefusedError: if the state is forged, expired, or another call's.
        """
        if state is None:
            decision = await self.ivr.answer(call)
        else:
            asked = self.states.open(call.call_id, state)
            decision = await self.ivr.keyed(call, asked, digits or "")
        return Turn(decision, self.states.seal(call.call_id, decision) if isinstance(decision, Gather) else None)

    def speech(self, decision: Decision) -> Speech:
        """What to say for a decision."""
        return self.prompts.speech(decision)

    def destination(self, decision: Route | Gather) -> Destination | None:
        """Where the call goes: by the decision, or else by this connector's settings. `None`: nowhere, so hang up.

        Of a `Gather` it says where the call goes if the connector gives up asking.
        """
        named = decision.destination if isinstance(decision, Route) else decision.fallback
        for text in filter(None, (named, self.fallback_destination)):
            try:
                return read_destination(text)
            except DestinationError as error:
                # A slip in the configuration must not cost a caller: there may be another way on.
                log.error("a destination cannot be used", extra={"connector": self.name, "why": error.message})
        return None

    def headers(self, route: Route) -> tuple[Header, ...]:
        """The SIP headers that go with the call: the token, or nothing."""
        return context_headers(route.token)

    def url(self, path: str, state: str | None = None) -> str:
        """The address of one of the endpoints, with the state in its query."""
        return f"{self.base_url}/{path}" + (f"?state={state}" if state else "")

    async def receive(self, endpoint: Endpoint, webhook: Webhook) -> Reply:
        """Let an endpoint answer; turn a refusal into its status."""
        try:
            return await endpoint.receive(webhook)
        except RefusedError as error:
            self.refuse(error)
            return Reply(status=error.status, body=f"{error.kind.value}: {error.message}\n".encode())

    def refuse(self, error: RefusedError) -> None:
        """Log and count a refusal; for server connectors, which have nobody to do it for them."""
        self.refusals.note(self.name, error)

    def call(
        self,
        call_id: str,
        dialled: str,
        caller: str | None,
        *,
        privacy: str = "",
        caller_name: str | None = None,
        attestation: str | None = None,
    ) -> InboundCall:
        """Describe an inbound call from what the phone system wrote: numbers are read and bounded here.

        Raises:
            RefusedError: MALFORMED if there is no call id or no dialled number, or if one is too long to be one.
        """
        return _call(self.name, call_id, dialled, caller, privacy, caller_name, attestation)


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=200, errors="strict")
    except ValueError as error:
        raise RefusedError(Refusal.MALFORMED, "expected form fields in UTF-8, at most 200") from error


def _call(
    name: str,
    call_id: str,
    dialled: str,
    caller: str | None,
    privacy: str,
    caller_name: str | None,
    attestation: str | None,
) -> InboundCall:
    if not call_id or len(call_id) > 200 or not call_id.isprintable():
        raise RefusedError(Refusal.MALFORMED, "the call has no id, or one of more than 200 characters")
    if not dialled or len(dialled) > 500:
        raise RefusedError(Refusal.MALFORMED, "the call has no dialled number, or one of more than 500 characters")
    who = read_caller((caller or "")[:500], privacy)
    return InboundCall(
        provider=name,
        call_id=CallId(call_id),
        dialled_number=read_dialled(dialled)[:200],
        caller_number=who.number[:200] if who.number else None,
        caller_withheld=who.withheld,
        caller_name=None if who.withheld else read_name(caller_name),
        attestation=read_attestation(attestation),
    )
