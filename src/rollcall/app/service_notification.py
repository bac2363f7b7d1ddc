"""Telling systemd how the service is: sd_notify(3), one datagram."""

import os
import socket


def notify(state: str) -> bool:
    """Send `READY=1` or another state; gives whether anybody wants to know.

    The address is in NOTIFY_SOCKET; one that starts with @ is in the abstract namespace.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        try:
            sender.sendto(state.encode(), address)
        except OSError:
            return False
    return True
