"""Datagrams: one socket for each of our addresses.

So an answer leaves from the address that was asked (RFC 3581 section 4), without asking the
kernel for each datagram which address that was. Sockets are plain and non-blocking; the loop
says when one can be read, and it is then read until it is empty or has had its turn.
"""

import asyncio
import socket

from rollcall.transport.address_text import SocketAddress, address_of, host_of, host_port
from rollcall.transport.faults import Faults
from rollcall.transport.receiver import Clock, Receiver

MAX_DATAGRAM = 65_535
"""Bytes: what UDP can carry."""

TURN = 64
"""Datagrams read before others get their turn: some 3 ms of REGISTERs. Also the most that
share one write to the disk because of one socket."""


class DatagramCounts:
    """What happened to datagrams, of all sockets together."""

    __slots__ = ("dropped", "failed", "receive_errors", "received", "sent")

    def __init__(self) -> None:
        self.received = 0
        self.sent = 0
        self.dropped = 0
        """Not sent: the send buffer was full."""
        self.failed = 0
        """Not sent: no route, no such address, too long."""
        self.receive_errors = 0


class DatagramEndpoint:
    """The way out of one bound socket."""

    __slots__ = ("_counts", "_six", "_socket", "connection", "local", "transport")

    def __init__(self, bound: socket.socket, counts: DatagramCounts) -> None:
        address: SocketAddress = bound.getsockname()
        self._socket = bound
        self._six = bound.family == socket.AF_INET6
        self._counts = counts
        self.transport = "udp"
        self.connection = 0
        self.local = host_port(host_of(address), address[1])

    def send(self, data: bytes, host: str, port: int) -> None:
        """Send to an address; a datagram that cannot be sent is counted and gone."""
        counts = self._counts
        try:
            self._socket.sendto(data, destination(self._six, host, port))
            counts.sent += 1
        except BlockingIOError:
            counts.dropped += 1
        except (OSError, OverflowError):
            counts.failed += 1

    def close(self, reason: str) -> None:
        """Nothing: datagrams have no connection to close."""


class DatagramReader:
    """Reads one bound socket and hands on what it gets."""

    __slots__ = ("_bound", "_clock", "_counts", "_faults", "_receiver", "_recvfrom", "endpoint")

    def __init__(
        self,
        bound: socket.socket,
        receiver: Receiver,
        clock: Clock,
        counts: DatagramCounts,
        faults: Faults,
    ) -> None:
        self._bound = bound
        self._recvfrom = bound.recvfrom
        self._receiver = receiver
        self._clock = clock
        self._counts = counts
        self._faults = faults
        self.endpoint = DatagramEndpoint(bound, counts)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read whenever there is something to read."""
        loop.add_reader(self._bound.fileno(), self.take_turn)

    def stop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read no more; sending still works."""
        loop.remove_reader(self._bound.fileno())

    def close(self) -> None:
        """Give the port back. What is sent afterwards counts as failed."""
        self._bound.close()

    def take_turn(self) -> None:
        """Read until the socket is empty, at most TURN datagrams."""
        now = self._clock()
        endpoint = self.endpoint
        receive = self._receiver.receive
        recvfrom = self._recvfrom
        read = 0
        while read < TURN:
            try:
                data, address = recvfrom(MAX_DATAGRAM)
            except BlockingIOError:
                break
            except OSError:  # an error of an earlier datagram, told to us by ICMP
                self._counts.receive_errors += 1
                break
            read += 1
            host = address[0] if len(address) == 2 else host_of(address)
            try:
                receive(data, endpoint, host, address[1], now)
            except Exception:  # noqa: BLE001  see Faults
                self._faults.report()
        self._counts.received += read
        try:
            self._receiver.drained(now)
        except Exception:  # noqa: BLE001  see Faults
            self._faults.report()


def destination(six: bool, host: str, port: int) -> SocketAddress:
    """Give the address to send to.

    Raises OSError when `host` is not an address of the socket's family: the system would look
    it up as a name, and everything would wait for that.
    """
    if six:
        return address_of(host, port)
    socket.inet_pton(socket.AF_INET, host)
    return (host, port)
