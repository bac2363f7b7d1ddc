import pytest

from rollcall.transport.listen_address import ListenAddress, parse_listen_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("udp://0.0.0.0:5060", ListenAddress("udp", "0.0.0.0", 5060)),
        ("TCP://[::]:5060", ListenAddress("tcp", "::", 5060)),
        (" udp://192.0.2.1:5070 ", ListenAddress("udp", "192.0.2.1", 5070)),
        ("tcp://[2001:DB8:0::1]:65535", ListenAddress("tcp", "2001:db8::1", 65535)),
        ("udp://[fe80::1%eth0]:5060", ListenAddress("udp", "fe80::1%eth0", 5060)),
        ("udp://127.0.0.1:0", ListenAddress("udp", "127.0.0.1", 0)),
    ],
)
def test_reading(text: str, address: ListenAddress) -> None:
    assert parse_listen_address(text) == address
    assert parse_listen_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not a listener; write udp://HOST:PORT"),
        ("5060", "is not a listener"),
        ("udp://192.0.2.1", "is not a listener"),
        ("udp://::1:5060", "an IPv6 host in brackets"),
        ("sctp://192.0.2.1:5060", "sctp is not one of udp, tcp"),
        ("udp://192.0.2.1:65536", "65536 is not a port"),
        ("udp://example.com:5060", "'example.com' is not an address"),
        ("udp://:5060", "'' is not an address"),
        ("udp://[192.0.2.1]:5060", "is not an address"),
        ("udp://[]:5060", "is not an address"),
    ],
)
def test_what_is_wrong_is_said(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=r".*") as caught:
        parse_listen_address(text)
    assert complaint in str(caught.value)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "wildcard"),
    [("udp://0.0.0.0:1", True), ("udp://[::]:1", True), ("udp://[::1]:1", False)],
)
def test_wildcards(text: str, *, wildcard: bool) -> None:
    assert parse_listen_address(text).wildcard is wildcard
