"""Reading and sending datagrams, with a stand-in for the socket."""

import socket
from collections.abc import Callable

import pytest

from doubles.transport import RecordingReceiver, SettableClock
from rollcall.transport.address_text import SocketAddress
from rollcall.transport.faults import Faults
from rollcall.transport.udp import TURN, DatagramCounts, DatagramEndpoint, DatagramReader

PEER: SocketAddress = ("192.0.2.1", 40000)


class Datagrams(socket.socket):
    """A socket that gives prepared datagrams and keeps what is sent, or fails."""

    def __init__(self, family: socket.AddressFamily = socket.AF_INET) -> None:
        super().__init__(family, socket.SOCK_DGRAM)
        self.close()
        self.name: SocketAddress = ("192.0.2.9", 5060)
        self.waiting: list[tuple[bytes, SocketAddress] | OSError] = []
        self.sent: list[tuple[bytes, SocketAddress]] = []
        self.failure: OSError | None = None

    def getsockname(self) -> SocketAddress:
        return self.name

    def recvfrom(self, bufsize: int, flags: int = 0) -> tuple[bytes, SocketAddress]:
        if not self.waiting:
            raise BlockingIOError
        item = self.waiting.pop(0)
        if isinstance(item, OSError):
            raise item
        return item

    def sendto(self, data: bytes, address: SocketAddress) -> int:  # type: ignore[override]  # the one form used
        if self.failure:
            raise self.failure
        self.sent.append((data, address))
        return len(data)


class Post:
    """A reader and everything around it."""

    def __init__(self, answer: Callable[[bytes], bytes] = lambda data: b"") -> None:
        self.socket = Datagrams()
        self.receiver = RecordingReceiver(answer)
        self.clock = SettableClock()
        self.counts = DatagramCounts()
        self.faults = Faults(self.clock)
        self.reader = DatagramReader(
            self.socket, self.receiver, self.clock, self.counts, self.faults
        )


def test_a_turn_hands_on_all_that_waits() -> None:
    post = Post()
    post.socket.waiting = [(b"a", PEER), (b"b", ("192.0.2.2", 5061))]
    post.reader.take_turn()
    assert [(got.data, got.host, got.port, got.now) for got in post.receiver.received] == [
        (b"a", "192.0.2.1", 40000, 1000.0),
        (b"b", "192.0.2.2", 5061, 1000.0),
    ]
    assert post.receiver.turns == [1000.0]
    assert post.counts.received == 2
    assert {got.endpoint for got in post.receiver.received} == {post.reader.endpoint}


def test_a_turn_ends_in_time_for_others() -> None:
    post = Post()
    post.socket.waiting = [(b"a", PEER)] * (TURN + 5)
    post.reader.take_turn()
    assert len(post.receiver.received) == TURN
    post.reader.take_turn()
    assert len(post.receiver.received) == TURN + 5
    assert len(post.receiver.turns) == 2


def test_errors_told_by_icmp_do_no_harm() -> None:
    post = Post()
    post.socket.waiting = [(b"a", PEER), ConnectionRefusedError(), (b"b", PEER)]
    post.reader.take_turn()
    post.reader.take_turn()
    assert post.receiver.messages == [b"a", b"b"]
    assert post.counts.receive_errors == 1


def test_a_fault_in_one_message_does_not_stop_the_next() -> None:
    def answer(data: bytes) -> bytes:
        raise RuntimeError("ours")

    post = Post(answer)
    post.socket.waiting = [(b"a", PEER), (b"b", PEER)]
    post.reader.take_turn()
    assert post.receiver.messages == [b"a", b"b"]
    assert post.faults.count == 2
    assert post.receiver.turns


def test_the_interface_of_a_link_local_source_is_kept() -> None:
    post = Post()
    post.socket.waiting = [(b"a", ("fe80::1", 5060, 0, socket.if_nametoindex("lo")))]
    post.reader.take_turn()
    assert post.receiver.received[0].host == "fe80::1%lo"


def test_the_endpoint_of_a_socket() -> None:
    post = Post()
    endpoint = post.reader.endpoint
    assert (endpoint.transport, endpoint.connection) == ("udp", 0)
    assert endpoint.local == "192.0.2.9:5060"
    endpoint.send(b"a", "192.0.2.1", 40000)
    endpoint.close("nothing happens")
    endpoint.send(b"b", "192.0.2.1", 40000)
    assert post.socket.sent == [(b"a", PEER), (b"b", PEER)]
    assert post.counts.sent == 2


def test_ipv6_endpoints_write_brackets_and_take_addresses_without() -> None:
    six = Datagrams(socket.AF_INET6)
    six.name = ("2001:db8::9", 5060, 0, 0)
    endpoint = DatagramEndpoint(six, DatagramCounts())
    assert endpoint.local == "[2001:db8::9]:5060"
    endpoint.send(b"a", "2001:db8::1", 40000)
    assert six.sent == [(b"a", ("2001:db8::1", 40000, 0, 0))]


@pytest.mark.parametrize("host", ["phone.example.com", "", "2001:db8::1", "192.0.2.1.5"])
def test_what_is_no_address_of_the_family_is_not_looked_up(host: str) -> None:
    post = Post()
    post.reader.endpoint.send(b"a", host, 5060)
    assert post.socket.sent == []
    assert post.counts.failed == 1


@pytest.mark.parametrize(
    ("failure", "dropped", "failed"),
    [(BlockingIOError(), 1, 0), (OSError(101, "unreachable"), 0, 1), (PermissionError(), 0, 1)],
)
def test_sending_never_raises(failure: OSError, dropped: int, failed: int) -> None:
    post = Post()
    post.socket.failure = failure
    post.reader.endpoint.send(b"a", "192.0.2.1", 5060)
    assert (post.counts.dropped, post.counts.failed, post.counts.sent) == (dropped, failed, 0)
