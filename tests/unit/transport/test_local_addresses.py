"""The reading of the kernel's answers; asking it is tested with real sockets."""

import socket
import struct
from typing import Self

import pytest

from rollcall.transport import local_addresses as module


def message(kind: int, payload: bytes) -> bytes:
    padding = bytes(-len(payload) % 4)
    return struct.pack("=IHHII", 16 + len(payload), kind, 0, 1, 0) + payload + padding


def address(
    family: int, *attributes: tuple[int, str], flags: int = 0, scope: int = 0, interface: int = 1
) -> bytes:
    payload = struct.pack("=BBBBI", family, 24, flags, scope, interface)
    payload += struct.pack("=HH", 5, 3) + b"x" + bytes(3)  # a label, padded
    for kind, text in attributes:
        raw = socket.inet_pton(family, text)
        payload += struct.pack("=HH", 4 + len(raw), kind) + raw
    return payload


class Kernel:
    """Answers with prepared bytes."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def send(self, data: bytes) -> None:
        self.asked.append(data)

    def recv(self, size: int) -> bytes:
        return self.answers.pop(0)


def told(monkeypatch: pytest.MonkeyPatch, *answers: bytes) -> list[str]:
    kernel = Kernel(*answers)
    monkeypatch.setattr(socket, "socket", lambda *_: kernel)
    found = module.local_addresses()
    assert len(kernel.asked) == 1
    return found


DONE = message(3, bytes(4))
LOCAL, ADDRESS = 2, 1
FOUR, SIX = int(socket.AF_INET), int(socket.AF_INET6)


def test_addresses_of_several_answers_are_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    first = message(20, address(FOUR, (LOCAL, "192.0.2.1"))) + message(
        20, address(FOUR, (ADDRESS, "127.0.0.1"))
    )
    second = message(20, address(SIX, (ADDRESS, "2001:db8::1")))
    assert told(monkeypatch, first, second, DONE) == ["127.0.0.1", "192.0.2.1", "2001:db8::1"]


def test_on_a_point_to_point_link_the_local_end_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    link = address(FOUR, (ADDRESS, "198.51.100.9"), (LOCAL, "192.0.2.1"))
    assert told(monkeypatch, message(20, link) + DONE) == ["192.0.2.1"]


def test_link_local_addresses_name_their_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    link = address(SIX, (ADDRESS, "fe80::1"), scope=253, interface=socket.if_nametoindex("lo"))
    assert told(monkeypatch, message(20, link) + DONE) == ["fe80::1%lo"]


def test_what_cannot_be_bound_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    unusable = [
        address(SIX, (ADDRESS, "2001:db8::1"), flags=0x40),
        address(SIX, (ADDRESS, "2001:db8::2"), flags=0x08),
        address(FOUR),
        struct.pack("=BBBBI", 17, 0, 0, 0, 1),
    ]
    answer = b"".join(message(20, payload) for payload in unusable)
    assert told(monkeypatch, answer + message(24, b"") + DONE) == []


def test_a_refusal_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="refused to list"):
        told(monkeypatch, message(2, bytes(20)))


def test_broken_lengths_end_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = struct.pack("=IHHII", 3, 20, 0, 1, 0)
    attribute = struct.pack("=BBBBI", FOUR, 24, 0, 0, 1) + struct.pack("=HH", 1, 2)
    assert told(monkeypatch, broken, message(20, attribute), DONE) == []
