"""Whom messages are handed to, and what time it is."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from rollcall.model.ports import Endpoint

Clock: TypeAlias = Callable[[], float]
"""Gives steady seconds."""


class Receiver(Protocol):
    """What transport asks of the room that answers. The calls come in one thread.

    `now` is in steady seconds; all messages of one turn of a socket share it.
    """

    def receive(self, data: bytes, endpoint: Endpoint, host: str, port: int, now: float) -> None:
        """Take one datagram, or one whole message of a stream, that came from `host:port`.

        `host` is an address as the kernel writes it: IPv6 without brackets, link-local ones
        with their interface (`fe80::1%eth0`), and IPv4 never mapped into IPv6.
        """
        ...

    def connection_lost(self, endpoint: Endpoint, now: float) -> None:
        """Learn that a stream connection has ended, whoever ended it. Called once for each."""
        ...

    def drained(self, now: float) -> None:
        """Learn that a turn of a socket is over: what has gathered may be worked off."""
        ...
