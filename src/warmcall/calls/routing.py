"""Bodies of the route API: an owner's own IVR asks what to do with a call, step by step."""

from typing import Annotated, Literal

import msgspec

from warmcall.calls.answers import GroupRef

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
DestinationKind = Literal["sip", "number", "queue", "extension"]
_Number = Annotated[str, msgspec.Meta(max_length=200)]


class RouteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """An inbound call, or what its caller keyed in.

    Attributes:
        call_id: The phone system's own id of the call.
        dialled_number: The access number that was called; SIP and tel URIs are read too.
        caller_number: Where the call comes from; `null` if it is withheld.
        caller_name: The name the network sent with the call, for the agent.
        attestation: How far the network vouches for the caller's number: A, B or C (RFC 8588).
        state: From the answer that asked for digits, unchanged.
        digits: What was keyed in since; empty if nothing was.
    """

    call_id: _Id
    dialled_number: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    caller_number: _Number | None = None
    caller_name: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    attestation: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    state: Annotated[str, msgspec.Meta(max_length=1200)] | None = None
    digits: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class Say(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What to say.

    Attributes:
        prompt: Stable name of the prompt, for systems with recordings of their own.
        text: For a synthetic voice.
        language: The voice's language, such as `en-US`.
        audio_url: The owner's recording, if there is one.
    """

    prompt: str
    text: str
    language: str
    audio_url: str | None = None


class GatherDigits(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What to collect.

    Attributes:
        digits: How many complete the code.
        timeout_s: Seconds to wait for the next key after what is said.
        finish_on_key: Completes it earlier.
        fallback_destination: Where to connect the call if you give up asking; `null`: hang up.
        fallback_destination_kind: What `fallback_destination` is, as `destinationKind`.
    """

    digits: int
    timeout_s: float
    finish_on_key: str = "#"
    fallback_destination: str | None = None
    fallback_destination_kind: DestinationKind | None = None


class RouteAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What to do next: say `say`, then do `action`.

    Attributes:
        action: `gather`: collect digits and ask again with `state`; `route`: connect to `destination`; `hangup`: end
            the call.
        matched: Whether it is known who calls and why.
        destination: Where to connect to, with `route`.
        destination_kind: What `destination` is: a SIP URI, a number in E.164, or a queue or extension of your phone
            system.
        headers: To send along with a SIP call.
        token: Stands for the context of a matched call.
        context_url: Where an API key reads the context.
        state: To be sent back with the digits.
        reason: Why to hang up.
    """

    action: Literal["gather", "route", "hangup"]
    say: Say
    matched: bool = False
    group: GroupRef | None = None
    gather: GatherDigits | None = None
    destination: str | None = None
    destination_kind: DestinationKind | None = None
    headers: dict[str, str] = {}
    token: str | None = None
    context_url: str | None = None
    state: str | None = None
    reason: str | None = None
