"""`rollcall.storage.filters`."""

import pytest

from rollcall.model.administration import InvalidError
from rollcall.storage.addresses import address_key
from rollcall.storage.filters import address_range


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("192.168.1.5", "192.168.1.5", "192.168.1.5"),
        ("192.168.1.x", "192.168.1.0", "192.168.1.255"),
        ("192.168.1.*", "192.168.1.0", "192.168.1.255"),
        ("10.X.x.*", "10.0.0.0", "10.255.255.255"),
        ("192.168.x", "192.168.0.0", "192.168.255.255"),
        ("10.0.0.0/8", "10.0.0.0", "10.255.255.255"),
        ("10.1.2.3/30", "10.1.2.0", "10.1.2.3"),
        ("2001:db8::1", "2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1", "2001:db8::1"),
        ("2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        (" 10.0.0.1 ", "10.0.0.1", "10.0.0.1"),
    ],
)
def test_what_operators_write_for_addresses(text: str, low: str, high: str) -> None:
    assert address_range(text) == (address_key(low), address_key(high))


@pytest.mark.parametrize(
    "text",
    ["", "x.168.1.1", "192.x.1.x", "192.168.1.256", "192.168.1", "300.x", "host", "10.0.0.0/33"],
)
def test_what_is_no_address_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(InvalidError, match=r"ip: .*allowed: an address, 192\.168\.1\.x"):
        address_range(text)
