"""The wiring: `POST /v1/route` commands `Telephony.route`, and that ends here."""

from warmcall.calls.errors import InvalidFieldError
from warmcall.calls.model import Json
from warmcall.calls.routing import RouteAnswer
from warmcall.telephony.connector import Connector, Switchboard
from warmcall.telephony.http.inbound import read_body, read_call
from warmcall.telephony.http.outbound import render
from warmcall.telephony.http.settings import Settings
from warmcall.telephony.refusals import RefusedError


class HttpConnector(Connector):
    """Answers reports of an owner's own IVR.

    Args:
        switchboard: Decides.
    """

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    async def route(self, data: Json) -> RouteAnswer:
        """Say what to do next with a call.

        Raises:
            InvalidFieldError: if a field breaks a rule, or the state is forged, expired or another call's.
        """
        body = read_body(data)
        try:
            call = read_call(body, self._switchboard)
            turn = await self._switchboard.turn(call, body.state, body.digits)
        except RefusedError as error:
            self._switchboard.refuse(error)
            raise InvalidFieldError("state" if body.state else "callId", f"{error.message}.") from error
        return render(turn, self._switchboard)


def connect(settings: Settings, switchboard: Switchboard) -> HttpConnector:
    """Build the connector."""
    return HttpConnector(switchboard)
