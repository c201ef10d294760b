"""Reading what Kamailio reports: a call that waits for a decision, or how one goes on."""

from typing import Annotated

import msgspec

from warmcall.telephony.connector import Switchboard
from warmcall.telephony.ivr import InboundCall
from warmcall.telephony.redirect.identity import Claims, call_key, read_call
from warmcall.telephony.refusals import Refusal, RefusedError

_Text = Annotated[str, msgspec.Meta(max_length=8192)]


class Invited(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="call"):
    """A call whose transaction Kamailio has suspended.

    Attributes:
        index: With `label` the transaction's name in Kamailio (`$T(id_index)`, `$T(id_label)`).
        call_id: Value of `Call-ID`.
        dialled: User part of the request's URI.
        sender: Value of `From`.
        asserted: Value of `P-Asserted-Identity`.
        privacy: Value of `Privacy`.
        attested: A, B or C, if Kamailio or the network before it has checked that.
        identity: Value of `Identity`.
    """

    index: int = msgspec.field(name="ti")
    label: int = msgspec.field(name="tl")
    call_id: _Text = msgspec.field(name="ci", default="")
    dialled: _Text = ""
    sender: _Text = msgspec.field(name="from", default="")
    asserted: _Text = ""
    privacy: _Text = ""
    attested: _Text = ""
    identity: _Text = ""


class Connected(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="connected"):
    """An agent answered.

    Attributes:
        call_id: Value of `Call-ID`.
        tag: Tag of `From`.
    """

    call_id: _Text = msgspec.field(name="ci")
    tag: _Text = msgspec.field(name="ft", default="")


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="ended"):
    """The call is over.

    Attributes:
        call_id: Value of `Call-ID`.
        tag: Tag of `From`.
        reason: Why.
    """

    call_id: _Text = msgspec.field(name="ci")
    tag: _Text = msgspec.field(name="ft", default="")
    reason: _Text = ""


Report = Invited | Connected | Ended

_decoder: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


def read_report(message: bytes) -> Report:
    """Read a message.

    Raises:
        RefusedError: MALFORMED if it is none of those the example configurations send.
    """
    try:
        return _decoder.decode(message)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(Refusal.MALFORMED, f"a message of Kamailio's cannot be read: {error}") from error


def call_of(invited: Invited, switchboard: Switchboard) -> InboundCall:
    """Describe the call.

    Raises:
        RefusedError: MALFORMED if it names no number.
    """
    claims = Claims(
        sender=invited.sender,
        asserted=invited.asserted,
        privacy=invited.privacy,
        attested=invited.attested,
        identity=invited.identity,
    )
    return read_call(switchboard, invited.call_id, invited.dialled, claims)


def key_of(report: Connected | Ended) -> str:
    """Which call a report is about."""
    return call_key(report.call_id, report.tag)
