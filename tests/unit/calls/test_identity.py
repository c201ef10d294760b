import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall.calls.errors import StateChangeError
from warmcall.calls.ids import id_bytes, id_text, new_request_id
from warmcall.calls.model import RequestId, State
from warmcall.calls.states import ALLOWED, FINAL, check_change
from warmcall.calls.tokens import Tokens

SECRET = b"s" * 32
NOW_MS = 1_700_000_000_000


@given(st.integers(0, 2**48 - 1))
def test_an_id_is_a_uuid_of_version_7_that_tells_its_time(now_ms: int) -> None:
    read = uuid.UUID(new_request_id(now_ms))
    assert (read.version, read.variant, read.int >> 80) == (7, uuid.RFC_4122, now_ms)
    assert id_text(id_bytes(RequestId(str(read)))) == str(read)


def test_a_visitor_token_opens_its_request_only() -> None:
    tokens, one, other = Tokens(SECRET), new_request_id(NOW_MS), new_request_id(NOW_MS)
    assert tokens.check_visitor(one, tokens.visitor(one))
    assert not tokens.check_visitor(other, tokens.visitor(one))
    assert not Tokens(b"x" * 32).check_visitor(one, tokens.visitor(one))


@pytest.mark.parametrize("token", ["", "x", "ä", "a" * 500])
def test_a_token_that_is_none_opens_nothing(token: str) -> None:
    tokens = Tokens(SECRET)
    assert not tokens.check_visitor(new_request_id(NOW_MS), token)
    assert not tokens.check_visitor(RequestId("no id"), token)
    assert tokens.request_of_context(token) is None


def test_a_context_token_is_safe_in_a_sip_uri_and_finds_its_request() -> None:
    tokens, request_id = Tokens(SECRET), new_request_id(NOW_MS)
    token = tokens.context(request_id)
    assert len(token) == 38
    assert token.replace("-", "").replace("_", "").isalnum()
    assert tokens.request_of_context(token) == request_id
    assert tokens.request_of_context(token[:-1] + ("A" if token[-1] != "A" else "Q")) is None


def test_every_change_that_is_not_allowed_says_what_was_asked() -> None:
    for current in State:
        for to in State:
            if to in ALLOWED[current]:
                check_change(current, to)
            else:
                with pytest.raises(StateChangeError, match=f"is {current} cannot become {to}"):
                    check_change(current, to)
    assert {State.ENDED, State.EXPIRED, State.CANCELLED} == FINAL
