"""Opening sockets and, when that fails, saying so in words that help."""

import errno
import os
import socket

from rollcall.transport.address_text import SocketAddress, address_of, family_of, host_port
from rollcall.transport.errors import BindError
from rollcall.transport.port_holder import port_holder

RECEIVE_BUFFER = 8 * 1024 * 1024
"""Bytes asked of the kernel for datagrams that wait: some 6,000 REGISTERs, which is what a
restart avalanche sends in the quarter of a second that writing a large group may take."""

BACKLOG = 1024
"""Connections that may wait to be accepted: a site's phones after a power cut."""

KEEPALIVE_IDLE = 300
"""Seconds of silence before the kernel asks whether the other side is still there: a phone
that lost its power says no good-bye, and must not look reachable for an hour."""

UNACKNOWLEDGED = 32
"""Seconds an answer may stay unacknowledged before the kernel gives a connection up: 64 times
T1 (RFC 3261 section 17.1.1.2). Also how long it waits for answers to its own asking."""

_SO_RCVBUFFORCE = 33  # as SO_RCVBUF, above the system's maximum, for the privileged


def bind_datagram(host: str, port: int, *, reuse: bool = False) -> socket.socket:
    """Give a non-blocking UDP socket bound to `host:port`. Raises OSError.

    `reuse` lets it stand beside a socket that also has SO_REUSEADDR set at this moment.
    """
    opened = _open(host, socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(reuse))
        _widen(opened)
        opened.bind(_bindable(host, port))
    except OSError:
        opened.close()
        raise
    return opened


def bind_stream(host: str, port: int) -> socket.socket:
    """Give a non-blocking TCP socket that listens on `host:port`. Raises OSError."""
    opened = _open(host, socket.SOCK_STREAM)
    try:
        # Connections of the process before us may still be closing; listeners exclude each other.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted connections inherit these.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED * 1000)
        opened.bind(_bindable(host, port))
        opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


def explain(transport: str, host: str, port: int, error: OSError) -> BindError:
    """Turn what the kernel said about a listener into what the operator can do about it."""
    where = f"{transport.upper()} {host_port(host, port)}"
    if error.errno == errno.EADDRINUSE:
        holder = port_holder(transport, port)
        by = f" by {holder}" if holder else ""
        return BindError(
            f"{where} is in use{by}; stop the other program or choose another --listen"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return BindError(f"{where}: this machine does not have that address; correct --listen")
    if error.errno == errno.EACCES:
        return BindError(
            f"{where}: not permitted; ports below 1024 need privileges, choose another --listen"
        )
    if error.errno == errno.EAFNOSUPPORT:
        return BindError(f"{where}: this system has no IPv6; remove it from --listen")
    return BindError(f"{where} cannot be opened: {os.strerror(error.errno or 0)}")


def _open(host: str, kind: socket.SocketKind) -> socket.socket:
    family = family_of(host)
    opened = socket.socket(family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    if family == socket.AF_INET6:
        # IPv4 has its own listener; mapped addresses would be a second name for each source.
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return opened


def _bindable(host: str, port: int) -> SocketAddress:
    return address_of(host, port) if ":" in host else (host, port)


def _widen(opened: socket.socket) -> None:
    try:
        opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except OSError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
