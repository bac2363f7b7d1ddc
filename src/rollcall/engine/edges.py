"""Whom a request is from when it comes through a proxy, SBC or load balancer of ours.

Such an edge notes the source of what it forwards in the client's Via, as `received` and
`rport` (RFC 3261 section 18.2.1, RFC 3581 section 4), and puts its own Via above. From edges that
are configured (`trusted_edges`) this is believed; from anybody else it would let a stranger choose
his address. A balancer that forwards packets as they are notes nothing: what stands in the only Via
is the client's own writing, and only the source of the packet is known.
"""

import ipaddress

from rollcall.guard.networks import CompiledNetworks
from rollcall.model.phone import Network
from rollcall.sip.message import Request

DEFAULT_PORT = 5060


class TrustedEdges:
    """The networks of our edges. Raises ValueError for an entry that is no network."""

    def __init__(self, networks: tuple[Network, ...] = ()) -> None:
        self._networks = CompiledNetworks(networks)

    def source(self, message: Request, host: str, port: int) -> tuple[str, int]:
        """Give address and port that `message`, received from `host:port`, is really from.

        The client's Via is the one below the edge's own. Without one, or without a usable address
        in it, the edge itself counts as the source. Raises ParseError 400 for a malformed Via.
        """
        if not self._networks.match(host):
            return host, port
        vias = message.vias()
        if len(vias) == 1:
            return host, port
        client = vias[1]
        try:
            address = ipaddress.ip_address(client.received or client.host)
        except ValueError:
            return host, port
        return str(address), client.rport or client.port or DEFAULT_PORT
