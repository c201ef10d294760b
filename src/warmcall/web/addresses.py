"""Whose request it is: the network address of a client, also behind proxies of the owner's own."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network

from warmcall.web.exchange import Exchange


class Addresses:
    """Finds client addresses.

    Args:
        trusted_proxies: Addresses or networks whose `X-Forwarded-For` is believed.
    """

    def __init__(self, trusted_proxies: Sequence[str]) -> None:
        self._networks = [ip_network(text, strict=False) for text in trusted_proxies]
        self._is_trusted = lru_cache(maxsize=1024)(self._look_up)

    def client(self, exchange: Exchange) -> str | None:
        """The address of the client; `None` if the transport has none, such as a Unix socket."""
        peer = exchange.scope.get("client")
        if peer is None:
            return None
        address: str = peer[0]
        if not self._networks or not self._is_trusted(address):
            return address
        forwarded = exchange.headers.get(b"x-forwarded-for", b"").decode("latin-1")
        # Only what the trusted proxies themselves appended can be believed: the last address that is none of theirs.
        for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
            address = hop[:64]
            if not self._is_trusted(hop):
                break
        return address

    def _look_up(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._networks)
