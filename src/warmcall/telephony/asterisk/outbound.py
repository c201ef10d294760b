"""Writing FastAGI commands. Every argument is quoted, and none may have a control character in it."""

import re
from collections.abc import Iterator

from warmcall.errors import WarmcallError
from warmcall.telephony.asterisk.agi import COMMAND_BYTES, Line
from warmcall.telephony.asterisk.inbound import CALL_VARIABLE
from warmcall.telephony.asterisk.settings import Settings
from warmcall.telephony.connector import Switchboard
from warmcall.telephony.headers import TOKEN_HEADER, UUI_HEADER
from warmcall.telephony.ivr import Decision, HangUp, InboundCall, Route
from warmcall.telephony.prompts import Speech

BEEP = "beep"
SILENCE = "silence/1"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
# What Dial() and the dialplan give a meaning to, though a SIP URI may have it.
_DIALPLAN = re.compile(r"[,&()|^$]")

Variables = Iterator[tuple[str, str]]


class ArgumentRefusedError(WarmcallError):
    """An argument that must not go into a command."""

    code = "argument_refused"


def quoted(text: str) -> str:
    r"""Write one argument.

    Raises:
        ArgumentRefusedError: if it could end the line.

    >>> print(quoted('the "big" one'))
    "the \"big\" one"
    """
    if _CONTROL.search(text):
        raise ArgumentRefusedError("An argument may not have line ends or control characters.")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def line(verb: str, *arguments: str) -> Line:
    """Write a command.

    Raises:
        ArgumentRefusedError: if an argument could end the line, or if it is longer than Asterisk reads.
    """
    written = " ".join((verb, *map(quoted, arguments)))
    if len(written.encode()) > COMMAND_BYTES:
        raise ArgumentRefusedError(f"A command may have {COMMAND_BYTES} bytes; Asterisk reads no more.")
    return Line(written)


def answer() -> Line:
    """Pick up."""
    return line("ANSWER")


def get_data(recording: str, timeout_s: float, digits: int) -> Line:
    """Play, and collect digits; keys interrupt it."""
    return line("GET DATA", recording, str(round(timeout_s * 1000)), str(digits))


def play(recording: str) -> Line:
    """Play to the end. Playback() takes several, and options."""
    if re.search("[&,|]", recording):
        raise ArgumentRefusedError("The path of a recording may not have commas, ampersands or bars.")
    return line("EXEC Playback", recording)


def say(application: str, text: str) -> Line:
    """Let an application speak; commas would end its argument, dollar signs could name variables."""
    if not _VARIABLE.fullmatch(application):
        raise ArgumentRefusedError("An application has a name of letters, digits and underscores.")
    return line(f"EXEC {application}", re.sub(r"[,|]", ";", text).replace("$", ""))


def set_variable(name: str, value: str) -> Line:
    """Set a variable of the channel; two underscores before its name, and channels it dials have it too."""
    if not _VARIABLE.fullmatch(name):
        raise ArgumentRefusedError("A variable has a name of letters, digits and underscores.")
    return line("SET VARIABLE", name, value)


def recording(speech: Speech, settings: Settings) -> str | None:
    """What Asterisk calls a recording: its path without the ending. `None` if there is none."""
    path = speech.audio_path
    if path is None:
        return None
    if settings.sounds is None:
        return str(path.absolute().with_suffix(""))
    return f"{settings.sounds}/{path.parent.name}/{path.stem}"


def call_variable(call: InboundCall) -> Line:
    """Let the dialplan, and the channels it dials, know the call by its id."""
    return set_variable(f"__{CALL_VARIABLE}", call.call_id)


def variables(decision: Route | HangUp, switchboard: Switchboard) -> Variables:
    """What the dialplan goes by, the action last: without it, the rest is not to be believed.

    The token is always set, so that one which came from outside never passes for ours.
    """
    target = switchboard.destination(decision) if isinstance(decision, Route) else None
    headers = dict(switchboard.headers(decision)) if isinstance(decision, Route) else {}
    usable = target is not None and not _DIALPLAN.search(target.value)
    yield "__WARMCALL_TOKEN", headers.get(TOKEN_HEADER, "")
    yield "__WARMCALL_UUI", headers.get(UUI_HEADER, "")
    yield "WARMCALL_MATCHED", "1" if isinstance(decision, Route) and decision.matched else "0"
    # Not the decision's own: a visitor's browser chose that.
    yield "WARMCALL_LANGUAGE", switchboard.speech(decision).language
    yield "WARMCALL_KIND", target.kind.value if target and usable else ""
    yield "WARMCALL_DESTINATION", target.value if target and usable else ""
    yield "WARMCALL_ACTION", _action(decision, usable)


def _action(decision: Decision, usable: bool) -> str:
    if isinstance(decision, HangUp):
        return "hangup"
    return "route" if usable else "fallback"
