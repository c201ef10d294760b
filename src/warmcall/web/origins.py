"""Which pages may use the API from a browser (the CORS protocol of the Fetch standard)."""

from collections.abc import Sequence

from warmcall.calls.directory import Directory
from warmcall.calls.errors import OriginNotAllowedError
from warmcall.web.exchange import Exchange, Header

_PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"GET, POST, DELETE"),
    (
        b"access-control-allow-headers",
        b"content-type, idempotency-key, authorization, last-event-id, apikey, x-api-key, ccid",
    ),
    (b"access-control-max-age", b"7200"),
)
_COMPAT = ("genesys", "engagement")
_Allowed = dict[bytes, tuple[Header, ...]]


class Origins:
    """The origin allow-lists of all sites.

    A request without an origin passes: browsers always send one where it matters, and others could send any.

    Args:
        directory: The sites with their origins.
        own: The server's own origin, whose pages may use every site.
    """

    def __init__(self, directory: Directory, own: str) -> None:
        self._directory = directory
        self._own = own
        directory.on_change(self._read)

    def _read(self) -> None:
        sites = self._directory.sites.values()
        self._of_site = {str(site.id): _headers_by_origin(site.origins | {self._own}) for site in sites}
        self._of_any = {origin: headers for allowed in self._of_site.values() for origin, headers in allowed.items()}
        compat = [self._of_site[site.id] for site in sites if site.compat]
        self._of_compat = {origin: headers for allowed in compat for origin, headers in allowed.items()}

    def admit(self, exchange: Exchange) -> None:
        """Note on the exchange what lets the page read the answer.

        Raises:
            OriginNotAllowedError: if the page is not one of the site's own.
        """
        origin = exchange.headers.get(b"origin")
        allowed = self._allowed(exchange.parts)
        if origin is None or allowed is None:
            return
        headers = allowed.get(origin)
        if headers is None:
            site = exchange.parts[3] if exchange.parts[2] == "sites" else "*"
            raise OriginNotAllowedError(site, origin.decode("latin-1"))
        exchange.cors = headers

    def is_preflight(self, exchange: Exchange) -> bool:
        """Whether a browser asks for permission instead of doing something."""
        return exchange.method == "OPTIONS" and bool(exchange.cors) and _REQUESTED in exchange.headers

    @property
    def preflight(self) -> Sequence[Header]:
        """What answers a permitted preflight, besides the CORS headers of every answer."""
        return _PREFLIGHT

    def _allowed(self, parts: list[str]) -> _Allowed | None:
        if len(parts) < 4 or parts[1] != "v1":
            # Older protocols name no site; which of theirs the page is of is checked once the group is known.
            return self._of_compat or None if len(parts) > 4 and parts[1] in _COMPAT else None
        if parts[2] == "sites":
            return self._of_site.get(parts[3])
        # The visitor's token says whose request it is; here the page only has to be one of ours.
        return self._of_any if parts[2] == "call-requests" else None


_REQUESTED = b"access-control-request-method"


def _headers_by_origin(origins: frozenset[str]) -> _Allowed:
    return {
        origin.encode(): ((b"access-control-allow-origin", origin.encode()), (b"vary", b"origin"))
        for origin in origins
        if origin
    }
