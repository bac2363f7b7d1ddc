"""One TCP connection: bytes in, whole messages on; answers out.

    under way  -> talking -> closing -> gone
               (outgoing, not yet connected: what is sent is parked)

What a stranger can cost us is bounded: a message that never ends and a connection that never
says anything are given up after 32 s, one that does not read its answers at once, a silent one
after an hour. `overdue` says so when asked; nothing here keeps timers.
"""

import asyncio
from collections import deque
from typing import Protocol, cast

import msgspec

from rollcall.model.ports import Endpoint
from rollcall.sip.errors import FramingError
from rollcall.sip.framing import PING, PONG, StreamFramer
from rollcall.transport.address_text import host_of, host_port
from rollcall.transport.faults import Faults
from rollcall.transport.receiver import Clock, Receiver


class ConnectionLimits(msgspec.Struct, frozen=True):
    """What a connection may cost. Durations are seconds."""

    total: int = 20_000
    """Connections: some 200 MB of buffers and objects at the most."""
    per_source: int = 100
    """Of one source address, as many as an office behind one NAT has phones."""
    idle: float = 3700.0
    """Silence: the longest expiry by default, 3600 s, and room for a late refresh."""
    first_message: float = 32.0
    """Until the first message is whole, and later for any other: 64 times T1, as long as a
    client waits for an answer (RFC 3261 section 17.1.1.2, timer B)."""
    flush: float = 5.0
    """For sending what is left after a connection was closed."""
    unread: int = 256 * 1024
    """Bytes of answers that wait for a client that does not read: some 500 of them."""


class Registry(Protocol):
    """Who keeps the table of connections."""

    def forget(self, connection: "Connection") -> None:
        """Take a connection off the table: it has ended."""
        ...


class Surroundings(msgspec.Struct, frozen=True):
    """What all connections share."""

    receiver: Receiver
    registry: Registry
    clock: Clock
    faults: Faults
    limits: ConnectionLimits


class Connection(asyncio.Protocol):
    """An `Endpoint` over one TCP connection, accepted or made by us."""

    __slots__ = (
        "_around",
        "_closing_since",
        "_framer",
        "_heard_at",
        "_parked",
        "_parked_bytes",
        "_started_at",
        "_stream",
        "_talked",
        "_unfinished_since",
        "connection",
        "counted_source",
        "end",
        "host",
        "local",
        "port",
        "transport",
    )

    def __init__(self, number: int, around: Surroundings) -> None:
        now = around.clock()
        self.transport = "tcp"
        self.connection = number
        self.local = ""
        self.host = ""
        self.port = 0
        self.counted_source = ""
        """The source whose limit this connection counts against; empty when it is exempt."""
        self.end = ""
        """Why it was closed; empty when the other side or the network ended it."""
        self._around = around
        self._framer = StreamFramer()
        self._stream: asyncio.Transport | None = None
        self._parked: deque[bytes] = deque()
        self._parked_bytes = 0
        self._started_at = now
        self._heard_at = now
        self._talked = False
        self._unfinished_since: float | None = None
        self._closing_since: float | None = None

    # -- Endpoint

    def send(self, data: bytes, host: str, port: int) -> None:  # noqa: ARG002  the port's signature
        """Send in this connection; after its end nothing happens."""
        if self._closing_since is not None:
            return
        if self._stream is not None:
            self._stream.write(data)
        elif self._parked_bytes + len(data) <= self._around.limits.unread:
            self._parked.append(data)
            self._parked_bytes += len(data)

    def close(self, reason: str) -> None:
        """Send what is waiting, then close. `reason` is for the log."""
        if self._closing_since is not None:
            return
        self.end = reason
        self._closing_since = self._around.clock()
        if self._stream is not None:
            self._stream.close()

    def abort(self, reason: str) -> None:
        """Close at once; what is waiting is lost."""
        self.end = self.end or reason
        if self._closing_since is None:
            self._closing_since = self._around.clock()
        if self._stream is not None:
            self._stream.abort()
        else:
            self.lost()

    @property
    def connected(self) -> bool:
        """Whether it stands: not still being made, not ended."""
        return self._stream is not None

    @property
    def closing(self) -> bool:
        """Whether it has ended or is about to."""
        return self._closing_since is not None

    def stop_reading(self) -> None:
        """Take no more messages; answers can still be sent."""
        if self._stream is not None and not self._stream.is_closing():
            self._stream.pause_reading()

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: send what was parked."""
        stream = self._stream = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        local, remote = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        if local is None or remote is None:  # reset before it was accepted
            self.abort("reset")
            return
        self.local = host_port(host_of(local), local[1])
        self.host, self.port = host_of(remote), remote[1]
        stream.set_write_buffer_limits(high=self._around.limits.unread)
        for data in self._parked:
            stream.write(data)
        self._parked.clear()
        if self._closing_since is not None:
            stream.close()

    def data_received(self, data: bytes) -> None:
        """Hand on the messages that `data` completes."""
        around = self._around
        now = self._heard_at = around.clock()
        if self._closing_since is not None:
            return
        try:
            frames = self._framer.feed(data)
        except FramingError as error:
            self._hand_on(error.frames, now)
            self._give_up(error, now)
        else:
            self._hand_on(frames, now)
            if not self._framer.pending:
                self._unfinished_since = None
            elif frames or self._unfinished_since is None:
                self._unfinished_since = now

    def pause_writing(self) -> None:
        """End a connection whose other side does not read."""
        self.abort("does not read its answers")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Tell that the connection has ended, once."""
        self.lost()

    def lost(self) -> None:
        """Leave the table; also called for a connection that never came about."""
        self._stream = None
        self._parked.clear()
        if self._closing_since is None:
            self._closing_since = self._around.clock()
        self._around.registry.forget(self)

    # -- time

    def overdue(self, now: float) -> str:
        """Give why this connection should be ended by now; empty while it should not."""
        limits = self._around.limits
        if self._closing_since is not None:
            late = now - self._closing_since > limits.flush
            return "does not take its last answers" if late else ""
        young = now - self._started_at <= limits.first_message
        if self._stream is None:
            return "" if young else "no connection"
        unfinished = self._unfinished_since
        if unfinished is not None and now - unfinished > limits.first_message:
            return "message does not end"
        if not self._talked and not young:
            return "no message"
        return "idle" if now - self._heard_at > limits.idle else ""

    # -- inside

    def _hand_on(self, frames: list[bytes], now: float) -> None:
        around = self._around
        endpoint: Endpoint = self
        for frame in frames:
            if frame == PING:
                self.send(PONG, self.host, self.port)
                continue
            self._talked = True
            try:
                around.receiver.receive(frame, endpoint, self.host, self.port, now)
            except Exception:  # noqa: BLE001  see Faults
                around.faults.report()
        if frames:
            try:
                around.receiver.drained(now)
            except Exception:  # noqa: BLE001  see Faults
                around.faults.report()

    def _give_up(self, error: FramingError, now: float) -> None:
        """Close a stream without boundaries; its sender is told why, if it can be (400)."""
        if error.head:
            self._hand_on([error.head], now)
        self.close(str(error))
