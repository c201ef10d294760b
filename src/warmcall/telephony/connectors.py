"""All connectors of a server: built from their tables, started and stopped together."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.calls.clock import Clock
from warmcall.calls.routing import RouteAnswer
from warmcall.errors import WarmcallError
from warmcall.telephony import registry
from warmcall.telephony.connector import Connector, ConnectorSettings, Endpoint, Switchboard
from warmcall.telephony.http.connector import HttpConnector
from warmcall.telephony.http.settings import Settings as HttpSettings
from warmcall.telephony.ivr import Ivr
from warmcall.telephony.prompts import Prompts
from warmcall.telephony.refusals import Refusals
from warmcall.telephony.state import States

log = logging.getLogger("warmcall.telephony")

PATH = "/telephony"
PROMPTS = "prompts"
"""Below `PATH` the owner's recordings stand under this name, so no connector may have it."""


class ConnectorTable(msgspec.Struct, frozen=True):
    """One `[telephony.NAME]` table that was checked."""

    name: str
    kind: str
    settings: ConnectorSettings


class ConnectorStartError(WarmcallError):
    """A connector cannot listen or connect where it should."""

    code = "connector_start_failed"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"telephony.{name} does not start: {why}. Change its settings, or stop what uses the address; "
            "`warmcall doctor` looks at each connector.",
            {"connector": name},
        )


@dataclass(frozen=True, slots=True)
class _Line:
    switchboard: Switchboard
    connector: Connector


class Connectors:
    """The connectors of a server, and the plugin `Telephony` with the command `route` {RouteBody} → RouteAnswer.

    Args:
        bus: Where to register.
        tables: What the configuration names; the route API is there without a table.
        secret: Keys the states of calls.
        clock: Tells the time.
        public_url: The server's address, without a final slash.
        prompts: What is said.
    """

    def __init__(
        self,
        bus: Bus,
        tables: Mapping[str, ConnectorTable],
        secret: bytes,
        clock: Clock,
        public_url: str,
        prompts: Prompts | None = None,
    ) -> None:
        self.refusals = Refusals()
        self.prompts = prompts or Prompts()
        self._plugin = bus.plugin("Telephony")
        self._secret = secret
        self._clock = clock
        self._address = f"{public_url}{PATH}"
        tables = {"http": ConnectorTable("http", "http", HttpSettings()), **tables}
        self._lines = {name: self._connect(table) for name, table in tables.items()}
        self._route = self._http().route
        self._plugin.register_command("route", self._routed)
        self._plugin.ready()

    def endpoints(self) -> Iterator[tuple[str, Switchboard, Endpoint]]:
        """The addresses of all webhook connectors: path, whose, which."""
        for name, line in self._lines.items():
            for endpoint in line.connector.endpoints:
                yield f"{PATH}/{name}/{endpoint.path}", line.switchboard, endpoint

    def connector(self, name: str) -> Connector:
        """The connector of a table.

        Raises:
            KeyError: if there is no such table.
        """
        return self._lines[name].connector

    async def start(self) -> None:
        """Start all; if one does not start, stop all.

        Raises:
            ConnectorStartError: naming the connector and the reason.
        """
        for name, line in self._lines.items():
            try:
                await line.connector.start()
            except BaseException as error:
                await self.stop()
                if isinstance(error, OSError | WarmcallError):
                    raise ConnectorStartError(name, str(error)) from error
                raise

    async def stop(self) -> None:
        """Stop all; one that fails to does not keep the others from it."""
        for name, line in self._lines.items():
            try:
                await line.connector.stop()
            except Exception:
                log.exception("connector did not stop in order", extra={"connector": name})

    def _connect(self, table: ConnectorTable) -> _Line:
        switchboard = Switchboard(
            name=table.name,
            kind=table.kind,
            base_url=f"{self._address}/{table.name}",
            # Who uses the route API reports the rest of the call over HTTP, under the id they have given it.
            ivr=Ivr(self._plugin, scope="" if table.kind == "http" else table.name),
            states=States(self._secret, table.name, self._clock),
            prompts=self.prompts,
            clock=self._clock,
            refusals=self.refusals,
            fallback_destination=table.settings.fallback_destination,
        )
        return _Line(switchboard, registry.connect(table.settings, switchboard))

    def _http(self) -> HttpConnector:
        found = self._lines["http"].connector
        if not isinstance(found, HttpConnector):
            raise registry.ConnectorSettingsError("telephony.http.kind", 'only "http" may have this name')
        return found

    async def _routed(self, e: CommandEvent) -> RouteAnswer:
        return await self._route(e.data)
