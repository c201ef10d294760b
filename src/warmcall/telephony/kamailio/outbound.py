"""Writing answers as the JSON that the example configurations read."""

import msgspec

from warmcall.telephony.headers import user_to_user
from warmcall.telephony.kamailio.inbound import Invited
from warmcall.telephony.redirect.outbound import Answer


class _Decided(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    # Numbers, not texts: Kamailio takes these to find the transaction.
    ti: int
    tl: int
    status: int
    reason: str
    target: str = ""
    contact: str = ""
    token: str = ""
    uui: str = ""


_encode = msgspec.json.Encoder().encode


def render(invited: Invited, answer: Answer) -> bytes:
    """Write an answer.

    Both ways to go on are in it: `contact` for a redirect; `target`, `token` and `uui` for relaying the call.
    """
    return _encode(
        _Decided(
            ti=invited.index,
            tl=invited.label,
            status=answer.status,
            reason=answer.reason,
            target=answer.target or "",
            contact=answer.contact or "",
            token=answer.token or "",
            uui=user_to_user(answer.token) if answer.token else "",
        )
    )
