"""The addresses of this machine, asked of the kernel over netlink (rtnetlink(7), RFC 3549).

    request   =  nlmsghdr ifaddrmsg                       RTM_GETADDR, dump
    answer    =  *( nlmsghdr ifaddrmsg *rtattr ) nlmsghdr(NLMSG_DONE)

The same kind of socket, subscribed to changes, becomes readable when an address comes or goes.
"""

import socket
import struct
from collections.abc import Iterator

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port id
_ADDRESS = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, interface
_ATTRIBUTE = struct.Struct("=HH")  # length, type

_NLMSG_ERROR, _NLMSG_DONE, _RTM_NEWADDR, _RTM_GETADDR = 2, 3, 20, 22
_REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_UNUSABLE = 0x08 | 0x40  # IFA_F_DADFAILED, IFA_F_TENTATIVE: cannot be bound (yet)
_GROUPS = 0x10 | 0x100  # RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR

_ANSWER_SIZE = 65536  # the kernel fills at most 32 KiB of one answer
_ANSWER_TIMEOUT = 2.0  # seconds; it answers in microseconds


def local_addresses() -> list[str]:
    """Give all addresses of this machine, link-local ones as `fe80::1%eth0`, in a stable order.

    Raises OSError when the kernel does not say, as in a sandbox without netlink.
    """
    found: set[str] = set()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as asking:
        asking.settimeout(_ANSWER_TIMEOUT)
        body = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        asking.send(_HEADER.pack(16 + len(body), _RTM_GETADDR, _REQUEST_DUMP, 1, 0) + body)
        while True:
            for kind, payload in _messages(asking.recv(_ANSWER_SIZE)):
                if kind == _NLMSG_DONE:
                    return sorted(found)
                if kind == _NLMSG_ERROR:
                    raise OSError("the kernel refused to list addresses")
                if kind == _RTM_NEWADDR and (address := _read_address(payload)):
                    found.add(address)


def watch_addresses() -> socket.socket:
    """Give a non-blocking socket that becomes readable when an address changes.

    What it says need not be understood: read it empty and call `local_addresses`. Raises
    OSError.
    """
    watch = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    try:
        watch.bind((0, _GROUPS))
    except OSError:
        watch.close()
        raise
    watch.setblocking(False)
    return watch


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _HEADER.size:
        length, kind, _, _, _ = _HEADER.unpack_from(data)
        if length < _HEADER.size:
            return
        yield kind, data[_HEADER.size : length]
        data = data[_aligned(length) :]


def _read_address(payload: bytes) -> str:
    family, _, flags, scope, interface = _ADDRESS.unpack_from(payload)
    attributes: dict[int, bytes] = {}
    rest = payload[_ADDRESS.size :]
    while len(rest) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(rest)
        if length < _ATTRIBUTE.size:
            break
        attributes[kind] = rest[_ATTRIBUTE.size : length]
        rest = rest[_aligned(length) :]
    # On a point-to-point link ADDRESS is the other end and LOCAL is ours.
    raw = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS)
    if raw is None or flags & _UNUSABLE or family not in (socket.AF_INET, socket.AF_INET6):
        return ""
    text = socket.inet_ntop(family, raw)
    if family == socket.AF_INET6 and scope == 253:  # RT_SCOPE_LINK
        return f"{text}%{socket.if_indextoname(interface)}"
    return text


def _aligned(length: int) -> int:
    return (length + 3) & ~3
