"""The wiring of the SIP redirect server."""

import asyncio

from warmcall.telephony.connector import Connector, Switchboard
from warmcall.telephony.redirect.decider import Decider
from warmcall.telephony.redirect.inbound import listed
from warmcall.telephony.redirect.response import Address
from warmcall.telephony.redirect.server import RedirectServer
from warmcall.telephony.redirect.settings import Settings


class RedirectConnector(Connector):
    """A SIP redirect server on a UDP port.

    Args:
        settings: Where to listen, who may ask, where calls go.
        switchboard: Decides.
    """

    def __init__(self, settings: Settings, switchboard: Switchboard) -> None:
        self._settings = settings
        decider = Decider(switchboard, settings.pbx, settings.code_destination)
        self._server = RedirectServer(switchboard, decider, listed(settings.networks()))
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def address(self) -> Address:
        """Where it listens.

        Raises:
            RuntimeError: if it was not started.
        """
        if self._transport is None:
            raise RuntimeError("start the connector before asking where it listens")
        host, port = self._transport.get_extra_info("sockname")[:2]
        return host, port

    async def start(self) -> None:
        """Listen."""
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self._server, local_addr=(self._settings.host, self._settings.port)
        )

    async def stop(self) -> None:
        """Answer what was asked, then stop listening."""
        await self._server.stop()


def connect(settings: Settings, switchboard: Switchboard) -> RedirectConnector:
    """Build the connector."""
    return RedirectConnector(settings, switchboard)
