"""By which names older clients call groups: they know no sites."""

from hmac import compare_digest

from warmcall.calls.directory import Directory, Group, Site
from warmcall.calls.errors import GroupUnknownError, OriginNotAllowedError
from warmcall.web.compat.errors import KeyRefusedError
from warmcall.web.errors import NotFoundError
from warmcall.web.exchange import Exchange

DEFAULT_GROUP = "DNIS"
"""What the older services take for the name of the group when none is given."""


class Names:
    """The groups of the sites that serve older protocols, by each of their names.

    Args:
        directory: All sites and groups.
        own_origin: Of the server's own pages.
    """

    def __init__(self, directory: Directory, own_origin: str) -> None:
        self._directory = directory
        self._own_origin = own_origin
        directory.on_change(self._read)

    def _read(self) -> None:
        sites = [site for site in self._directory.sites.values() if site.compat]
        self._groups = {name: group for site in sites for group in site.groups for name in group.compat_names}
        self._groups |= {group.name: group for site in sites for group in site.groups}
        self._only = sites[0].groups[0] if len(sites) == 1 and len(sites[0].groups) == 1 else None

    def check_served(self) -> None:
        """Let a request pass if a site serves older protocols.

        Raises:
            NotFoundError: if none does.
        """
        if not self._groups:
            raise NotFoundError

    def group(self, name: str | None) -> Group:
        """The group with this name; without one, the group `DNIS`, or the only one there is.

        Raises:
            NotFoundError: if no site serves older protocols.
            GroupUnknownError: if there is no such group.
        """
        self.check_served()
        found = self._groups.get(name or DEFAULT_GROUP) or (self._only if name is None else None)
        if found is None:
            raise GroupUnknownError("any", name or DEFAULT_GROUP)
        return found

    def admit(self, exchange: Exchange, group: Group) -> Site:
        """Let a request pass that may use a group.

        Raises:
            OriginNotAllowedError: if it comes from a page of another site.
            KeyRefusedError: if the site has a key for older clients, and the request has another or none.
        """
        site = self._directory.site(group.site)
        origin = exchange.headers.get(b"origin", b"").decode("latin-1")
        if origin and origin not in site.origins and origin != self._own_origin:
            raise OriginNotAllowedError(site.id, origin)
        if site.compat_key is not None and not compare_digest(site.compat_key.encode(), key_of(exchange).encode()):
            raise KeyRefusedError
        return site


def key_of(exchange: Exchange) -> str:
    """The key that an older client sends."""
    headers = exchange.headers
    return (headers.get(b"apikey") or headers.get(b"x-api-key") or b"").decode("latin-1")
