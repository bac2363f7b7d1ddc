"""Where to listen, as it is configured.

listen  =  ( "udp" / "tcp" ) "://" host ":" port
host    =  IPv4address / "[" IPv6address [ "%" interface ] "]"
"""

import ipaddress
import re

import msgspec

from rollcall.transport.address_text import host_port

TRANSPORTS = ("udp", "tcp")

_FORM = re.compile(r"([a-z]+)://(?:\[([^\[\]]*)\]|([^\[\]:]*)):([0-9]{1,5})", re.IGNORECASE)


class ListenAddress(msgspec.Struct, frozen=True):
    """One listener."""

    transport: str
    """udp or tcp."""
    host: str
    """An address, IPv6 without brackets; `0.0.0.0` and `::` stand for all of their family."""
    port: int
    """0 lets the system choose, for tests."""

    @property
    def wildcard(self) -> bool:
        """Whether it stands for every address of its family."""
        return self.host in ("0.0.0.0", "::")  # noqa: S104  only compared

    def __str__(self) -> str:
        return f"{self.transport}://{host_port(self.host, self.port)}"


def parse_listen_address(text: str) -> ListenAddress:
    """Read `udp://0.0.0.0:5060` or `tcp://[::]:5060`. Raises ValueError saying what is wrong."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"{text!r} is not a listener; write udp://HOST:PORT or tcp://HOST:PORT, "
            "an IPv6 host in brackets"
        )
    transport, six, four, digits = match.groups()
    if transport.lower() not in TRANSPORTS:
        raise ValueError(f"{text!r}: {transport} is not one of {', '.join(TRANSPORTS)}")
    port = int(digits)
    if port > 65535:
        raise ValueError(f"{text!r}: {port} is not a port; ports are 1 to 65535")
    try:
        host = _checked_host(six, four)
    except ValueError:
        raise ValueError(
            f"{text!r}: {six or four!r} is not an address; write an IPv4 address, "
            "an IPv6 address in brackets, 0.0.0.0 or [::]"
        ) from None
    return ListenAddress(transport.lower(), host, port)


def _checked_host(six: str | None, four: str | None) -> str:
    if six is None:
        return str(ipaddress.IPv4Address(four or ""))
    address, percent, interface = six.partition("%")
    return ipaddress.IPv6Address(address).compressed + percent + interface
