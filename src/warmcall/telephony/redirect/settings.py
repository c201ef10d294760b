"""What `[telephony.sip-redirect]` may hold."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from warmcall.telephony.connector import ConnectorSettings
from warmcall.telephony.destinations import DestinationError, read_destination
from warmcall.telephony.redirect.target import read_host

Network = IPv4Network | IPv6Network


class Settings(ConnectorSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to listen, who may ask, and where calls go.

    Attributes:
        host: Address to listen on.
        port: UDP port to listen on; 0: any free one.
        peers: Addresses or networks that are answered; to all others the server is silent.
        pbx: Host, or host and port, of the phone system on which queues, extensions and numbers are dialled; `None`:
            only SIP URIs can be destinations.
        code_destination: Where a caller goes who must key in a code: something that can ask for it, as a redirect
            cannot; `None`: to the group's fallback.
    """

    host: str = "127.0.0.1"
    port: int = 5060
    peers: tuple[str, ...] = ("127.0.0.0/8", "::1")
    pbx: str | None = None
    code_destination: str | None = None

    def __post_init__(self) -> None:
        """Check what the types do not.

        Raises:
            ValueError: naming the setting and what is expected there.
        """
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port: expected 0 to 65535, got {self.port}")
        if not self.peers:
            raise ValueError("peers: expected at least one address or network; nobody would be answered")
        self.networks()
        check_targets(self.pbx, self.code_destination)

    def networks(self) -> tuple[Network, ...]:
        """The networks that are answered."""
        return tuple(_network(peer) for peer in self.peers)


def check_targets(pbx: str | None, code_destination: str | None) -> None:
    """Check where calls go.

    Raises:
        ValueError: naming the setting and what is expected there.
    """
    try:
        if pbx is not None:
            read_host(pbx)
    except DestinationError as error:
        raise ValueError(f"pbx: {error.message}") from error
    try:
        if code_destination is not None:
            read_destination(code_destination)
    except DestinationError as error:
        raise ValueError(f"code_destination: {error.message}") from error


def _network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f'peers: expected an address or a network such as "10.0.0.0/8", got "{text}"') from error
