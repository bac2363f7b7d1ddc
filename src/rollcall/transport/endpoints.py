"""Every way out: connections by number, datagram sockets by our own address."""

from collections.abc import Iterable

from rollcall.model.ports import Endpoint
from rollcall.transport.connections import Connections
from rollcall.transport.udp import DatagramCounts
from rollcall.transport.udp_listener import UdpListener


class Endpoints:
    """Finds the endpoint a binding is reached through."""

    def __init__(
        self,
        connections: Connections,
        datagram_listeners: Iterable[UdpListener],
        datagrams: DatagramCounts,
    ) -> None:
        self.connections = connections
        self.datagrams = datagrams
        self._listeners = datagram_listeners

    def connection(self, number: int) -> Endpoint | None:
        """Give the open connection of that number."""
        return self.connections.get(number)

    def datagram(self, local: str) -> Endpoint | None:
        """Give the datagram socket of our address `local` (`host:port`)."""
        for listener in self._listeners:
            for endpoint in listener.endpoints:
                if endpoint.local == local:
                    return endpoint
        return None

    def connect(self, host: str, port: int) -> Endpoint | None:
        """Give a connection to a phone that can be reached at `host:port`."""
        return self.connections.connect(host, port)

    def statistics(self) -> dict[str, int]:
        """Give the counters, by name, for metrics."""
        datagrams, connections = self.datagrams, self.connections
        return {
            "udp_received": datagrams.received,
            "udp_sent": datagrams.sent,
            "udp_dropped": datagrams.dropped,
            "udp_failed": datagrams.failed,
            "udp_receive_errors": datagrams.receive_errors,
            "tcp_connections": len(connections),
            "tcp_accepted": connections.accepted,
            "tcp_refused_in_total": connections.refused_in_total,
            "tcp_refused_by_source": connections.refused_by_source,
            "tcp_ended": sum(connections.ended.values()),
        }
