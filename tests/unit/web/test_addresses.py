import pytest

from tests.unit.web.exchanges import Wire
from warmcall.web.addresses import Addresses


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ((), "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (("10.0.0.0/8",), "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.2", "198.51.100.1", "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.2", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.2", "198.51.100.1, 10.0.0.7", "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.2", "", "10.0.0.2"),
        (("10.0.0.0/8",), "10.0.0.2", "10.0.0.9", "10.0.0.9"),
        (("10.0.0.0/8",), "10.0.0.2", "unknown", "unknown"),
        (("2001:db8::/32",), "2001:db8::1", "2001:db9::5", "2001:db9::5"),
    ],
)
def test_only_trusted_proxies_are_believed(trusted: tuple[str, ...], peer: str, forwarded: str, client: str) -> None:
    exchange = Wire().exchange(headers={"X-Forwarded-For": forwarded}, client=(peer, 1))
    assert Addresses(trusted).client(exchange) == client


def test_a_transport_without_addresses_has_none() -> None:
    assert Addresses(("10.0.0.0/8",)).client(Wire().exchange(client=None)) is None
