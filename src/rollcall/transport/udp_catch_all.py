"""The wildcard socket behind those of the single addresses.

The kernel prefers a socket that is bound to the very address, so this one sees only what is
sent to addresses without a socket of their own: those that have just appeared, loopback ones
other than 127.0.0.1, whole networks routed to this machine. It asks the kernel which address
each datagram came to, and sends the answer from there (ip(7) IP_PKTINFO, RFC 3542 section 6).

    in_pktinfo   =  interface local-address header-destination
    in6_pktinfo  =  address interface
"""

import asyncio
import socket
import struct
from collections.abc import Sequence

from rollcall.transport.address_text import SocketAddress, host_of, host_port
from rollcall.transport.faults import Faults
from rollcall.transport.receiver import Clock, Receiver
from rollcall.transport.udp import MAX_DATAGRAM, TURN, DatagramCounts, destination

MAX_ENDPOINTS = 1024
"""Local addresses remembered: where whole networks are routed here, strangers choose them."""

_IP_PKTINFO = 8
_FOUR = struct.Struct("@i4s4s")
_SIX = struct.Struct("@16si")
_ANCILLARY = socket.CMSG_SPACE(max(_FOUR.size, _SIX.size))

Ancillary = tuple[int, int, bytes]


class CatchAllEndpoint:
    """The way out from one of our addresses, through the wildcard socket."""

    __slots__ = ("_counts", "_six", "_socket", "_source", "connection", "local", "transport")

    def __init__(
        self, wildcard: socket.socket, source: Ancillary, local: str, counts: DatagramCounts
    ) -> None:
        self._socket = wildcard
        self._six = wildcard.family == socket.AF_INET6
        self._source = (source,)
        self._counts = counts
        self.transport = "udp"
        self.connection = 0
        self.local = local

    def send(self, data: bytes, host: str, port: int) -> None:
        """Send from this address; a datagram that cannot be sent is counted and gone."""
        try:
            to = destination(self._six, host, port)
            self._socket.sendmsg((data,), self._source, 0, to)
            self._counts.sent += 1
        except BlockingIOError:
            self._counts.dropped += 1
        except (OSError, OverflowError):
            self._counts.failed += 1

    def close(self, reason: str) -> None:
        """Nothing: datagrams have no connection to close."""


class CatchAllReader:
    """Reads the wildcard socket. Its turns are those of `DatagramReader`."""

    def __init__(
        self,
        wildcard: socket.socket,
        receiver: Receiver,
        clock: Clock,
        counts: DatagramCounts,
        faults: Faults,
    ) -> None:
        self.wildcard = wildcard
        self.port: int = wildcard.getsockname()[1]
        self._six = wildcard.family == socket.AF_INET6
        if self._six:
            wildcard.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            wildcard.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        self._receiver = receiver
        self._clock = clock
        self._counts = counts
        self._faults = faults
        self._endpoints: dict[bytes, CatchAllEndpoint] = {}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read whenever there is something to read."""
        loop.add_reader(self.wildcard.fileno(), self.take_turn)

    def stop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read no more; sending still works."""
        loop.remove_reader(self.wildcard.fileno())

    def close(self) -> None:
        """Give the port back."""
        self.wildcard.close()

    def take_turn(self) -> None:
        """Read until the socket is empty, at most TURN datagrams."""
        now = self._clock()
        read = 0
        while read < TURN:
            try:
                data, ancillary, _, address = self.wildcard.recvmsg(MAX_DATAGRAM, _ANCILLARY)
            except BlockingIOError:
                break
            except OSError:
                self._counts.receive_errors += 1
                break
            read += 1
            self._hand_on(data, ancillary, address, now)
        self._counts.received += read
        try:
            self._receiver.drained(now)
        except Exception:  # noqa: BLE001  see Faults
            self._faults.report()

    def _hand_on(
        self, data: bytes, ancillary: Sequence[Ancillary], address: SocketAddress, now: float
    ) -> None:
        endpoint = self._endpoint(ancillary)
        if endpoint is None:
            self._counts.receive_errors += 1
            return
        try:
            self._receiver.receive(data, endpoint, host_of(address), address[1], now)
        except Exception:  # noqa: BLE001  see Faults
            self._faults.report()

    def _endpoint(self, ancillary: Sequence[Ancillary]) -> CatchAllEndpoint | None:
        """Give the endpoint of the address a datagram came to."""
        for _, _, told in ancillary:
            endpoint = self._endpoints.get(told)
            if endpoint is None:
                if len(self._endpoints) >= MAX_ENDPOINTS:
                    self._endpoints.clear()
                endpoint = self._endpoints[told] = self._new_endpoint(told)
            return endpoint
        return None

    def _new_endpoint(self, told: bytes) -> CatchAllEndpoint:
        if self._six:
            raw, interface = _SIX.unpack(told)
            host = socket.inet_ntop(socket.AF_INET6, raw)
            scope = interface if host.startswith("fe80:") else 0
            host = host_of((host, self.port, 0, scope))
            source = (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, _SIX.pack(raw, scope))
        else:
            # The second member is the address to answer from: it differs from the third, the
            # one in the header, for broadcasts.
            _, raw, _ = _FOUR.unpack(told)
            host = socket.inet_ntop(socket.AF_INET, raw)
            source = (socket.IPPROTO_IP, _IP_PKTINFO, _FOUR.pack(0, raw, bytes(4)))
        return CatchAllEndpoint(self.wildcard, source, host_port(host, self.port), self._counts)
