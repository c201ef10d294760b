"""What answers the routes of older protocols."""

from typing import Any

from warmcall.web.compat.callback import CallbackService
from warmcall.web.compat.engagement import CallIn
from warmcall.web.compat.names import Names
from warmcall.web.compat.resources import MatchInteraction, RequestAccess, RequestInteraction
from warmcall.web.services import Services


def compat_endpoints(services: Services, own_origin: str) -> dict[str, Any]:
    """By the name of their operation.

    Args:
        services: What they work with.
        own_origin: Of the server's own pages.
    """
    names = Names(services.directory, own_origin)
    return {
        "oldCallback": CallbackService(services, names),
        "oldInteraction": RequestInteraction(services, names),
        "oldAccess": RequestAccess(services, names),
        "oldMatch": MatchInteraction(services, names),
        "oldCallIn": CallIn(services, names),
    }
