"""What the API needs of the house around it. `app` gives it; tests give their own."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from rollcall.model.administration_ports import Queries, Repositories

ResultT = TypeVar("ResultT")


class UnavailableError(Exception):
    """Something that is needed for this does not answer; one line for the operator."""


class Kick(msgspec.Struct, frozen=True):
    """One AOR whose bindings shall end."""

    aor: str
    binding_ids: tuple[int, ...]
    """Empty: all there are."""
    reason: str
    block_seconds: int | None
    """Keep the phone out for so long; 0 lifts a block, None leaves it as it is."""


class House(Protocol):
    """Reading, changing, commanding. One object for all requests."""

    @property
    def queries(self) -> Queries:
        """For streams that read piece by piece, in a thread."""
        ...

    @property
    def realm(self) -> str:
        """Realm of the system, fixed at its first start; also the domain of AORs."""
        ...

    def now(self) -> float:
        """Steady seconds."""
        ...

    def wall(self) -> float:
        """Seconds since 1970 (UTC)."""
        ...

    def read(self, work: Callable[[Queries], ResultT]) -> Awaitable[ResultT]:
        """What `work` gives, called in a thread for reading."""
        ...

    def write(self, work: Callable[[Repositories], ResultT]) -> Awaitable[ResultT]:
        """What `work` gives, called in one transaction in the thread that writes.

        Returns when the change is in effect, also for phones that are registered: commands
        noted with `add_pending` are delivered first, unless the SIP process is down; then
        they are delivered when it is back.
        """
        ...

    def caught_up(self) -> Awaitable[None]:
        """Wait until listings show all that phones have been answered until now.

        For changes that pick what they change from a listing. Does not wait for a SIP process
        that is down.
        """
        ...

    def kick(self, kicks: Sequence[Kick]) -> Awaitable[None]:
        """End bindings; returns when listings show it. Raises `UnavailableError`."""
        ...

    def readiness(self) -> Awaitable[dict[str, Any]]:
        """`ready` (bool) and what it is made of."""
        ...

    def metrics(self) -> Awaitable[bytes]:
        """Everything countable in Prometheus' text format."""
        ...

    def backup(self) -> Awaitable[Path]:
        """A fresh backup file; the caller removes it. Raises `UnavailableError`."""
        ...
