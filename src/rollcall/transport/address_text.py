"""Addresses between the kernel's form and ours.

The kernel's tuples have four members for IPv6, and keep the interface of a link-local address
as a number apart. Ours is one string, `fe80::1%eth0`, as people write it.
"""

import socket
from typing import TypeAlias

SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]


def host_of(address: SocketAddress) -> str:
    """Give our host string for an address the kernel told."""
    host = address[0]
    if len(address) == 4 and address[3] and "%" not in host:
        try:
            return f"{host}%{socket.if_indextoname(address[3])}"
        except OSError:  # the interface has just gone
            return f"{host}%{address[3]}"
    return host


def address_of(host: str, port: int) -> SocketAddress:
    """Give the kernel's tuple for one of our host strings, an IPv6 one.

    Raises OSError when `host` is not an IPv6 address: names are never looked up here, that
    would stop everything for seconds.
    """
    plain, percent, interface = host.partition("%")
    socket.inet_pton(socket.AF_INET6, plain)
    if not percent:
        return (plain, port, 0, 0)
    scope = int(interface) if interface.isdecimal() else socket.if_nametoindex(interface)
    return (plain, port, 0, scope)


def is_address(host: str) -> bool:
    """Tell whether `host` is an address and not a name."""
    try:
        if ":" in host:
            address_of(host, 0)
        else:
            socket.inet_pton(socket.AF_INET, host)
    except OSError:
        return False
    return True


def host_port(host: str, port: int) -> str:
    """Give `host:port`, IPv6 hosts in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def family_of(host: str) -> socket.AddressFamily:
    """Give the family of an address string."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET
