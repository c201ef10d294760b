import pytest

from warmcall.calls.clock import Clock
from warmcall.calls.keys import ApiKey
from warmcall.testing import FakeClock
from warmcall.web.errors import ApiKeyRequiredError, ScopeError
from warmcall.web.keys import ApiKeys, bearer, key_hash, new_key


class Keyring:
    """The part of a store that API keys need, counting look-ups."""

    def __init__(self) -> None:
        self.keys: dict[bytes, ApiKey] = {}
        self.asked = 0

    def add(self, key: str, scope: str) -> None:
        hashed = key_hash(key)
        self.keys[hashed] = ApiKey(hash=hashed, scope=scope, label="", created_at_ms=0)

    async def find_api_key(self, key_hash: bytes) -> ApiKey | None:
        self.asked += 1
        return self.keys.get(key_hash)


def keys_of(ring: Keyring, clock: Clock | None = None) -> ApiKeys:
    return ApiKeys(ring, clock or FakeClock())


async def test_a_key_is_looked_up_once_in_a_while() -> None:
    ring, clock = Keyring(), FakeClock()
    key = new_key("telephony")
    ring.add(key, "telephony")
    keys = keys_of(ring, clock)
    for _ in range(5):
        await keys.require({b"x-api-key": key.encode()}, ("telephony",))
    assert ring.asked == 1
    clock.advance(seconds=31)
    await keys.require({b"x-api-key": key.encode()}, ("telephony",))
    assert ring.asked == 2


async def test_a_key_that_was_taken_away_stops_working() -> None:
    ring, clock = Keyring(), FakeClock()
    ring.add("k", "telephony")
    keys = keys_of(ring, clock)
    await keys.require({b"x-api-key": b"k"}, ("telephony",))
    ring.keys.clear()
    clock.advance(seconds=31)
    with pytest.raises(ApiKeyRequiredError):
        await keys.require({b"x-api-key": b"k"}, ("telephony",))


async def test_a_refused_key_is_asked_for_again() -> None:
    ring = Keyring()
    keys = keys_of(ring)
    with pytest.raises(ApiKeyRequiredError):
        await keys.require({b"x-api-key": b"k"}, ("telephony",))
    ring.add("k", "telephony")
    await keys.require({b"x-api-key": b"k"}, ("telephony",))


async def test_a_key_of_another_scope_is_refused() -> None:
    ring = Keyring()
    ring.add("k", "admin")
    with pytest.raises(ScopeError):
        await keys_of(ring).require({b"x-api-key": b"k"}, ("telephony", "read"))


@pytest.mark.parametrize(
    ("header", "token"),
    [(b"Bearer abc", b"abc"), (b"bearer  abc ", b"abc"), (b"Bearer", None), (b"Basic abc", None), (b"", None)],
)
def test_a_bearer_token_is_read(header: bytes, token: bytes | None) -> None:
    assert bearer({b"authorization": header}) == token


def test_a_key_tells_its_scope_and_never_repeats() -> None:
    assert new_key("read").startswith("warmcall_read_")
    assert new_key("read") != new_key("read")
