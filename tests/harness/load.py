"""Many devices at once from one socket: register, refresh, and keep book of every answer."""

import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from harness.device import Answer, Challenge, Device
from harness.phone_book import password_of
from harness.server import Server

RETRANSMIT = 0.5
"""Seconds without an answer after which a request is given up and made anew (T1)."""


@dataclass(slots=True)
class Acknowledged:
    """The newest 200 of one device."""

    contact: str
    cseq: int
    expires_at: float
    """Monotonic seconds until which it was promised."""


@dataclass(slots=True)
class Fleet:
    """Devices that share one UDP socket; each has at most one request under way."""

    server: Server
    devices: dict[str, Device] = field(default_factory=dict)
    """By number."""
    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    """By number: what must be there after a crash."""
    refused: dict[int, int] = field(default_factory=dict)
    """Other final answers by status."""
    waiting: dict[str, float] = field(default_factory=dict)
    """By Call-ID: when its request was sent."""
    retired: set[str] = field(default_factory=set)
    """Numbers that begin nothing any more."""
    outlet: socket.socket = field(
        default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    )
    _by_call_id: dict[str, Device] = field(default_factory=dict)

    def add(self, numbers: list[str]) -> None:
        """Put provisioned phones in the fleet."""
        self.outlet.setblocking(False)
        if not self.devices:
            self.outlet.bind(("127.0.0.1", 0))
        local = self.outlet.getsockname()
        for number in numbers:
            device = Device(
                number,
                password_of(number),
                (self.server.host, self.server.sip_port),
                contact=f"sip:{number}@{local[0]}:{local[1]};line={number}",
                local=local,
            )
            self.devices[number] = device
            self._by_call_id[device.call_id] = device

    def run(self, *, until: Callable[[], bool], within: float = 30.0) -> None:
        """Keep every device busy until `until` holds; raises AssertionError after `within`."""
        deadline = time.monotonic() + within
        while not until():
            now = time.monotonic()
            assert now < deadline, f"the load did not get there within {within} s: {self.refused}"
            self._send_due(now)
            ready, _, _ = select.select([self.outlet], [], [], 0.05)
            if ready:
                self._receive()

    def retire(self, numbers: list[str]) -> None:
        """Let these devices finish what is under way, and then be silent."""
        self.retired.update(numbers)
        call_ids = {self.devices[number].call_id for number in numbers}
        self.run(until=lambda: call_ids.isdisjoint(self.waiting))

    def _send_due(self, now: float) -> None:
        for device in self.devices.values():
            sent = self.waiting.get(device.call_id)
            if sent is None and device.number in self.retired:
                continue
            if sent is not None and now - sent < RETRANSMIT:
                continue
            self._send(device, now)

    def _send(self, device: Device, now: float) -> None:
        self.waiting[device.call_id] = now
        try:
            self.outlet.sendto(device.register(), device.server)
        except (BlockingIOError, ConnectionRefusedError):
            return  # the buffer is full or the server is gone: the device tries again

    def _receive(self) -> None:
        for _ in range(256):
            try:
                data = self.outlet.recv(65_535)
            except (BlockingIOError, ConnectionRefusedError):
                return
            answer = Answer.parse(data)
            device = self._by_call_id[answer.one("call-id")]
            if answer.one("cseq") != f"{device.cseq} REGISTER":
                if answer.status == 200:  # late, but a promise all the same
                    self._note(device, answer)
                continue
            self.waiting.pop(device.call_id, None)
            if answer.status == 401:
                device.challenge = Challenge.of(answer)
            elif answer.status == 200:
                self._note(device, answer)
            else:
                self.refused[answer.status] = self.refused.get(answer.status, 0) + 1

    def _note(self, device: Device, answer: Answer) -> None:
        cseq = int(answer.one("cseq").split()[0])
        known = self.acknowledged.get(device.number)
        if known is not None and known.cseq > cseq:
            return
        (line,) = (c for c in answer.contacts if c.startswith(f"<{device.contact}>"))
        lasts = int(line.rpartition("expires=")[2])
        self.acknowledged[device.number] = Acknowledged(
            device.contact, cseq, time.monotonic() + lasts
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.outlet.close()
