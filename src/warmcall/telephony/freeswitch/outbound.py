"""Writing commands of the event socket. No value may have a control character in it, nor name a variable."""

import re
from collections.abc import Iterator

from warmcall.errors import WarmcallError
from warmcall.telephony.connector import Switchboard
from warmcall.telephony.destinations import Destination, Kind
from warmcall.telephony.freeswitch.esl import Block
from warmcall.telephony.freeswitch.settings import PLACE, Settings
from warmcall.telephony.headers import TOKEN_HEADER, UUI_HEADER
from warmcall.telephony.ivr import Decision, Gather, Prompt, Route

TONE = "tone_stream://%(250,0,800)"
QUIET = "silence_stream://10"
RINGING = "%(2000,4000,440,480)"
COMMAND_BYTES = 4000
LINGER_S = 10
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# What dial strings give a meaning to, though a SIP URI may have it.
_DIAL_STRING = re.compile(r"[,|{}\[\]<>^'\"\\$\s]")
_PATH = re.compile(r"[^'\"\\$|]+")

Application = tuple[str, str]
"""An application of the dialplan, and its argument."""


class ArgumentRefusedError(WarmcallError):
    """An argument that must not go into a command."""

    code = "argument_refused"


def execute(application: str, argument: str = "") -> Block:
    """Let the call execute an application.

    Raises:
        ArgumentRefusedError: if a value could end its line, or is too long.
    """
    lines = ["sendmsg", "call-command: execute", f"execute-app-name: {_one_line(application)}"]
    return Block("\n".join([*lines, f"execute-app-arg: {_one_line(argument)}"] if argument else lines))


def hang_up(cause: str = "NORMAL_CLEARING") -> Block:
    """End the call."""
    return Block(f"sendmsg\ncall-command: hangup\nhangup-cause: {_one_line(cause)}")


def begin() -> Iterator[Block]:
    """What is said first: tell of this call's events, and of the last ones even after its end."""
    yield Block("myevents plain")
    yield Block(f"linger {LINGER_S}")


def resume() -> Block:
    """Let the dialplan go on, instead of hanging up, should this connection end before the call does."""
    return Block("resume")


def gather(asked: Gather, recording: str, variable: str) -> Application:
    """Play, and collect digits; keys interrupt it."""
    wait_ms = round(asked.timeout_s * 1000)
    keys = f"1 {asked.digits} 1 {wait_ms} #"
    return "play_and_get_digits", f"{keys} {_quoted(recording)} {QUIET} {variable} [0-9*]+ {wait_ms}"


def play(recording: str) -> Application:
    """Play to the end."""
    return "playback", recording


def recording(decision: Decision, switchboard: Switchboard, settings: Settings) -> str | None:
    """What to play for a decision: the owner's recording, or a voice, or a tone where keys are asked for.

    Returns:
        A path, or what FreeSWITCH takes for one. `None`: there is nothing to play.
    """
    speech = switchboard.speech(decision)
    path = speech.audio_path
    if path is not None:
        place = str(path.absolute()) if settings.sounds is None else f"{settings.sounds}/{path.parent.name}/{path.name}"
        return _path(place)
    voice = settings.voices.get(speech.language.partition("-")[0].lower())
    if voice is not None:
        return f"say:{voice}:{_spoken(speech.text)}"
    return TONE if isinstance(decision, Gather) else None


def context(route: Route, switchboard: Switchboard) -> Iterator[Application]:
    """Put the token into the SIP headers of the other leg, and nothing that came from outside into its place.

    FreeSWITCH copies the caller's own `X-` headers to the other leg, so each is set or removed.
    """
    headers = dict(switchboard.headers(route))
    for name in (TOKEN_HEADER, UUI_HEADER):
        if name in headers:
            yield "export", f"sip_h_{name}={headers[name]}"
        else:
            yield "unset", f"sip_h_{name}"


def call_settings() -> Iterator[Application]:
    """What a call is connected with.

    Ringing instead of early media makes `CHANNEL_BRIDGE` mean that somebody answered; a bridge that fails comes back,
    so that the dialplan can do something else.
    """
    for variable in (
        "hangup_after_bridge=true",
        "continue_on_fail=true",
        "ignore_early_media=true",
        f"ringback={RINGING}",
        f"transfer_ringback={RINGING}",
    ):
        yield "set", variable


def connect(target: Destination | None, settings: Settings) -> Application | None:
    """Connect to a destination; `None` if FreeSWITCH cannot be told it, or not with these settings."""
    if target is None or _DIAL_STRING.search(target.value):
        return None
    if target.kind is Kind.QUEUE:
        return "callcenter", settings.queue.replace(PLACE, target.value)
    dial = {Kind.SIP: settings.sip, Kind.NUMBER: settings.number, Kind.EXTENSION: settings.extension}[target.kind]
    return ("bridge", dial.replace(PLACE, target.value)) if dial else None


def hang_up_cause(prompt: Prompt) -> str:
    """The cause the caller's side is told."""
    return "UNALLOCATED_NUMBER" if prompt is Prompt.NUMBER_UNKNOWN else "NORMAL_CLEARING"


def _one_line(text: str) -> str:
    if _CONTROL.search(text) or len(text.encode()) > COMMAND_BYTES:
        raise ArgumentRefusedError(
            f"An argument may have {COMMAND_BYTES} bytes, and no line ends or control characters."
        )
    return text


def _quoted(text: str) -> str:
    return f"'{text}'" if " " in text else text


def _path(text: str) -> str:
    if _PATH.fullmatch(text) is None:
        raise ArgumentRefusedError("The path of a recording may not have quotes, backslashes, bars or dollar signs.")
    return text


def _spoken(text: str) -> str:
    # Inside an argument these would quote, escape, separate, or name a variable; an apostrophe has a printed form.
    return re.sub(r"[\\\"$|{}]", "", text.replace("'", "\u2019"))
