"""The table of connections: who may connect, who has stayed too long, who is reached where."""

import asyncio
import itertools
from collections import Counter
from contextlib import suppress

import structlog

from rollcall.guard.admission import network_of
from rollcall.guard.networks import CompiledNetworks
from rollcall.model.phone import Network
from rollcall.transport.address_text import is_address
from rollcall.transport.connection import Connection, ConnectionLimits, Surroundings
from rollcall.transport.faults import Faults
from rollcall.transport.receiver import Clock, Receiver

SWEPT = 2000
"""Connections looked at in one sweep: a millisecond of work."""

_log = structlog.get_logger(__name__)


class Connections:
    """All TCP connections, by number.

    Numbers begin after `serial` and are never given again; whoever starts the process keeps
    `serial` above all that were given before. Sources in `trusted` are exempt from the limit
    per source.
    """

    def __init__(
        self,
        receiver: Receiver,
        clock: Clock,
        faults: Faults,
        *,
        serial: int = 0,
        limits: ConnectionLimits | None = None,
        trusted: tuple[Network, ...] = (),
    ) -> None:
        self.limits = limits or ConnectionLimits()
        self.refused_in_total = 0
        self.refused_by_source = 0
        self.accepted = 0
        self.ended: Counter[str] = Counter()
        """Connections that transport itself ended, by its reason."""
        self._clock = clock
        self._receiver = receiver
        self._around = Surroundings(receiver, self, clock, faults, self.limits)
        self._trusted = CompiledNetworks(trusted)
        self._numbers = itertools.count(serial + 1)
        self._table: dict[int, Connection] = {}
        self._by_source: Counter[str] = Counter()
        self._outgoing: dict[tuple[str, int], Connection] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._to_sweep: list[Connection] = []
        self._emptied: asyncio.Event | None = None
        self._muted = False

    def __len__(self) -> int:
        return len(self._table)

    def get(self, number: int) -> Connection | None:
        """Give the connection of that number, while it is open."""
        return self._table.get(number)

    def accept(self) -> asyncio.Protocol:
        """Give the protocol of a connection that the loop has just accepted."""
        return _Accepted(next(self._numbers), self._around, self)

    def admit(self, connection: Connection) -> bool:
        """Put an accepted connection on the table, unless a limit is reached."""
        if len(self._table) >= self.limits.total:
            self.refused_in_total += 1
            return False
        if not self._trusted.match(connection.host):
            source = network_of(connection.host)
            if self._by_source[source] >= self.limits.per_source:
                self.refused_by_source += 1
                return False
            self._by_source[source] += 1
            connection.counted_source = source
        self.accepted += 1
        self._table[connection.connection] = connection
        return True

    def connect(self, host: str, port: int) -> Connection | None:
        """Give a connection to `host:port`: the one that was made before, or a new one.

        What is sent before it stands is parked. None when there are too many connections, or
        when `host` is a name: looking names up is not transport's business.
        """
        if not is_address(host):
            return None
        known = self._outgoing.get((host, port))
        if known is not None:
            return known
        if len(self._table) >= self.limits.total:
            self.refused_in_total += 1
            return None
        connection = Connection(next(self._numbers), self._around)
        connection.host, connection.port = host, port
        self._table[connection.connection] = connection
        self._outgoing[host, port] = connection
        task = asyncio.get_running_loop().create_task(_establish(connection, host, port))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return connection

    def forget(self, connection: Connection) -> None:
        """Take an ended connection off the table and tell the receiver."""
        if self._table.pop(connection.connection, None) is None:
            return
        key = (connection.host, connection.port)
        if self._outgoing.get(key) is connection:
            del self._outgoing[key]
        source = connection.counted_source
        if source:
            self._by_source[source] -= 1
            if not self._by_source[source]:
                del self._by_source[source]
        if self._emptied is not None and not self._table:
            self._emptied.set()
        _log.debug("connection ended", host=connection.host, reason=connection.end)
        if self._muted:
            return
        try:
            self._receiver.connection_lost(connection, self._clock())
        except Exception:  # noqa: BLE001  see Faults
            self._around.faults.report()

    def sweep(self, now: float) -> None:
        """Look at some connections and end those that have stayed too long.

        To be called every second; each connection has its turn after ten calls at the latest.
        """
        if not self._to_sweep:
            self._to_sweep = list(self._table.values())
        turn, self._to_sweep = self._to_sweep[:SWEPT], self._to_sweep[SWEPT:]
        for connection in turn:
            reason = connection.overdue(now)
            if reason:
                self.ended[reason] += 1
                connection.abort(reason)

    def stop_reading(self) -> None:
        """Take no more messages and tell of no more ends.

        This process is about to end, and its successor treats all connections as lost.
        """
        self._muted = True
        for connection in self._table.values():
            connection.stop_reading()

    async def close(self, within: float) -> None:
        """Close all, with what is waiting sent, in at most `within` seconds."""
        for task in list(self._under_way):
            task.cancel()
        for connection in list(self._table.values()):
            if connection.connected:
                connection.close("stopping")
            else:
                connection.abort("stopping")
        if self._table:
            emptied = self._emptied = asyncio.Event()
            with suppress(TimeoutError):
                await asyncio.wait_for(emptied.wait(), within)
        for connection in list(self._table.values()):
            connection.abort("stopping")
            connection.lost()


class _Accepted(Connection):
    """A connection that has yet to pass the limits, which need its address."""

    __slots__ = ("_table",)

    def __init__(self, number: int, around: Surroundings, table: Connections) -> None:
        super().__init__(number, around)
        self._table = table

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take or refuse it."""
        super().connection_made(transport)
        if not self.closing and not self._table.admit(self):
            self.abort("too many connections")


async def _establish(connection: Connection, host: str, port: int) -> None:
    """Connect; whatever goes wrong ends the connection."""
    loop = asyncio.get_running_loop()
    try:
        await loop.create_connection(lambda: connection, host, port)
    except (OSError, asyncio.CancelledError) as error:
        connection.end = connection.end or str(error) or "cancelled"
        connection.lost()
