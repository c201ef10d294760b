"""What the routes work with."""

from dataclasses import dataclass

from warmcall.bus.plugin import Plugin
from warmcall.calls.clock import Clock
from warmcall.calls.directory import Directory
from warmcall.calls.port import Store
from warmcall.calls.tokens import Tokens
from warmcall.web.addresses import Addresses
from warmcall.web.assets import Assets
from warmcall.web.keys import ApiKeys
from warmcall.web.live.hub import Hub


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with.

    Attributes:
        plugin: The web layer's own plugin: all it asks of the domain are commands on the bus.
        store: For reading single requests and their events.
        public_url: Where the server is reached from outside, without a final slash.
    """

    plugin: Plugin
    store: Store
    directory: Directory
    tokens: Tokens
    clock: Clock
    hub: Hub
    keys: ApiKeys
    addresses: Addresses
    assets: Assets
    public_url: str
