import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall.calls.codes import draw_code, is_weak


@given(st.integers(4, 8))
def test_a_code_has_the_asked_length_and_is_not_weak(digits: int) -> None:
    code = draw_code(digits)
    assert len(code) == digits
    assert code.isdecimal()
    assert not is_weak(code)


@pytest.mark.parametrize("code", ["0000", "99999999", "123456", "76543210", "0123"])
def test_codes_that_people_guess_first_are_weak(code: str) -> None:
    assert is_weak(code)


@pytest.mark.parametrize("code", ["1213", "112233", "0246", "1357", "9012"])
def test_other_codes_are_not(code: str) -> None:
    assert not is_weak(code)
