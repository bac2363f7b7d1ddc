"""Stand-ins for what transport calls and for what it is called by."""

from collections.abc import Callable
from typing import NamedTuple

from rollcall.model.ports import Endpoint


class Received(NamedTuple):
    """One message as the receiver got it."""

    data: bytes
    endpoint: Endpoint
    host: str
    port: int
    now: float


class SettableClock:
    """A clock that stands until it is set."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class RecordingReceiver:
    """Keeps what it is told; answers each message with `answer(data)`, if that gives bytes."""

    def __init__(self, answer: Callable[[bytes], bytes] = lambda data: b"") -> None:
        self.answer = answer
        self.received: list[Received] = []
        self.lost: list[tuple[int, float]] = []
        self.turns: list[float] = []

    @property
    def messages(self) -> list[bytes]:
        return [received.data for received in self.received]

    def receive(self, data: bytes, endpoint: Endpoint, host: str, port: int, now: float) -> None:
        self.received.append(Received(data, endpoint, host, port, now))
        answer = self.answer(data)
        if answer:
            endpoint.send(answer, host, port)

    def connection_lost(self, endpoint: Endpoint, now: float) -> None:
        self.lost.append((endpoint.connection, now))

    def drained(self, now: float) -> None:
        self.turns.append(now)
