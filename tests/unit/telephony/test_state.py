from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall.calls.model import CallId
from warmcall.telephony.ivr import Gather, Prompt
from warmcall.telephony.refusals import Refusal, RefusedError
from warmcall.telephony.state import LIFETIME_S, TOKEN_CHARACTERS, States
from warmcall.testing import FakeClock

CALL = CallId("call-1")
ASKED = Gather(
    prompt=Prompt.WRONG_CODE, digits=6, timeout_s=8.0, attempt=2, silences=1, language="de", fallback="sip:desk@pbx"
)
SECRET = b"s" * 32


def refusal(states: States, token: str, call: CallId = CALL) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        states.open(call, token)
    return caught.value.kind


def test_what_was_asked_comes_back() -> None:
    clock = FakeClock()
    token = States(SECRET, "twilio", clock).seal(CALL, ASKED)

    assert States(SECRET, "twilio", clock).open(CALL, token) == ASKED


def test_a_token_needs_no_escaping_in_an_address() -> None:
    token = States(SECRET, "twilio", FakeClock()).seal(CALL, ASKED)

    assert token.replace("-", "").replace("_", "").isalnum()
    assert len(token) < 200


def test_a_token_ends() -> None:
    clock = FakeClock()
    states = States(SECRET, "twilio", clock)
    token = states.seal(CALL, ASKED)

    clock.advance(seconds=LIFETIME_S - 1)
    assert states.open(CALL, token) == ASKED
    clock.advance(seconds=1)
    assert refusal(states, token) is Refusal.STATE_EXPIRED


def test_a_token_is_good_for_its_own_call_only() -> None:
    states = States(SECRET, "twilio", FakeClock())

    assert refusal(states, states.seal(CALL, ASKED), CallId("call-2")) is Refusal.STATE_FOREIGN


@pytest.mark.parametrize(("secret", "connector"), [(b"t" * 32, "twilio"), (SECRET, "telnyx")])
def test_a_token_of_another_server_or_connector_is_forged(secret: bytes, connector: str) -> None:
    clock = FakeClock()
    token = States(secret, connector, clock).seal(CALL, ASKED)

    assert refusal(States(SECRET, "twilio", clock), token) is Refusal.STATE_FORGED


def test_a_change_of_any_byte_is_noticed() -> None:
    states = States(SECRET, "twilio", FakeClock())
    token = states.seal(CALL, ASKED)
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        assert refusal(states, urlsafe_b64encode(changed).decode().rstrip("=")) is Refusal.STATE_FORGED


@given(st.text(max_size=60))
def test_whatever_comes_as_a_token_is_refused(token: str) -> None:
    assert refusal(States(SECRET, "twilio", FakeClock()), token) is Refusal.STATE_FORGED


def test_a_token_longer_than_any_of_ours_is_not_even_decoded() -> None:
    assert refusal(States(SECRET, "twilio", FakeClock()), "A" * (TOKEN_CHARACTERS + 1)) is Refusal.STATE_FORGED
