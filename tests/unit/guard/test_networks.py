import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.guard.networks import ANY_PORT, CompiledNetworks, admits
from rollcall.model.network_text import parse_network
from rollcall.model.phone import Network

LAN = Network("192.0.2.0/24")
SIX = Network("2001:db8::/32")
ONE = Network("198.51.100.7/32", 5060)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.0", True),
        ("192.0.2.255", True),
        ("192.0.3.0", False),
        ("2001:db8:1::9", True),
        ("2001:db9::9", False),
        ("::ffff:192.0.2.1", False),
        ("::c000:201", False),
        ("not-an-address", False),
        ("", False),
    ],
)
def test_addresses_against_networks(host: str, *, expected: bool) -> None:
    assert admits((SIX, LAN), host) is expected


@pytest.mark.parametrize(("port", "expected"), [(5060, True), (5061, False), (ANY_PORT, True)])
def test_a_port_counts_when_it_is_asked_about(port: int, *, expected: bool) -> None:
    assert admits((ONE,), "198.51.100.7", port) is expected


def test_an_entry_without_port_admits_any() -> None:
    assert admits((LAN,), "192.0.2.1", 1024)


def test_the_right_port_in_another_network_does_not_help() -> None:
    assert not admits((ONE, Network("192.0.2.0/24", 5070)), "192.0.2.1", 5060)


def test_no_networks_admit_nobody() -> None:
    assert not admits((), "192.0.2.1")


def test_a_damaged_list_admits_nobody() -> None:
    assert not admits((LAN, Network("192.0.2.0/99")), "192.0.2.1")


def test_a_bad_entry_is_named() -> None:
    with pytest.raises(ValueError, match=r"not a network: '10\.0\.0\.0/33'"):
        CompiledNetworks((LAN, Network("10.0.0.0/33")))


@given(address=st.ip_addresses(), port=st.integers(1, 65535))
def test_an_address_and_port_as_people_write_them_admit_just_these(
    address: object, port: int
) -> None:
    host = str(address)
    text = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    assert admits((parse_network(text),), host, port)
    assert not admits((parse_network(text),), host, port % 65535 + 1)
