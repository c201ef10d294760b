"""The wiring: a listener that FreeSWITCH dials for each call."""

import asyncio

from warmcall.telephony.connector import Connector, Switchboard
from warmcall.telephony.freeswitch.conversation import Conversation
from warmcall.telephony.freeswitch.esl import BLOCK_BYTES, EslError, HungUpError, Session
from warmcall.telephony.freeswitch.inbound import read_call
from warmcall.telephony.freeswitch.settings import Settings
from warmcall.telephony.listener import Listener
from warmcall.telephony.refusals import Refusal, RefusedError


class FreeswitchConnector(Connector):
    """Leads calls over the outbound event socket.

    Args:
        settings: Where to listen, how to dial and to speak.
        switchboard: Decides.
        patience: Multiplies all deadlines; less than 1 only in tests.
    """

    def __init__(self, settings: Settings, switchboard: Switchboard, patience: float = 1.0) -> None:
        self._settings = settings
        self._switchboard = switchboard
        self._patience = patience
        self._listener = Listener(switchboard.name, self._serve, switchboard.refuse, settings.peers, BLOCK_BYTES)

    @property
    def port(self) -> int:
        """Where it listens, once it does."""
        return self._listener.port

    async def start(self) -> None:
        """Listen."""
        await self._listener.start(self._settings.host, self._settings.port)

    async def stop(self) -> None:
        """Stop listening; calls under way go on in FreeSWITCH, where they are or in the dialplan."""
        await self._listener.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(reader, writer, self._patience)
        try:
            channel = await session.connect()
        except EslError as error:
            raise RefusedError(Refusal.MALFORMED, error.message) from error
        except HungUpError:
            return
        call = read_call(channel, self._switchboard)
        await Conversation(session, call, self._switchboard, self._settings).run()


def connect(settings: Settings, switchboard: Switchboard) -> FreeswitchConnector:
    """Build the connector."""
    return FreeswitchConnector(settings, switchboard)
