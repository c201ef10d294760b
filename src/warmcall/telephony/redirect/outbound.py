"""Writing decisions as what a redirect can say: go there, or nobody has this number."""

import logging

import msgspec

from warmcall.telephony.connector import Switchboard
from warmcall.telephony.destinations import Destination, DestinationError, read_destination
from warmcall.telephony.ivr import Decision, Gather, HangUp, Route
from warmcall.telephony.redirect.target import uri_of, with_token

log = logging.getLogger("warmcall.telephony")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a SIP caller is told.

    Attributes:
        status: 302 with a target; 404 or 480 without.
        reason: In a few words.
        target: The destination's URI, as configured.
        contact: The same with the token in it.
        token: What the call carries; `None` if it is not known whose it is.
    """

    status: int
    reason: str
    target: str | None = None
    contact: str | None = None
    token: str | None = None


def render(decision: Decision, switchboard: Switchboard, pbx: str | None, code_destination: str | None) -> Answer:
    """Write what becomes of a call.

    A redirect has no voice to ask with, so a call that needs a code goes where it is asked for.

    Args:
        decision: What was decided.
        switchboard: Knows destinations.
        pbx: The host on which queues, extensions and numbers are dialled.
        code_destination: Where codes are asked for; `None`: nowhere.
    """
    if isinstance(decision, HangUp):
        return Answer(status=404, reason="Not Found")
    if isinstance(decision, Gather) and code_destination is not None:
        goal: Destination | None = read_destination(code_destination)
    else:
        goal = switchboard.destination(decision)
    return _sent(goal, pbx, decision.token if isinstance(decision, Route) else None)


def _sent(goal: Destination | None, pbx: str | None, token: str | None) -> Answer:
    try:
        if goal is not None:
            target = uri_of(goal, pbx)
            contact = with_token(target, token)
            return Answer(status=302, reason="Moved Temporarily", target=target, contact=contact, token=token)
    except DestinationError as error:
        log.error("a destination cannot be reached by SIP", extra={"why": error.message})
    return Answer(status=480, reason="Temporarily Unavailable")
