"""Source addresses against lists of networks: who may come from where.

Lists are compiled once and kept by their value; phones without a list never come here.
"""

import ipaddress
from functools import lru_cache

from rollcall.model.phone import Network

ANY_PORT = 0

_KEPT = 4096
"""Compiled lists kept: customers with lists of their own are few, their phones share the list."""


class CompiledNetworks:
    """A list of networks as numbers, ready to match.

    Raises ValueError, naming the entry, when one of them is not a network.
    """

    __slots__ = ("_entries",)

    def __init__(self, networks: tuple[Network, ...]) -> None:
        entries = []
        for network in networks:
            try:
                parsed = ipaddress.ip_network(network.cidr, strict=False)
            except ValueError as error:
                raise ValueError(f"not a network: {network.cidr!r} ({error})") from None
            mask = int(parsed.netmask)
            entries.append((parsed.version, int(parsed.network_address), mask, network.port))
        self._entries = tuple(entries)

    def match(self, host: str, port: int = ANY_PORT) -> bool:
        """Tell whether `host` is in one of the networks, and on its port when `port` counts.

        A `port` of 0 asks for the address only; an entry without a port admits any.
        """
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False  # a host name in a test or a trace is in no network
        version = address.version
        number = int(address)
        for family, network, mask, wanted in self._entries:
            if family == version and number & mask == network:  # noqa: SIM102  reads as two questions
                if port == ANY_PORT or wanted in (ANY_PORT, port):
                    return True
        return False


@lru_cache(maxsize=_KEPT)
def _compiled(networks: tuple[Network, ...]) -> CompiledNetworks | None:
    try:
        return CompiledNetworks(networks)
    except ValueError:
        return None


def admits(networks: tuple[Network, ...], host: str, port: int = ANY_PORT) -> bool:
    """Tell whether a phone with that list may come from `host` (and `port`, unless it is 0).

    An empty list admits nobody. So does one with an entry that is no network: entries are
    checked when they are stored, and a damaged list must not open a door.
    """
    if not networks:
        return False
    compiled = _compiled(networks)
    return compiled is not None and compiled.match(host, port)
