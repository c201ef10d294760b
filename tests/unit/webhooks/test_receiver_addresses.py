from ipaddress import ip_address, ip_network

import pytest

from warmcall.webhooks.receiver import ForbiddenAddressError, check, find

PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_of_the_public_internet_is_refused(address: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="allow_networks"):
        check(ip_address(address), [])


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_a_public_address_passes(address: str) -> None:
    check(ip_address(address), [])


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3"])
def test_an_allowed_network_passes_also_in_plain_http(address: str) -> None:
    check(ip_address(address), [ip_network("10.1.0.0/16")], plain=True)


def test_plain_http_to_the_public_internet_is_refused() -> None:
    with pytest.raises(ForbiddenAddressError, match="https"):
        check(ip_address("93.184.216.34"), [ip_network("10.1.0.0/16")], plain=True)


@pytest.mark.parametrize("host", ["crm..example.com", f"{'x' * 64}.example.com"])
async def test_what_no_host_can_be_called_has_no_address(host: str) -> None:
    with pytest.raises(OSError, match="no name that a host can have"):
        await find(f"https://{host}/", [])
