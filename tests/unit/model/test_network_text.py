"""Networks as people write them."""

import pytest

from rollcall.model.network_text import parse_network, show_network
from rollcall.model.phone import Network


@pytest.mark.parametrize(
    ("text", "cidr", "port", "shown"),
    [
        ("192.0.2.0/24", "192.0.2.0/24", 0, "192.0.2.0/24"),
        (" 192.0.2.9/24 ", "192.0.2.0/24", 0, "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32", 0, "192.0.2.7"),
        ("192.0.2.7:5060", "192.0.2.7/32", 5060, "192.0.2.7:5060"),
        ("192.0.2.0/24:5060", "192.0.2.0/24", 5060, "192.0.2.0/24:5060"),
        ("2001:DB8::/32", "2001:db8::/32", 0, "2001:db8::/32"),
        ("::1", "::1/128", 0, "::1"),
        ("[2001:db8::7]:5060", "2001:db8::7/128", 5060, "[2001:db8::7]:5060"),
        ("[2001:db8::/32]:5060", "2001:db8::/32", 5060, "[2001:db8::/32]:5060"),
    ],
)
def test_networks(text: str, cidr: str, port: int, shown: str) -> None:
    network = parse_network(text)
    assert network == Network(cidr=cidr, port=port)
    assert show_network(network) == shown
    assert parse_network(shown) == network


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "192.0.2.0/33",
        "192.0.2.7:0",
        "192.0.2.7:65536",
        "192.0.2.7:²",
        "[::1",
        "[::1]x",
        "a\n",
    ],
)
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match="is not allowed; allowed: an address or CIDR") as caught:
        parse_network(text)
    assert str(caught.value).isprintable()
