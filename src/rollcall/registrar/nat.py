"""Is there a network address translator between the device and us?

A REGISTER names its sender three times: the packet's source, the sent-by of its topmost Via (where
the device believes to be, RFC 3261 section 18.2.1) and the Contact (where it asks to be reached).
Without a translator the three agree. What follows from a disagreement:

- A Via address that is not the source: somebody rewrote the source on the way. Behind NAT.
- On UDP, the right address but another port, and the device asks for `rport`: it receives where it
  sends from (RFC 3581 section 4), so the port it believes in is not the one that reaches it. Behind
  NAT. Without `rport` the device may listen elsewhere than it sends from; the Contact is believed.
- A Contact address that is not the source, nor one that exists in the public internet: a private
  address from another network. Behind NAT. When it is a public address and the Via tells the truth,
  the device registers another host on purpose (RFC 3261 section 10.2) and is believed.
- A name nobody can resolve (`.invalid`, `.local`, no dot at all) as Contact: only the flow the
  REGISTER came over reaches the device. Behind NAT. Other names are believed.
- Over streams ports tell nothing: a client's port is chosen anew for every connection. A WebSocket
  client cannot be connected to (RFC 7118 section 5): always "behind NAT".

A Path header (RFC 3327) counts for nothing here: anybody can write one.

"Behind NAT" then means: this binding is reached at its source address, over its own flow.
"""

import ipaddress
from functools import lru_cache

from rollcall.registrar.request import RegisterRequest
from rollcall.sip.uri import SipUri, Uri

DEFAULT_PORT = 5060
"""Where no port is written (RFC 3261 section 18.2.2)."""

UNRESOLVABLE = (
    ".invalid",
    ".local",
    ".localdomain",
    ".localhost",
    ".lan",
    ".internal",
    ".home.arpa",
)
"""Endings of names that mean nothing outside of one network (RFC 2606, 6762, 8375 and custom)."""

_CACHED = 1024
"""Address spellings remembered: IPv6 and odd forms only, IPv4 is compared as text."""


@lru_cache(maxsize=_CACHED)
def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Give the address that `host` is a literal of, IPv4-mapped ones unwrapped; None for names."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _dotted(host: str) -> bool:
    return host.replace(".", "").isdecimal()


def _differ(host: str, source: str) -> bool:
    """Tell whether `host`, written otherwise, is another address. Names tell nothing."""
    if _dotted(host) and _dotted(source):
        return True
    address = _address(host)
    return address is not None and address != _address(source)


def _unresolvable(host: str) -> bool:
    return "." not in host or host.rstrip(".").endswith(UNRESOLVABLE)


def _contact_misses(host: str, source: str) -> bool:
    """Tell whether a request sent to `host` would not find the device that is at `source`."""
    address = _address(host)
    if address is None:
        return _unresolvable(host)
    return address != _address(source) and not address.is_global


def behind_nat(request: RegisterRequest, contact: Uri) -> bool:
    """Tell whether the device is reached at its source address instead of at `contact`."""
    transport = request.transport
    if transport in ("ws", "wss"):
        return True
    source = request.source_host
    via = request.via_host
    if via != source and via and (_differ(via, source) or via.endswith(".invalid")):
        return True
    if (
        transport == "udp"
        and request.rport
        and (request.via_port or DEFAULT_PORT) != request.source_port
    ):
        return True
    if not isinstance(contact, SipUri) or contact.host == source:
        return False
    return _contact_misses(contact.host, source)
