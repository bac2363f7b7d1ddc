"""One connection between a stand-in for the loop's stream and a stand-in for the engine."""

import asyncio
from typing import Any

import pytest

from doubles.transport import RecordingReceiver, SettableClock
from rollcall.transport.connection import Connection, ConnectionLimits, Surroundings
from rollcall.transport.faults import Faults

LIMITS = ConnectionLimits(idle=3700, first_message=32, flush=5, unread=1000)
MESSAGE = b"REGISTER sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc"
PEER = ("192.0.2.1", 40000)


class Stream(asyncio.Transport):
    """Keeps what is written; ends when told."""

    def __init__(self, peer: tuple[str, int] | None = PEER) -> None:
        super().__init__({"sockname": ("192.0.2.9", 5060), "peername": peer})
        self.written: list[bytes] = []
        self.closed = self.aborted = self.paused = False
        self.high: int | None = None

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def pause_reading(self) -> None:
        self.paused = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high


class Table:
    def __init__(self) -> None:
        self.forgotten: list[Connection] = []

    def forget(self, connection: Connection) -> None:
        self.forgotten.append(connection)


class Line:
    """A connection and everything around it."""

    def __init__(
        self, *, connected: bool = True, receiver: RecordingReceiver | None = None
    ) -> None:
        self.clock = SettableClock()
        self.receiver = receiver or RecordingReceiver()
        self.table = Table()
        self.faults = Faults(self.clock)
        around = Surroundings(self.receiver, self.table, self.clock, self.faults, LIMITS)
        self.connection = Connection(7, around)
        self.stream = Stream()
        if connected:
            self.connection.connection_made(self.stream)

    def overdue_after(self, seconds: float) -> str:
        return self.connection.overdue(self.clock.now + seconds)


def test_it_is_an_endpoint() -> None:
    connection = Line().connection
    assert (connection.transport, connection.connection) == ("tcp", 7)
    assert (connection.local, connection.host, connection.port) == ("192.0.2.9:5060", *PEER)


@pytest.mark.rfc("3261", "18.3", "messages of a stream end where Content-Length says")
def test_messages_are_handed_on_whole_however_they_arrive() -> None:
    line = Line()
    for byte in MESSAGE:
        line.connection.data_received(bytes([byte]))
    line.connection.data_received(MESSAGE + MESSAGE + MESSAGE[:10])
    line.connection.data_received(MESSAGE[10:])
    assert line.receiver.messages == [MESSAGE] * 4
    assert {(got.host, got.port) for got in line.receiver.received} == {PEER}
    assert len(line.receiver.turns) == 3


@pytest.mark.rfc("5626", "4.4.1", "CRLF keepalive: a ping is answered with a pong")
def test_a_ping_gets_its_pong_and_is_not_handed_on() -> None:
    line = Line()
    line.connection.data_received(b"\r\n\r\n" + MESSAGE + b"\r\n\r\n")
    assert line.stream.written == [b"\r\n", b"\r\n"]
    assert line.receiver.messages == [MESSAGE]


def test_a_stream_that_is_not_sip_is_closed_after_what_was_whole() -> None:
    line = Line()
    line.connection.data_received(MESSAGE + b"GET / HTTP/1.1\r\n\r\n")
    assert line.receiver.messages == [MESSAGE]
    assert line.stream.closed
    assert line.connection.end == "Not SIP"


@pytest.mark.rfc("3261", "18.3", "a stream without boundaries is answered and closed")
def test_a_head_that_breaks_the_framing_is_handed_on_to_be_answered() -> None:
    line = Line()
    head = MESSAGE.replace(b"3\r\n\r\nabc", b"x\r\n\r\n")
    line.connection.data_received(head)
    assert line.receiver.messages == [head]
    assert line.stream.closed
    line.connection.data_received(MESSAGE)
    assert line.receiver.messages == [head], "nothing is read after the end"


def test_a_fault_in_one_message_does_not_stop_the_next() -> None:
    def answer(data: bytes) -> bytes:
        raise RuntimeError("ours")

    line = Line(receiver=RecordingReceiver(answer))
    line.connection.data_received(MESSAGE + MESSAGE)
    assert line.receiver.messages == [MESSAGE, MESSAGE]
    assert line.faults.count == 2
    assert line.receiver.turns


def test_a_client_that_does_not_read_is_cut_off() -> None:
    line = Line()
    assert line.stream.high == LIMITS.unread
    line.connection.pause_writing()
    assert line.stream.aborted
    assert line.connection.end == "does not read its answers"


def test_closing_sends_what_waits_and_nothing_more() -> None:
    line = Line()
    line.connection.send(b"a", "", 0)
    line.connection.close("kicked")
    line.connection.send(b"b", "", 0)
    line.connection.close("again")
    assert line.stream.written == [b"a"]
    assert line.stream.closed
    assert not line.stream.aborted
    assert line.connection.end == "kicked"


def test_its_end_is_told_to_the_table() -> None:
    line = Line()
    line.connection.connection_lost(None)
    assert line.table.forgotten == [line.connection]
    line.connection.send(b"late", "", 0)
    assert line.stream.written == []


# Outgoing


def test_what_is_sent_before_it_stands_is_parked() -> None:
    line = Line(connected=False)
    line.connection.send(b"a", "", 0)
    line.connection.send(b"x" * LIMITS.unread, "", 0)
    line.connection.send(b"b", "", 0)
    line.connection.connection_made(line.stream)
    line.connection.send(b"c", "", 0)
    assert line.stream.written == [b"a", b"b", b"c"]


def test_closed_before_it_stands_it_still_sends_what_was_parked() -> None:
    line = Line(connected=False)
    line.connection.send(b"a", "", 0)
    line.connection.close("done")
    line.connection.connection_made(line.stream)
    assert (line.stream.written, line.stream.closed) == ([b"a"], True)


def test_given_up_before_it_stands_it_leaves_the_table_at_once() -> None:
    line = Line(connected=False)
    line.connection.abort("no connection")
    assert line.table.forgotten == [line.connection]
    line.connection.connection_made(line.stream)
    assert line.stream.closed


# Time


def test_without_a_whole_message_it_is_given_up() -> None:
    line = Line()
    line.connection.data_received(b"\r\n\r\n" + MESSAGE[:20])
    assert line.overdue_after(32) == ""
    assert line.overdue_after(33) == "message does not end"
    line.connection.data_received(b"")
    quiet = Line()
    assert quiet.overdue_after(32) == ""
    assert quiet.overdue_after(33) == "no message"


def test_after_a_message_it_may_be_silent_for_an_hour() -> None:
    line = Line()
    line.connection.data_received(MESSAGE)
    assert line.overdue_after(3700) == ""
    assert line.overdue_after(3701) == "idle"
    line.clock.now += 3000
    line.connection.data_received(b"\r\n\r\n")
    assert line.overdue_after(3700) == "", "a keepalive is a sign of life"


def test_a_trickle_does_not_keep_an_unfinished_message_alive() -> None:
    line = Line()
    line.connection.data_received(MESSAGE)
    for byte in MESSAGE[:-1]:
        line.clock.now += 1
        line.connection.data_received(bytes([byte]))
    assert line.overdue_after(0) == "message does not end"
    line.connection.data_received(MESSAGE[-1:] + MESSAGE[:5])
    assert line.overdue_after(32) == "", "the next message has its own time"


def test_last_answers_have_their_time_too() -> None:
    line = Line()
    line.connection.close("kicked")
    assert line.overdue_after(5) == ""
    assert line.overdue_after(6) == "does not take its last answers"


def test_connecting_has_its_time() -> None:
    line = Line(connected=False)
    assert line.overdue_after(32) == ""
    assert line.overdue_after(33) == "no connection"


def test_it_can_stop_reading() -> None:
    line = Line()
    line.connection.stop_reading()
    assert line.stream.paused
    Line(connected=False).connection.stop_reading()


def test_a_connection_that_was_reset_at_once_is_aborted() -> None:
    line = Line(connected=False)
    stream = Stream(peer=None)
    line.connection.connection_made(stream)
    assert stream.aborted
