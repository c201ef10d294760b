from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall.telephony.destinations import Destination, Kind
from warmcall.telephony.freeswitch import outbound
from warmcall.telephony.freeswitch.outbound import ArgumentRefusedError
from warmcall.telephony.freeswitch.settings import Settings
from warmcall.telephony.ivr import Gather, Prompt

ASKED = Gather(prompt=Prompt.ASK_CODE, digits=6, timeout_s=8, attempt=1)
COMMANDS: list[Callable[[str], object]] = [
    lambda text: outbound.execute(text),
    lambda text: outbound.execute("set", text),
    lambda text: outbound.execute(*outbound.play(text)),
    lambda text: outbound.execute(*outbound.gather(ASKED, text, "digits")),
    lambda text: outbound.execute(*outbound.gather(ASKED, "x.wav", text)),
    lambda text: outbound.hang_up(text),
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("ending", ["\r", "\n", "\n\n", "\r\n", "\x00", "\x85", "\u2028"])
def test_no_value_of_any_command_can_end_its_line(command: Callable[[str], object], ending: str) -> None:
    with pytest.raises(ArgumentRefusedError):
        command(f"a{ending}execute-app-name: system")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_value_is_longer_than_any_we_need(command: Callable[[str], object]) -> None:
    with pytest.raises(ArgumentRefusedError):
        command("ä" * 2001)


@given(st.text(max_size=200))
def test_a_command_has_exactly_its_own_lines_or_is_refused(text: str) -> None:
    try:
        block = outbound.execute("set", f"x={text}")
    except ArgumentRefusedError:
        return
    assert len(block.splitlines()) == 4


def test_digits_are_collected_with_keys_interrupting_and_a_hash_ending() -> None:
    application, argument = outbound.gather(ASKED, "/a b/ask.wav", "digits_1")

    assert application == "play_and_get_digits"
    assert argument == "1 6 1 8000 # '/a b/ask.wav' silence_stream://10 digits_1 [0-9*]+ 8000"


@pytest.mark.parametrize("value", ["sip:a,b@c", "sip:a|b@c", "sip:a[b]@c", "sip:$a@c", "sip:a'b@c"])
def test_what_a_dial_string_would_misread_is_not_dialled(value: str) -> None:
    assert outbound.connect(Destination(Kind.SIP, value), Settings()) is None
