"""Where a call goes at a provider that has no extensions of its own, and where next if nobody answers."""

import logging
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from warmcall.telephony.connector import Switchboard
from warmcall.telephony.destinations import Destination, Kind
from warmcall.telephony.headers import TOKEN_HEADER, Header, HeaderRefusedError, context_headers
from warmcall.telephony.ivr import Prompt, Route
from warmcall.telephony.refusals import Refusal, RefusedError

log = logging.getLogger("warmcall.telephony")


class Reach:
    """What a connector can reach.

    Args:
        switchboard: Knows the destinations.
        sip_domain: Where extensions are; `None`: they cannot be called.
        queues: Whether the provider has queues.
    """

    def __init__(self, switchboard: Switchboard, sip_domain: str | None, *, queues: bool = True) -> None:
        self._switchboard = switchboard
        self._sip_domain = sip_domain
        self._queues = queues

    def target(self, route: Route) -> Destination | None:
        """Where to send a call: where it should go or, if that cannot be called, to the general destination."""
        return self._reachable(self._switchboard.destination(route)) or self._general()

    def done_url(self, route: Route, target: Destination, headers: tuple[Header, ...], *, last: bool) -> str:
        """The address `done`, to be requested when the connection is over; it knows what to try if there was none.

        Args:
            route: What was decided.
            target: Where the call goes now.
            headers: What goes with it.
            last: Whether nothing else is to be tried.
        """
        url = self._switchboard.url("done")
        if last or self._general() in (None, target):
            return url
        # In order of their names: Twilio sorts them so after it signed the address.
        again = {"again": route.language, "token": dict(headers).get(TOKEN_HEADER, "")}
        return f"{url}?{urlencode(again)}"

    def again(self, query: Mapping[str, str]) -> tuple[Route, tuple[Header, ...]] | None:
        """What to try next, read from the address; `None`: nothing.

        Raises:
            RefusedError: MALFORMED if the token in it is none.
        """
        if "again" not in query:
            return None
        try:
            headers = context_headers(query.get("token") or None)
        except HeaderRefusedError as error:
            raise RefusedError(Refusal.MALFORMED, "request the address as it was given in the document") from error
        route = Route(prompt=Prompt.GENERAL_LINE, destination=None, matched=False, language=query["again"])
        return route, headers

    def _general(self) -> Destination | None:
        return self._reachable(
            self._switchboard.destination(Route(prompt=Prompt.GENERAL_LINE, destination=None, matched=False))
        )

    def _reachable(self, target: Destination | None) -> Destination | None:
        if target is None:
            return None
        if target.kind is Kind.EXTENSION and self._sip_domain is not None:
            return Destination(Kind.SIP, f"sip:{quote(target.value, safe='+*')}@{self._sip_domain}")
        if target.kind is Kind.EXTENSION or (target.kind is Kind.QUEUE and not self._queues):
            log.error(
                "this provider cannot call such a destination; extensions need sip_domain in the settings",
                extra={"connector": self._switchboard.name, "kind": target.kind.value},
            )
            return None
        return target
