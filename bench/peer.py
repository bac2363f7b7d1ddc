"""What is measured: anything that can be started, weighed and stopped, and answers REGISTER."""

from __future__ import annotations

from typing import Protocol


class Peer(Protocol):
    """One server on the server's core. The names of its figures begin with `name`."""

    name: str
    port: int

    def start(self, phones: int) -> None:
        """Come up with this many phones known and nobody registered; return when ready."""

    def memory(self) -> int:
        """Give the PSS of all its processes in bytes."""

    def cpu_seconds(self) -> float:
        """Give the processor time all its processes have used."""

    def stop(self) -> None:
        """End all its processes."""
