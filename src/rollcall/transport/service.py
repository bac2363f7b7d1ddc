"""The transport room as the SIP process uses it: settings in, messages out."""

import msgspec

from rollcall.model.network_text import parse_network
from rollcall.transport.connection import ConnectionLimits
from rollcall.transport.endpoints import Endpoints
from rollcall.transport.errors import BindError
from rollcall.transport.listen_address import parse_listen_address
from rollcall.transport.listeners import Listeners
from rollcall.transport.receiver import Clock, Receiver


class TransportSettings(msgspec.Struct, frozen=True):
    """What is known before the start."""

    listen: tuple[str, ...]
    """`udp://HOST:PORT`, `tcp://[::]:5060`."""
    connections: int = ConnectionLimits().total
    """Stream connections in all."""
    connections_per_source: int = ConnectionLimits().per_source
    trusted: tuple[str, ...] = ()
    """CIDRs of sources that are exempt from the limit per source."""
    first_connection: int = 1
    """Number of the first connection; higher than every number given before."""


class TransportService:
    """Every listener and connection of this process."""

    def __init__(self, receiver: Receiver, clock: Clock, settings: TransportSettings) -> None:
        """Join `receiver` to the network. Raises ValueError for a CIDR that is none."""
        self._listen = settings.listen
        self._listeners = Listeners(
            receiver,
            clock,
            serial=settings.first_connection - 1,
            limits=ConnectionLimits(
                total=settings.connections, per_source=settings.connections_per_source
            ),
            trusted=tuple([parse_network(text) for text in settings.trusted]),
        )

    @property
    def endpoints(self) -> Endpoints:
        """The way out to each binding."""
        return self._listeners.endpoints

    async def start(self) -> None:
        """Take the ports and begin. Raises BindError, an OSError whose text is one clear line."""
        try:
            addresses = [parse_listen_address(text) for text in self._listen]
        except ValueError as error:
            raise BindError(str(error)) from error
        self._listeners.open(addresses)
        await self._listeners.start()

    def listeners(self) -> list[str]:
        """Give what is really listened on, `udp://0.0.0.0:5060`."""
        return [str(address) for address in self._listeners.addresses]

    def close_connection(self, connection: int, reason: str) -> None:
        """Close a connection once its last answer has left; nothing when it has ended."""
        endpoint = self.endpoints.connection(connection)
        if endpoint is not None:
            endpoint.close(reason)

    def counters(self) -> dict[str, int]:
        """Give counters by name, for metrics."""
        return {**self.endpoints.statistics(), "faults": self._listeners.faults}

    def stop_reading(self) -> None:
        """Take no more messages; what was taken can still be answered."""
        self._listeners.stop_reading()

    async def stop(self) -> None:
        """Let last answers leave, end all connections, give the ports back."""
        await self._listeners.close()
