"""Which addresses a receiver may have: those of the public internet, and what the owner allows besides.

Whoever may configure a webhook could otherwise make the server ask things of its own network (server-side request
forgery). The name is looked up here, and the connection made to the address that was checked, so that a name whose
answer changes in between gains nothing.
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple

import httpx

from warmcall.webhooks.hook import Network

Address = IPv4Address | IPv6Address
# Whoever has more is reached at one of these, or is down.
_MOST = 3
_NAT64 = ip_network("64:ff9b::/96")


class ForbiddenAddressError(Exception):
    """The receiver is where no webhook may go."""


class Target(NamedTuple):
    """Where to connect, and under which name.

    Attributes:
        url: With the address in place of the name.
        host: The `Host` header.
        name: What its certificate must be for.
    """

    url: httpx.URL
    host: str
    name: str


async def find(url: str, allowed: Sequence[Network]) -> list[Target]:
    """Look a receiver up.

    Returns:
        One target for each of its addresses, the best first; at most three.

    Raises:
        ForbiddenAddressError: if it is in a private network that is not among `allowed`, or asked for over plain http
            in a public one.
        OSError: if its name has no address.
    """
    parsed = httpx.URL(url)
    # As the name server and the certificate know it: an international name in its ASCII form.
    name = parsed.raw_host.decode("ascii")
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, "no name that a host can have") from error
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        check(address, allowed, plain=parsed.scheme == "http")
    host = parsed.netloc.decode("ascii")
    return [Target(parsed.copy_with(host=str(address)), host, name) for address in dict.fromkeys(addresses)][:_MOST]


def check(address: Address, allowed: Sequence[Network], *, plain: bool = False) -> None:
    """Let an address pass, or not.

    Raises:
        ForbiddenAddressError: if it is private and not among `allowed`, or public and asked for in `plain` http.
    """
    meant = _meant(address)
    if any(meant in network for network in allowed if network.version == meant.version):
        return
    if not meant.is_global or meant.is_multicast:
        raise ForbiddenAddressError(f"{meant} is no public address and not in [webhooks] allow_networks")
    if plain:
        raise ForbiddenAddressError("http is possible only to [webhooks] allow_networks; use https")


def _meant(address: Address) -> Address:
    """The IPv4 address within an IPv6 address that only carries it."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
