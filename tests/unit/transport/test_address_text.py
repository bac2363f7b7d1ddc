import socket

import pytest

from rollcall.transport.address_text import (
    SocketAddress,
    address_of,
    family_of,
    host_of,
    host_port,
    is_address,
)

LOOPBACK = socket.if_nametoindex("lo")


@pytest.mark.parametrize(
    ("address", "host"),
    [
        (("192.0.2.1", 5060), "192.0.2.1"),
        (("2001:db8::1", 5060, 0, 0), "2001:db8::1"),
        (("fe80::1", 5060, 0, LOOPBACK), "fe80::1%lo"),
        (("fe80::1%lo", 5060, 0, LOOPBACK), "fe80::1%lo"),
        (("fe80::1", 5060, 0, 99_999), "fe80::1%99999"),
    ],
)
def test_hosts_from_the_kernel(address: SocketAddress, host: str) -> None:
    assert host_of(address) == host


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("2001:db8::1", ("2001:db8::1", 5060, 0, 0)),
        ("fe80::1%lo", ("fe80::1", 5060, 0, LOOPBACK)),
        ("fe80::1%7", ("fe80::1", 5060, 0, 7)),
    ],
)
def test_addresses_for_the_kernel(host: str, address: SocketAddress) -> None:
    assert address_of(host, 5060) == address


@pytest.mark.parametrize("host", ["example.com", "192.0.2.1", "", "fe80::1%no-such-interface"])
def test_names_are_not_looked_up(host: str) -> None:
    with pytest.raises(OSError, match=r".*"):
        address_of(host, 5060)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.1", True),
        ("::1", True),
        ("fe80::1%lo", True),
        ("a.example", False),
        ("1.2", False),
    ],
)
def test_addresses_and_names(host: str, *, expected: bool) -> None:
    assert is_address(host) is expected


def test_ipv6_stands_in_brackets_before_a_port() -> None:
    assert host_port("192.0.2.1", 5060) == "192.0.2.1:5060"
    assert host_port("::1", 5060) == "[::1]:5060"


def test_families() -> None:
    assert family_of("127.0.0.1") == socket.AF_INET
    assert family_of("::1") == socket.AF_INET6
