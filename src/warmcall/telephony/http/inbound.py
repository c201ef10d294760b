"""Reading what the phone system reports. Its API key was checked before."""

from warmcall.calls.draft import convert
from warmcall.calls.errors import InvalidFieldError
from warmcall.calls.model import Json
from warmcall.calls.routing import RouteBody
from warmcall.telephony.connector import Switchboard
from warmcall.telephony.ivr import InboundCall


def read_body(data: Json) -> RouteBody:
    """Check a report.

    Raises:
        InvalidFieldError: naming the field and the rule.
    """
    body = convert(data, RouteBody)
    if body.digits and body.state is None:
        raise InvalidFieldError("state", "send it along with digits; it is in the answer that asked for them.")
    return body


def read_call(body: RouteBody, switchboard: Switchboard) -> InboundCall:
    """Read the call a report is about."""
    return switchboard.call(
        body.call_id,
        body.dialled_number,
        body.caller_number,
        caller_name=body.caller_name,
        attestation=body.attestation,
    )
