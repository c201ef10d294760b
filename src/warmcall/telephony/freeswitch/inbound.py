"""Reading what FreeSWITCH says of a call.

An outbound event socket has nothing to authenticate; the listener's allow-list has let the peer in.
"""

import re
from collections.abc import Mapping

from warmcall.telephony.connector import Switchboard
from warmcall.telephony.ivr import InboundCall
from warmcall.telephony.refusals import Refusal, RefusedError

KEYS = "0123456789*"
_CAUSE = re.compile(r"[A-Z0-9_]{1,60}")

_CAUSES = {
    "NORMAL_CLEARING": "it was hung up",
    "ORIGINATOR_CANCEL": "the caller hung up",
    "USER_BUSY": "the destination was busy",
    "NO_ANSWER": "nobody answered",
    "NO_USER_RESPONSE": "nobody answered",
    "CALL_REJECTED": "the destination refused the call",
}


def read_call(channel: Mapping[str, str], switchboard: Switchboard) -> InboundCall:
    """Read the call. The dialplan may know better: `warmcall_dialled`, `warmcall_caller`, `warmcall_attestation`.

    Raises:
        RefusedError: MALFORMED if it is not a call, or has no dialled number.
    """
    call_id = channel.get("Unique-ID")
    if call_id is None:
        raise RefusedError(Refusal.MALFORMED, 'expected <action application="socket" data="HOST:PORT async full"/>')
    caller = channel.get("Caller-Caller-ID-Number") or channel.get("Caller-ANI")
    return switchboard.call(
        call_id,
        _variable(channel, "dialled") or channel.get("Caller-Destination-Number", ""),
        _variable(channel, "caller") or caller,
        privacy="id" if channel.get("Caller-Privacy-Hide-Number") == "true" else "",
        caller_name=channel.get("Caller-Caller-ID-Name"),
        attestation=_variable(channel, "attestation") or channel.get("variable_sip_verstat_detailed"),
    )


def read_digits(event: Mapping[str, str], variable: str) -> str:
    """What was keyed in; empty if nothing was."""
    keyed = event.get(f"variable_{variable}") or event.get(f"variable_{variable}_invalid") or ""
    return "".join(key for key in keyed if key in KEYS)[:64]


def reason(cause: str | None) -> str:
    """Why a call ended, in a few words.

    >>> reason("USER_BUSY")
    'the destination was busy (USER_BUSY)'
    """
    if cause is None or _CAUSE.fullmatch(cause) is None:
        return "it was hung up"
    return f"{_CAUSES.get(cause, 'it ended')} ({cause})"


def _variable(channel: Mapping[str, str], name: str) -> str | None:
    return channel.get(f"variable_warmcall_{name}")
