"""A short run over what `scripts/fuzz` runs for long, and the inputs it once found."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.seeds import SEEDS
from fuzz.targets import TARGETS
from tests.unit.telephony.redirect.line import invite

DEEP = b"[" * 2900
PASSPORT = urlsafe_b64encode(b'{"x":' + DEEP).decode().rstrip("=")
GROUP = SEEDS["configuration"][0]
FOUND = [
    ("ari", b'{"type":"\x80"}'),
    ("ari", b'{"type":"Dial","x":' + DEEP),
    ("evapi", b'{"event":"call","ti":1,"tl":2,"x":' + DEEP),
    ("configuration", b"x = " + b"[" * 5000),
    ("configuration", GROUP + b"capacity = 99999999999999999999"),
    ("configuration", GROUP + b'consent = { version = "1", text = "x", url = "https://[" }'),
    ("configuration", GROUP + b'challenge = { kind = "captcha", secret = "x", verify_url = "https://[" }'),
    ("configuration", SEEDS["configuration"][1].replace(b"whsec_", "whsec_\u00e9".encode())),
    ("hours", b"UTC\nmon-sun 00:00-24:00"),
    ("sip", invite(Identity=f"a.{PASSPORT}.b").encode()),
]


def test_every_target_starts_from_something() -> None:
    assert set(SEEDS) == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_well_formed_is_read(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_fuzzing_found_is_read_or_refused(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
@settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_comes_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """Anything, and what is well-formed with a piece replaced."""
    seed = data.draw(st.sampled_from(SEEDS[name]))
    piece = data.draw(st.binary(max_size=30))
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, len(seed)))
    TARGETS[name](seed[:start] + piece + seed[end:])
    TARGETS[name](piece)
