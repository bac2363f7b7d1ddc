"""Whom a request is from when it comes through a proxy, SBC or load balancer of ours.

Such an edge notes the source of what it forwards in the client's Via, as `received` and
`rport` (RFC 3261 section 18.2.1, RFC 3581 section 4). From edges that are configured
(`trusted_edges`) this is believed; from anybody else it would let a stranger choose his address.
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

        The client's Via is the one below the edge's own, or the only one when the edge adds none.
        Without a usable address in it the edge itself counts as the source. Raises ParseError 400
        for a malformed Via.
        """
        if not self._networks.match(host):
            return host, port
        vias = message.vias()
        client = vias[1] if len(vias) > 1 else vias[0]
        named = client.received or (client.host if len(vias) > 1 else "")
        try:
            address = ipaddress.ip_address(named)
        except ValueError:
            return host, port
        return str(address), client.rport or client.port or DEFAULT_PORT
