"""Addresses as keys that sort: 16 bytes, IPv4 as its mapped IPv6 address.

With them a CIDR is a range of keys, so that filters by network are comparisons in SQL.
"""

import socket

from rollcall.sip.contact import parse_contact
from rollcall.sip.errors import ParseError
from rollcall.sip.uri import SipUri

_MAPPED = b"\0" * 10 + b"\xff\xff"


def address_key(host: str) -> bytes | None:
    """Give the key of a literal address, without brackets; None for a name."""
    try:
        if ":" in host:
            return socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
        return _MAPPED + socket.inet_pton(socket.AF_INET, host)
    except (OSError, ValueError):  # ValueError: not ASCII, or with a NUL
        return None


def contact_place(contact: str) -> tuple[str, int]:
    """Give the host and port a Contact value names; ("", 0) when it is no SIP URI."""
    try:
        uri = parse_contact(contact).uri
    except ParseError:
        return "", 0
    if not isinstance(uri, SipUri):
        return "", 0
    return uri.host, uri.port or 0


def number_of(aor: str) -> str:
    """Give the number in `sip:1001@example.com`; what is no URI is a number already."""
    if not aor.startswith("sip:"):
        return aor
    return aor[4 : aor.rfind("@")] if "@" in aor else aor[4:]
