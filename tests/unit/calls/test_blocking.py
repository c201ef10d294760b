import time
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall.calls.blocking import BlockedPatternError, compiled, is_blocked
from warmcall.calls.model import E164

NUMBERS = st.from_regex(r"\+[1-9][0-9]{5,14}", fullmatch=True)


@given(NUMBERS, st.from_regex(r"\+[0-9*?]{1,32}", fullmatch=True))
def test_stars_stand_for_any_digits_and_question_marks_for_one(number: str, pattern: str) -> None:
    assert is_blocked(E164(number), [pattern]) == fnmatchcase(number, pattern)


@pytest.mark.parametrize(
    ("pattern", "blocked"),
    [("+1900*", True), ("+1900", False), ("+19005550???", True), (r"/\+1(900|976)[0-9]+/", True), ("/900/", False)],
)
def test_a_pattern_is_held_against_the_whole_number(pattern: str, blocked: bool) -> None:
    assert is_blocked(E164("+19005550123"), [pattern]) is blocked


@pytest.mark.parametrize(
    "pattern", ["1900*", "+", "/[/", "/(a)\\1/", "+1-900", "/" + "a" * 300 + "/", "/a{1000}{1000}/"]
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(BlockedPatternError):
        compiled(pattern)


@pytest.mark.parametrize(
    "pattern", ["+" + "*1" * 15 + "2", "/" + r"\+(1+)+(1*)*(1?){15}2/", "/" + "(1|1|1|1)" * 15 + "2/"]
)
def test_no_pattern_takes_long(pattern: str) -> None:
    began_s = time.process_time()
    assert not is_blocked(E164("+111111111111111"), [pattern])
    assert time.process_time() - began_s < 0.5
