"""A switchboard that decides nothing, to write documents with."""

from pathlib import Path

from warmcall.bus.bus import Bus
from warmcall.calls.answers import Context
from warmcall.telephony.connector import Switchboard, Turn
from warmcall.telephony.ivr import Gather, HangUp, Ivr, Prompt, Route
from warmcall.telephony.prompts import Prompts
from warmcall.telephony.state import States
from warmcall.testing import FakeClock

TOKEN = "AaIIRv4AeES5UfZRX2Mq36kp_8PJ2HbCzazWww"
ASK = Turn(Gather(prompt=Prompt.ASK_CODE, digits=6, timeout_s=7.5, attempt=1), "THE-STATE")
GOODBYE = Turn(HangUp(prompt=Prompt.NUMBER_UNKNOWN, reason="x"))


def board(kind: str, *, fallback: str | None = None, prompts: Path | None = None) -> Switchboard:
    """A switchboard as a connector of this kind gets it."""
    clock = FakeClock()
    return Switchboard(
        name=kind,
        kind=kind,
        base_url=f"https://calls.example.com/telephony/{kind}",
        ivr=Ivr(Bus().plugin("Test")),
        states=States(bytes(32), kind, clock),
        prompts=Prompts(prompts, "https://calls.example.com/telephony/prompts"),
        clock=clock,
        fallback_destination=fallback,
    )


def matched(destination: str | None) -> Turn:
    """A decision to put a call through with its context."""
    context = Context(token=TOKEN, url="u", fields={}, user_data={}, page={})
    return Turn(Route(prompt=Prompt.CONNECTING, destination=destination, matched=True, context=context))


def recordings(folder: Path) -> Path:
    """A folder with a recording of what asks for the code."""
    (folder / "en").mkdir()
    (folder / "en" / "ask_code.wav").write_bytes(b"RIFF")
    return folder
