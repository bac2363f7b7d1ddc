"""What happened: to a binding, to a source, to a phone. Kept as history."""

from enum import StrEnum

import msgspec


class EventKind(StrEnum):
    """The names operators filter by."""

    REGISTERED = "registered"
    REFRESHED = "refreshed"  # counted, not stored one by one
    MOVED = "moved"
    EXPIRED = "expired"
    UNREGISTERED = "unregistered"
    KICKED = "kicked"
    REPLACED = "replaced"
    REMOVED = "removed"
    UNREACHABLE = "unreachable"
    REACHABLE = "reachable"
    CONNECTION_LOST = "connection_lost"
    REFUSED = "refused"


class Event(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One happening. Written in the journal entry of its cause."""

    kind: str
    """An `EventKind` value."""
    at: float
    """Steady seconds."""
    aor: str = ""
    binding_id: int = 0
    contact: str = ""
    source_host: str = ""
    source_port: int = 0
    transport: str = ""
    user_agent: str = ""
    call_id: str = ""
    reason: str = ""
    """A `Reason` name for refusals; who or what ended it otherwise."""
    detail: str = ""
    """One sentence for the operator: evidence, the old address of a move..."""
    count: int = 1
    """How many alike this one stands for (floods are stored as one event)."""
