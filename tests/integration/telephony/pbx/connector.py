from tests.integration.telephony.pbx.inbound import authenticate, read_call
from tests.integration.telephony.pbx.outbound import render
from tests.integration.telephony.pbx.settings import Settings
from warmcall.telephony.connector import Connector, Endpoint, Reply, Switchboard, Webhook


class Pbx(Connector):
    def __init__(self, settings: Settings, switchboard: Switchboard) -> None:
        self.running: list[str] = []
        self._settings = settings
        self._switchboard = switchboard
        self.endpoints = (
            Endpoint(path="voice", receive=self._turn),
            Endpoint(path="digits", receive=self._turn, methods=("POST", "GET")),
        )

    async def start(self) -> None:
        if self._settings.breaks:
            raise OSError("address already in use")
        self.running.append("started")

    async def stop(self) -> None:
        self.running.append("stopped")

    async def _turn(self, webhook: Webhook) -> Reply:
        authenticate(webhook, self._settings)
        call = read_call(webhook, self._switchboard)
        turn = await self._switchboard.turn(call, webhook.queries().get("state"), dict(webhook.form()).get("digits"))
        return render(turn, self._switchboard)


def connect(settings: Settings, switchboard: Switchboard) -> Pbx:
    return Pbx(settings, switchboard)
