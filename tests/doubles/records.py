"""Records and groups for tests of what keeps them."""

from rollcall.model.event import Event
from rollcall.model.ports import Change
from rollcall.model.record import AorRecord, Binding, NonceUse, Tombstone


def binding(
    identity: int = 1,
    number: str = "1001",
    *,
    cseq: int = 1,
    now: float = 1000.0,
    expires: int = 3600,
    source_host: str = "192.0.2.7",
    source_port: int = 5060,
    user_agent: str = "Example Phone 1.0",
    connection: int = 0,
    unreachable_since: float = 0.0,
    grace_until: float = 0.0,
    interval: int = 0,
    refreshed_at: float | None = None,
) -> Binding:
    """A binding as `registrar` makes it, registered at `now` for `expires` seconds."""
    return Binding(
        id=identity,
        contact=f'"Bob" <sip:{number}@10.0.0.5:5062;ob>;+sip.instance="<urn:uuid:{identity}>"',
        call_id=f"call-{identity}@10.0.0.5",
        cseq=cseq,
        expires_at=now + expires,
        registered_at=now,
        refreshed_at=now if refreshed_at is None else refreshed_at,
        granted_expires=expires,
        refreshes=cseq - 1,
        source_host=source_host,
        source_port=source_port,
        transport="tcp" if connection else "udp",
        local="198.51.100.1:5060",
        user_agent=user_agent,
        behind_nat=True,
        connection=connection,
        interval=interval,
        q=500,
        instance_id=f"urn:uuid:{identity}",
        reg_id=1,
        unreachable_since=unreachable_since,
        grace_until=grace_until,
        path=("<sip:edge.example.com;lr>",),
    )


def record(
    number: str = "1001", version: int = 1, *bindings: Binding, blocked_until: float = 0.0
) -> AorRecord:
    """A record with a nonce in use; one binding unless some are given."""
    return AorRecord(
        aor=f"sip:{number}@example.com",
        version=version,
        bindings=bindings or (binding(int(number), number),),
        nonces=(NonceUse(77, 3, 123456789, 1300.0),),
        blocked_until=blocked_until,
    )


def empty(number: str = "1001", version: int = 2) -> AorRecord:
    """A record nothing is known of any more."""
    return AorRecord(f"sip:{number}@example.com", version)


def tombstone(contact: str = "<sip:1001@10.0.0.5>", until: float = 1032.0) -> Tombstone:
    """What an ended binding leaves."""
    return Tombstone(contact, "call-1@10.0.0.5", 1, until, "unregistered", "urn:uuid:1", 1)


def change(next_record: AorRecord, base: int = 0, *events: Event, plain: bool = False) -> Change:
    """One entry of a batch."""
    return Change(next_record, base, events, plain)


def event(kind: str = "registered", at: float = 1000.0, number: str = "1001") -> Event:
    """Something that happened to the binding of `number`."""
    return Event(
        kind,
        at,
        f"sip:{number}@example.com",
        int(number),
        f"<sip:{number}@10.0.0.5>",
        "192.0.2.7",
        5060,
        "udp",
        "Example Phone 1.0",
        "call-1@10.0.0.5",
        kind,
        "a detail",
    )


class StoppedClock:
    """A steady clock that shows what it is set to; the wall is `offset` ahead of it."""

    def __init__(self, now: float = 1000.0, offset: float = 1_700_000_000.0) -> None:
        self.time = now
        self.offset = offset

    def now(self) -> float:
        """Steady seconds."""
        return self.time

    def to_wall(self, steady: float) -> float:
        """Seconds since 1970."""
        return steady + self.offset

    def wall_offset(self) -> float:
        """What to add to steady seconds."""
        return self.offset
