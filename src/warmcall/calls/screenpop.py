"""The address that opens an agent's CRM on the right page: the owner's template, filled in."""

import re
from urllib.parse import quote

from warmcall.calls.model import CallRequest

NAMES = ("phone", "token", "id", "site", "group")
_PLACE = re.compile(r"\{([^{}]*)\}")


def unknown_names(template: str) -> list[str]:
    """The names between braces that stand for nothing."""
    return [name for name in _PLACE.findall(template) if name not in NAMES]


def screen_pop_url(template: str, request: CallRequest, token: str) -> str:
    """Fill in a template.

    Args:
        template: An address with `{phone}` (the visitor's number in E.164, or empty), `{token}` (of the context),
            `{id}`, `{site}` and `{group}`.
        request: The call request.
        token: Its context token.

    Every value is percent-encoded whole, so none can add to the address or change where it leads.
    """
    values = {
        "phone": request.caller or "",
        "token": token,
        "id": request.id,
        "site": request.site,
        "group": request.group,
    }
    return _PLACE.sub(lambda place: quote(values.get(place[1], ""), safe=""), template)
