"""The wiring: a FastAGI listener, and if it is set up, a follower of events."""

import asyncio
from typing import TYPE_CHECKING

from warmcall.errors import WarmcallError
from warmcall.telephony.asterisk.agi import LINE_BYTES, AgiError, HungUpError, Session
from warmcall.telephony.asterisk.conversation import Conversation
from warmcall.telephony.asterisk.inbound import Progress, read_call, read_progress, read_request
from warmcall.telephony.asterisk.settings import Settings
from warmcall.telephony.connector import Connector, Switchboard
from warmcall.telephony.listener import Listener
from warmcall.telephony.refusals import Refusal, RefusedError

if TYPE_CHECKING:
    from warmcall.telephony.asterisk.ari import AriFollower


class AriMissingError(WarmcallError):
    """Following events takes packages that are not installed."""

    code = "ari_missing"


class AsteriskConnector(Connector):
    """Answers FastAGI at `call`, `connected` and `ended`.

    Args:
        settings: Where to listen, how to speak.
        switchboard: Decides.
        patience: Multiplies all deadlines; less than 1 only in tests.
    """

    def __init__(self, settings: Settings, switchboard: Switchboard, patience: float = 1.0) -> None:
        self._settings = settings
        self._switchboard = switchboard
        self._patience = patience
        self._listener = Listener(switchboard.name, self._serve, switchboard.refuse, settings.peers, LINE_BYTES)
        self._follower = _follower(settings, switchboard)

    @property
    def port(self) -> int:
        """Where it listens, once it does."""
        return self._listener.port

    async def start(self) -> None:
        """Listen; follow events as soon as Asterisk is there."""
        await self._listener.start(self._settings.host, self._settings.port)
        if self._follower is not None:
            self._follower.start()

    async def stop(self) -> None:
        """Stop listening; calls under way go on in the dialplan."""
        await self._listener.stop()
        if self._follower is not None:
            await self._follower.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(reader, writer, self._patience)
        try:
            request = read_request(await session.environment())
        except AgiError as error:
            raise RefusedError(Refusal.MALFORMED, error.message) from error
        except HungUpError:
            return
        if request.path == "call":
            call = read_call(request, self._switchboard)
            await Conversation(session, call, self._switchboard, self._settings).run()
        elif request.path in ("connected", "ended"):
            await report(self._switchboard, read_progress(request))
        else:
            raise RefusedError(Refusal.MALFORMED, "the dialplan asks for a path that is none of call, connected, ended")


async def report(switchboard: Switchboard, progress: Progress) -> None:
    """Tell how a call goes on."""
    if progress.state == "connected":
        await switchboard.ivr.connected(progress.call_id)
    else:
        await switchboard.ivr.ended(progress.call_id, progress.reason)


def connect(settings: Settings, switchboard: Switchboard) -> AsteriskConnector:
    """Build the connector.

    Raises:
        AriMissingError: if events are to be followed and the extra is not installed.
    """
    return AsteriskConnector(settings, switchboard)


def _follower(settings: Settings, switchboard: Switchboard) -> "AriFollower | None":
    if settings.ari is None:
        return None
    try:
        from warmcall.telephony.asterisk.ari import AriFollower
    except ImportError as error:
        raise AriMissingError('ARI needs the extra "asterisk": pip install "warmcall[asterisk]"') from error

    async def told(progress: Progress) -> None:
        await report(switchboard, progress)

    return AriFollower(settings.ari, told, switchboard.refuse)
