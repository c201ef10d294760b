from ipaddress import ip_network

import pytest

from warmcall.telephony.listener import allowed


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("::ffff:127.0.0.1", True),
        ("10.1.2.3", True),
        ("fe80::1%eth0", True),
        ("10.2.0.1", False),
        ("::1", False),
    ],
)
def test_addresses_are_looked_up_in_networks(address: str, expected: bool) -> None:
    networks = [ip_network(text) for text in ("127.0.0.0/8", "10.1.0.0/16", "fe80::/10")]

    assert allowed(address, networks) is expected
