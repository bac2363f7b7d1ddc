"""Everything that listens: opened together, kept in step with this machine, stopped in order.

open -> start -> ... -> stop_reading -> close
                           |  the engine writes and answers what it has taken
"""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress

import structlog

from rollcall.model.phone import Network
from rollcall.transport.binding_socket import bind_stream, explain
from rollcall.transport.connection import ConnectionLimits
from rollcall.transport.connections import Connections
from rollcall.transport.endpoints import Endpoints
from rollcall.transport.errors import BindError
from rollcall.transport.faults import Faults
from rollcall.transport.listen_address import ListenAddress
from rollcall.transport.local_addresses import local_addresses, watch_addresses
from rollcall.transport.receiver import Clock, Receiver
from rollcall.transport.udp import DatagramCounts
from rollcall.transport.udp_listener import UdpListener

SWEEP_INTERVAL = 1.0
"""Seconds between looks for connections that have stayed too long."""

CLOSE_TIMEOUT = 2.0
"""Seconds for last answers when stopping; the whole stop has 5 (systemd and users wait)."""

_NETLINK_READ = 65_536

_log = structlog.get_logger(__name__)


class Listeners:
    """The sockets of one SIP process and the way out of each.

    `serial` is below every connection number that this process may give. `list_addresses`
    tells the addresses of this machine, for wildcard listeners.
    """

    def __init__(
        self,
        receiver: Receiver,
        clock: Clock,
        *,
        serial: int = 0,
        limits: ConnectionLimits | None = None,
        trusted: tuple[Network, ...] = (),
        list_addresses: Callable[[], list[str]] = local_addresses,
    ) -> None:
        self._receiver = receiver
        self._clock = clock
        self._list_addresses = list_addresses
        self._faults = Faults(clock)
        self._udp: list[UdpListener] = []
        self._tcp: list[tuple[ListenAddress, socket.socket]] = []
        self._servers: list[asyncio.Server] = []
        self._watch: socket.socket | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self.connections = Connections(
            receiver, clock, self._faults, serial=serial, limits=limits, trusted=trusted
        )
        self.endpoints = Endpoints(self.connections, self._udp, DatagramCounts())

    @property
    def faults(self) -> int:
        """Messages whose handling failed by a fault of ours."""
        return self._faults.count

    @property
    def addresses(self) -> list[ListenAddress]:
        """What is listened on, with the real ports."""
        return [listener.address for listener in self._udp] + [address for address, _ in self._tcp]

    def open(self, addresses: Iterable[ListenAddress]) -> None:
        """Take the ports, all or none. Raises BindError."""
        try:
            for address in addresses:
                self._open_one(address)
        except BindError:
            self._close_sockets()
            raise

    async def start(self) -> None:
        """Begin to read and to accept."""
        loop = asyncio.get_running_loop()
        self.follow_addresses()
        for listener in self._udp:
            listener.start(loop)
        for _, bound in self._tcp:
            server = await loop.create_server(self.connections.accept, sock=bound)
            self._servers.append(server)
        if any(listener.address.wildcard for listener in self._udp):
            self._start_watch(loop)
        self._sweeper = loop.call_later(SWEEP_INTERVAL, self._sweep, loop)

    def follow_addresses(self) -> None:
        """Bring the sockets of wildcard listeners in line with this machine's addresses."""
        try:
            addresses = self._list_addresses()
        except OSError as error:
            _log.warning("addresses of this machine are not told", error=str(error))
            return
        for listener in self._udp:
            listener.follow(addresses)

    def stop_reading(self) -> None:
        """Take no more messages or connections; what was taken can still be answered."""
        loop = asyncio.get_running_loop()
        self.connections.stop_reading()
        for listener in self._udp:
            listener.stop()
        for server in self._servers:
            server.close()
        if self._watch is not None:
            loop.remove_reader(self._watch.fileno())
            self._watch.close()
            self._watch = None
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    async def close(self, within: float = CLOSE_TIMEOUT) -> None:
        """Send what is waiting, end all connections, give the ports back."""
        self.stop_reading()
        await self.connections.close(within)
        self._close_sockets()

    def _open_one(self, address: ListenAddress) -> None:
        try:
            if address.transport == "udp":
                self._open_udp(address)
            else:
                self._open_tcp(address)
        except BindError as error:
            cause = error.__cause__
            lacks_family = isinstance(cause, OSError) and cause.errno == errno.EAFNOSUPPORT
            if not (lacks_family and address.wildcard):
                raise
            # The default listens on both families; a system without IPv6 has but one.
            _log.warning("not listening", address=str(address), reason=str(error))

    def _open_udp(self, address: ListenAddress) -> None:
        datagrams = self.endpoints.datagrams
        self._udp.append(UdpListener(address, self._receiver, self._clock, datagrams, self._faults))

    def _open_tcp(self, address: ListenAddress) -> None:
        try:
            bound = bind_stream(address.host, address.port)
        except OSError as error:
            raise explain("tcp", address.host, address.port, error) from error
        self._tcp.append((ListenAddress("tcp", address.host, bound.getsockname()[1]), bound))

    def _start_watch(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._watch = watch_addresses()
        except OSError as error:
            _log.warning("changes of addresses are not told", error=str(error))
            return
        loop.add_reader(self._watch.fileno(), self._address_changed, self._watch)

    def _address_changed(self, watch: socket.socket) -> None:
        with suppress(OSError):  # empty, or overrun: either way the list is read anew
            while watch.recv(_NETLINK_READ):
                pass
        self.follow_addresses()

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self.connections.sweep(self._clock())
        self._sweeper = loop.call_later(SWEEP_INTERVAL, self._sweep, loop)

    def _close_sockets(self) -> None:
        for listener in self._udp:
            listener.close()
        for _, bound in self._tcp:
            bound.close()
        self._udp.clear()
        self._tcp.clear()
        self._servers.clear()
