"""The ports: what the engine asks of the world, as small protocols.

Adapters live in `storage` and `transport`; `app` joins them. Each port has a memory
adapter and a real one, and one contract suite tests both.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Protocol

import msgspec

from rollcall.model.event import Event
from rollcall.model.phone import Phone, Policy
from rollcall.model.record import AorRecord


class Change(msgspec.Struct, frozen=True, gc=False):
    """One entry of a batch: the record that shall be next, and what it came from."""

    record: AorRecord
    """The next record; one that is `empty` is forgotten."""
    base_version: int
    """Version of the stored record it was decided from; 0 when there was none."""
    events: tuple[Event, ...] = ()
    plain: bool = False
    """Only freshness changed: same bindings, same contacts, flows and devices. Followers
    may then update times and counters and leave the rest alone."""


class OutcomeKind(Enum):
    """What became of one entry."""

    COMMITTED = "committed"
    CONFLICT = "conflict"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The store did not say; read back and compare."""


class Outcome(msgspec.Struct, frozen=True):
    """Result of one entry; a conflict carries the stored record (None: nothing stored)."""

    kind: OutcomeKind
    current: AorRecord | None = None
    error: str = ""


COMMITTED = Outcome(OutcomeKind.COMMITTED)


class UnreadableError(Exception):
    """What is known of an AOR cannot be read at present; one line for the operator."""


class Location(Protocol):
    """Where records live."""

    def read(self, aor: str) -> AorRecord | None:
        """Newest durable record of `aor`; None when nothing is known.

        Raises `UnreadableError` when that cannot be told; never for an AOR that was read before.
        """
        ...

    def commit_many(
        self,
        batch: Sequence[Change],
        loose: Sequence[Event],
        done: Callable[[Sequence[Outcome]], None],
    ) -> None:
        """Compare-and-set every entry, all of them durable before `done` is called.

        `loose` events belong to no record (refusals); they are kept with the group.
        `done` gets one outcome per entry, in order, in the caller's thread, later or at
        once. An AOR occurs at most once in a batch. Never raises for storage trouble:
        that is an outcome. Only one batch may be under way at a time.
        """
        ...

    def due(self, now: float, limit: int) -> list[str]:
        """AORs with something that ended by `now` (steady seconds), at most `limit`.

        An AOR handed out is not handed out again until it is committed anew or
        `postpone` is called for it.
        """
        ...

    def next_due(self) -> float:
        """Steady seconds at which `due` may next have something; infinity when empty."""
        ...

    def postpone(self, aor: str, until: float) -> None:
        """Hand `aor` out again at `until`: its expiry could not be written."""
        ...


class Directory(Protocol):
    """Who is provisioned."""

    def cached(self, number: str) -> Phone | None:
        """The phone, if known without waiting. `missing` tells unknown from not loaded."""
        ...

    def missing(self, number: str) -> bool:
        """Whether it is known, without waiting, that nobody has this number."""
        ...

    def load(self, number: str, done: Callable[[Phone | None, str], None]) -> None:
        """Fetch a phone; `done(phone or None, error)` in the caller's thread, later."""
        ...

    def default_policy(self) -> Policy:
        """The policy of phones without overrides."""
        ...

    def algorithm_orders(self) -> Mapping[tuple[str, ...], int]:
        """Every order of algorithms in use, the default first, and how common each is.

        The weight is the number of its phones, rounded down to a power of two, at least 1: so it
        changes only when they have doubled or halved, and what depends on it seldom changes.
        """
        ...


class Endpoint(Protocol):
    """A way messages come in and answers go out: a datagram socket or one connection."""

    transport: str
    """udp, tcp"""
    local: str
    """Our address, `host:port`, IPv6 hosts in brackets."""
    connection: int
    """Number of the connection, unique on this system; 0 for datagrams."""

    def send(self, data: bytes, host: str, port: int) -> None:
        """Send now; streams ignore the address. Never raises, never waits."""
        ...

    def close(self, reason: str) -> None:
        """Close the connection; nothing for datagram sockets."""
        ...
