import shlex
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall.telephony.asterisk import outbound
from warmcall.telephony.asterisk.outbound import ArgumentRefusedError

COMMANDS: list[Callable[[str], str]] = [
    outbound.play,
    lambda text: outbound.get_data(text, 8, 6),
    lambda text: outbound.say("Festival", text),
    lambda text: outbound.say(text, "Hello"),
    lambda text: outbound.set_variable("WARMCALL_KIND", text),
    lambda text: outbound.set_variable(text, "sip"),
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n", "\x00", "\x1b", "\x85", "\u2028"])
def test_no_argument_of_any_command_can_end_the_line(command: Callable[[str], str], ending: str) -> None:
    with pytest.raises(ArgumentRefusedError):
        command(f"a{ending}EXEC System reboot")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_is_longer_than_asterisk_reads(command: Callable[[str], str]) -> None:
    with pytest.raises(ArgumentRefusedError):
        command("ä" * 1001)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=60))
def test_an_argument_comes_back_as_it_was(text: str) -> None:
    # Asterisk splits at unquoted blanks, and takes a character after a backslash as it is, as shlex does for these two.
    assert shlex.split(outbound.set_variable("NAME", text))[3:] == [text]


@given(st.text(max_size=200))
def test_a_command_is_one_line_or_none(text: str) -> None:
    try:
        command = outbound.set_variable("NAME", text)
    except ArgumentRefusedError:
        return
    assert len(command.splitlines()) == 1


def test_what_is_spoken_is_one_argument_and_names_no_variable() -> None:
    assert outbound.say("Festival", 'Well, "you" owe $5|6') == 'EXEC Festival "Well; \\"you\\" owe 5;6"'
