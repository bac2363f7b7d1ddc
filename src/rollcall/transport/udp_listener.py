"""Listening for datagrams: on one address, or on all of them as they come and go.

A wildcard listener is a catch-all socket and, for speed, one socket for each address (a
datagram costs 1.2 us less there). Two sockets on one port need SO_REUSEADDR, and with it
another program could take the port unnoticed. So the wildcard is bound without it, which fails
when anybody has the port, and has the option only for the moment in which a socket is added: the
kernel looks at it when a socket is bound, never later, and the wildcard is in everybody's way.
"""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress

import structlog

from rollcall.transport.address_text import family_of, host_of
from rollcall.transport.binding_socket import bind_datagram, explain
from rollcall.transport.faults import Faults
from rollcall.transport.listen_address import ListenAddress
from rollcall.transport.receiver import Clock, Receiver
from rollcall.transport.udp import DatagramCounts, DatagramEndpoint, DatagramReader
from rollcall.transport.udp_catch_all import CatchAllReader

MAX_SOCKETS = 256
"""Addresses of one family with a socket of their own; what comes to others is caught as well."""

_log = structlog.get_logger(__name__)


class UdpListener:
    """The sockets of one `udp://` address. Raises BindError when the port cannot be had."""

    def __init__(
        self,
        address: ListenAddress,
        receiver: Receiver,
        clock: Clock,
        counts: DatagramCounts,
        faults: Faults,
    ) -> None:
        self._parts = (receiver, clock, counts, faults)
        self._readers: dict[str, DatagramReader] = {}
        self._catch_all: CatchAllReader | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        try:
            bound = bind_datagram(address.host, address.port)
        except OSError as error:
            raise explain("udp", address.host, address.port, error) from error
        self._family = bound.family
        self.port: int = bound.getsockname()[1]
        self.address = ListenAddress("udp", address.host, self.port)
        if address.wildcard:
            self._catch_all = CatchAllReader(bound, *self._parts)
        else:
            self._readers[host_of(bound.getsockname())] = DatagramReader(bound, *self._parts)

    @property
    def endpoints(self) -> list[DatagramEndpoint]:
        """The endpoints of the addresses with a socket of their own."""
        return [reader.endpoint for reader in self._readers.values()]

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to read."""
        self._loop = loop
        if self._catch_all is not None:
            self._catch_all.start(loop)
        for reader in self._readers.values():
            reader.start(loop)

    def follow(self, addresses: Iterable[str]) -> None:
        """Have a socket for each of this machine's `addresses`; nothing unless a wildcard."""
        catch_all = self._catch_all
        if catch_all is None:
            return
        ours = [host for host in addresses if family_of(host) == self._family][:MAX_SOCKETS]
        for host in self._readers.keys() - set(ours):
            reader = self._readers.pop(host)
            if self._loop is not None:
                reader.stop(self._loop)
            reader.close()
        for host in ours:
            if host not in self._readers:
                self._add(host, catch_all.wildcard)

    def stop(self) -> None:
        """Read no more; endpoints can still send."""
        if self._loop is None:
            return
        if self._catch_all is not None:
            self._catch_all.stop(self._loop)
        for reader in self._readers.values():
            reader.stop(self._loop)
        self._loop = None

    def close(self) -> None:
        """Stop and give the port back."""
        self.stop()
        if self._catch_all is not None:
            self._catch_all.close()
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def _add(self, host: str, wildcard: socket.socket) -> None:
        try:
            wildcard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound = bind_datagram(host, self.port, reuse=True)
        except OSError as error:
            # It may have gone again, or belong to a listener of its own; nothing is lost.
            _log.debug("address without a socket of its own", address=host, error=str(error))
            return
        finally:
            with suppress(OSError):
                wildcard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        reader = self._readers[host] = DatagramReader(bound, *self._parts)
        if self._loop is not None:
            reader.start(self._loop)
