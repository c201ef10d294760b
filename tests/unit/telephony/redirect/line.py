"""A redirect server without a network: datagrams in, datagrams out, answers from a script."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.calls.answers import Context, GroupRef, MatchAnswer
from warmcall.calls.errors import AccessNumberUnknownError
from warmcall.calls.model import GroupName, SiteId
from warmcall.telephony.connector import Switchboard
from warmcall.telephony.ivr import Ivr
from warmcall.telephony.prompts import Prompts
from warmcall.telephony.redirect.decider import Decider
from warmcall.telephony.redirect.inbound import listed
from warmcall.telephony.redirect.server import RedirectServer
from warmcall.telephony.redirect.settings import Settings
from warmcall.telephony.state import States
from warmcall.testing import FakeClock

PEER = ("127.0.0.1", 5070)
KNOWN = "+12025550100"
TOKEN = "TOKEN-of_1"
GROUP = GroupRef(site=SiteId("demo"), name=GroupName("sales"))
CONTEXT = Context(token=TOKEN, url="u", fields={}, user_data={}, page={})
MATCHED = MatchAnswer(outcome="matched", group=GROUP, destination="queue:sales", context=CONTEXT)
NEEDED = MatchAnswer(
    outcome="code_needed", group=GROUP, tries_left=3, code_digits=6, fallback_destination="queue:reception"
)
NOBODY = MatchAnswer(outcome="no_match", group=GROUP, destination="queue:reception")

Matcher = Callable[[dict[str, Any]], Any]


def switchboard(matcher: Matcher, fallback: str | None = None, name: str = "sip-redirect") -> Switchboard:
    """A switchboard whose calls are matched by `matcher`; an unknown number is refused as the real one does."""
    bus = Bus()
    clock = FakeClock()
    plugin = bus.plugin("CallRequests")

    def match(e: CommandEvent) -> Any:
        if e.data["dialledNumber"] != KNOWN:
            raise AccessNumberUnknownError(e.data["dialledNumber"])
        return matcher(e.data)

    plugin.register_command("match", match)
    plugin.ready()
    return Switchboard(
        name=name,
        kind=name,
        base_url="http://127.0.0.1/telephony/test",
        ivr=Ivr(bus.plugin("Telephony")),
        states=States(bytes(32), name, clock),
        prompts=Prompts(),
        clock=clock,
        fallback_destination=fallback,
    )


class Wire:
    """Takes what the server sends."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, tuple[str, int]]] = []

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        self.sent.append((data, address))

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass


class Line:
    """A redirect server, asked and answered by hand."""

    def __init__(self, answer: MatchAnswer | Matcher = MATCHED, fallback: str | None = None, **settings: Any) -> None:
        self.asked: list[dict[str, Any]] = []
        self._answer = answer
        self.settings = Settings(pbx="pbx", **settings)
        self.switchboard = switchboard(self._match, fallback)
        decider = Decider(self.switchboard, self.settings.pbx, self.settings.code_destination)
        self.server = RedirectServer(self.switchboard, decider, listed(self.settings.networks()))
        self.wire = Wire()
        self.server.connection_made(cast(asyncio.DatagramTransport, self.wire))

    async def ask(self, datagram: bytes | str, peer: tuple[str, int] = PEER) -> list[str]:
        """Send a datagram, and return what comes back."""
        already = len(self.wire.sent)
        self.server.datagram_received(datagram.encode() if isinstance(datagram, str) else datagram, peer)
        await self.server.stop()
        return [sent.decode("latin-1") for sent, _ in self.wire.sent[already:]]

    async def status(self, datagram: bytes | str) -> int | None:
        """Send a datagram, and return the status of the answer; `None` for silence."""
        answers = await self.ask(datagram)
        assert len(answers) < 2
        return int(answers[0].split()[1]) if answers else None

    def _match(self, data: dict[str, Any]) -> Any:
        self.asked.append(data)
        return self._answer(data) if callable(self._answer) else self._answer


def invite(
    *, method: str = "INVITE", uri: str = f"sip:{KNOWN}@127.0.0.1", body: str = "", **headers: str | None
) -> str:
    """Write a request; a header set to `None` is left out."""
    found: dict[str, str | None] = {
        "Via": "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1;rport",
        "From": '"Ada" <sip:+12025550123@example.com>;tag=from1',
        "To": f"<sip:{KNOWN}@127.0.0.1>",
        "Call-ID": "call-1@example.com",
        "CSeq": f"1 {method}",
        "Max-Forwards": "70",
        "Content-Length": str(len(body)),
    }
    found |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {uri} SIP/2.0", *(f"{name}: {value}" for name, value in found.items() if value is not None)]
    return "\r\n".join([*lines, "", body])


def header(response: str, name: str) -> str:
    """The first value of a header in a response."""
    prefix = f"{name.lower()}: "
    return next(line[len(prefix) :] for line in response.split("\r\n") if line.lower().startswith(prefix))
