"""The table of connections, with stand-ins for the loop's streams."""

import asyncio

import structlog

from doubles.transport import RecordingReceiver, SettableClock
from rollcall.model.phone import Network
from rollcall.transport.connection import Connection, ConnectionLimits
from rollcall.transport.connections import SWEPT, Connections
from rollcall.transport.faults import Faults

MESSAGE = b"REGISTER sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"


class Stream(asyncio.Transport):
    """A stream whose end comes at once, as the loop would tell it."""

    def __init__(self, host: str, protocol: asyncio.Protocol) -> None:
        super().__init__({"sockname": ("192.0.2.9", 5060), "peername": (host, 40000)})
        self.protocol = protocol
        self.ended = ""
        self.stuck = False
        self.paused = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def write(self, data: object) -> None:
        pass

    def is_closing(self) -> bool:
        return bool(self.ended)

    def pause_reading(self) -> None:
        self.paused = True

    def close(self) -> None:
        self.ended = self.ended or "closed"
        if not self.stuck:
            self.protocol.connection_lost(None)

    def abort(self) -> None:
        self.ended = "aborted"
        self.protocol.connection_lost(None)


class Site:
    """A table, and phones that connect to it."""

    def __init__(self, limits: ConnectionLimits, trusted: tuple[Network, ...] = ()) -> None:
        self.clock = SettableClock()
        self.receiver = RecordingReceiver()
        self.faults = Faults(self.clock)
        self.connections = Connections(
            self.receiver, self.clock, self.faults, serial=500, limits=limits, trusted=trusted
        )

    def connect(self, host: str) -> Stream:
        protocol = self.connections.accept()
        stream = Stream(host, protocol)
        protocol.connection_made(stream)
        return stream


def number_of(stream: Stream) -> int:
    assert isinstance(stream.protocol, Connection)
    return stream.protocol.connection


def test_numbers_go_on_from_the_serial_and_are_never_given_twice() -> None:
    site = Site(ConnectionLimits())
    first, second = site.connect("192.0.2.1"), site.connect("192.0.2.1")
    first.close()
    third = site.connect("192.0.2.1")
    assert [number_of(stream) for stream in (first, second, third)] == [501, 502, 503]
    assert site.connections.get(501) is None
    assert site.connections.get(503) is third.protocol


def test_the_limit_per_source_counts_what_is_open() -> None:
    site = Site(ConnectionLimits(per_source=2))
    streams = [site.connect("192.0.2.1") for _ in range(3)]
    assert [stream.ended for stream in streams] == ["", "", "aborted"]
    assert site.connect("192.0.2.2").ended == ""
    assert site.connections.refused_by_source == 1
    streams[0].close()
    assert site.connect("192.0.2.1").ended == ""
    assert len(site.connections) == 3


def test_hosts_of_one_ipv6_network_share_their_limit() -> None:
    site = Site(ConnectionLimits(per_source=1))
    assert site.connect("2001:db8::1").ended == ""
    assert site.connect("2001:db8::2").ended == "aborted"


def test_trusted_networks_have_no_limit_per_source_but_the_total() -> None:
    site = Site(ConnectionLimits(total=4, per_source=1), (Network("192.0.2.0/24"),))
    streams = [site.connect("192.0.2.1") for _ in range(5)]
    assert [stream.ended for stream in streams] == ["", "", "", "", "aborted"]
    assert site.connections.refused_in_total == 1


def test_refused_connections_are_nobodys_business() -> None:
    site = Site(ConnectionLimits(per_source=0))
    stream = site.connect("192.0.2.1")
    stream.protocol.data_received(MESSAGE)
    assert site.receiver.messages == []
    assert site.receiver.lost == []


def test_the_end_of_a_connection_is_told_once() -> None:
    site = Site(ConnectionLimits())
    stream = site.connect("192.0.2.1")
    site.clock.now = 1234.0
    stream.close()
    stream.protocol.connection_lost(None)
    stream.abort()
    assert site.receiver.lost == [(501, 1234.0)]


def test_a_sweep_ends_what_has_stayed_too_long() -> None:
    site = Site(ConnectionLimits(first_message=32, idle=3700))
    silent, talking = site.connect("192.0.2.1"), site.connect("192.0.2.2")
    talking.protocol.data_received(MESSAGE)
    site.connections.sweep(site.clock.now + 33)
    assert (silent.ended, talking.ended) == ("aborted", "")
    site.connections.sweep(site.clock.now + 3701)
    assert talking.ended == "aborted"
    assert site.connections.ended == {"no message": 1, "idle": 1}
    assert [number for number, _ in site.receiver.lost] == [501, 502]


def test_sweeps_share_the_work() -> None:
    site = Site(ConnectionLimits(per_source=2 * SWEPT))
    streams = [site.connect("192.0.2.1") for _ in range(SWEPT + 10)]
    site.connections.sweep(site.clock.now + 33)
    assert sum(bool(stream.ended) for stream in streams) == SWEPT
    site.connections.sweep(site.clock.now + 33)
    assert all(stream.ended for stream in streams)


def test_a_fault_of_the_receiver_is_reported() -> None:
    site = Site(ConnectionLimits())
    stream = site.connect("192.0.2.1")
    site.receiver.lost = None  # type: ignore[assignment]  # breaks the receiver
    with structlog.testing.capture_logs():
        stream.close()
    assert site.faults.count == 1
    assert len(site.connections) == 0


def test_after_the_reading_has_stopped_nothing_is_told() -> None:
    site = Site(ConnectionLimits())
    stream = site.connect("192.0.2.1")
    site.connections.stop_reading()
    assert stream.paused
    stream.close()
    assert site.receiver.lost == []


async def test_closing_waits_for_last_answers_but_not_for_ever() -> None:
    site = Site(ConnectionLimits())
    prompt, stuck = site.connect("192.0.2.1"), site.connect("192.0.2.2")
    stuck.stuck = True
    await site.connections.close(0.01)
    assert (prompt.ended, stuck.ended) == ("closed", "aborted")
    assert len(site.connections) == 0


async def test_closing_returns_when_the_last_has_ended() -> None:
    site = Site(ConnectionLimits())
    stuck = site.connect("192.0.2.2")
    stuck.stuck = True
    closing = asyncio.ensure_future(site.connections.close(60))
    await asyncio.sleep(0)
    stuck.protocol.connection_lost(None)
    await closing
    assert stuck.ended == "closed"


async def test_connections_of_our_own_count_in_total() -> None:
    site = Site(ConnectionLimits(total=1))
    site.connect("192.0.2.1")
    assert site.connections.connect("192.0.2.2", 5060) is None
    assert site.connections.refused_in_total == 1


async def test_an_address_that_is_being_connected_to_is_not_connected_to_twice() -> None:
    site = Site(ConnectionLimits())
    first = site.connections.connect("127.0.0.1", 9)
    assert first is not None
    assert site.connections.connect("127.0.0.1", 9) is first
    assert site.connections.connect("127.0.0.2", 9) is not first
    await site.connections.close(1)
    assert len(site.connections) == 0


async def test_names_are_not_looked_up() -> None:
    assert Site(ConnectionLimits()).connections.connect("phone.example.com", 5060) is None


async def test_giving_up_before_it_stands_cleans_up() -> None:
    site = Site(ConnectionLimits())
    connection = site.connections.connect("127.0.0.1", 9)
    assert connection is not None
    connection.abort("not wanted")
    assert len(site.connections) == 0
    assert site.receiver.lost == [(501, site.clock.now)]
    assert site.connections.connect("127.0.0.1", 9) is not connection
    await site.connections.close(1)
