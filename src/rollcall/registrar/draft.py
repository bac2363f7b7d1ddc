"""The next record while it is being made.

A draft starts from a record at a time. What has ended by then is dropped at once, with its events,
so that whoever works on a draft sees only what lives. Nothing outside changes until `finish` gives
the next record; a draft that is dropped has no effect. That is what makes a request succeed or fail
as a whole (RFC 3261 section 10.3, step 7).
"""

import msgspec

from rollcall.model.event import Event, EventKind
from rollcall.model.record import AorRecord, Binding, EndReason, NonceUse, Tombstone
from rollcall.sip.hidden_password import hide_password

TOMBSTONE_LIFE = 32.0
"""Seconds; 64 times T1, the longest a client retransmits (RFC 3261 section 17.1.2.2, timer F)."""

LEAST_TOMBSTONES = 16
"""Tombstones that any AOR may have, newest kept. One with many bindings may have two for each, as
one `*` leaves; that is the limit until those are over."""

TOMBSTONE_TEXT = 1024
"""Characters of Contact, instance and Call-ID for each of them, on average: four times what phones
send, twice what those with a push token do. A phone that fills all it may must not inflate the
record, which is kept, journalled and decoded again with every change."""

_KINDS = {
    EndReason.EXPIRED: EventKind.EXPIRED,
    EndReason.UNREGISTERED: EventKind.UNREGISTERED,
    EndReason.KICKED: EventKind.KICKED,
    EndReason.REPLACED: EventKind.REPLACED,
    EndReason.CONNECTION_LOST: EventKind.CONNECTION_LOST,
    EndReason.UNREACHABLE: EventKind.UNREACHABLE,
    EndReason.REMOVED: EventKind.REMOVED,
}


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What a request or happening does to a record."""

    record: AorRecord
    """The next record; the very object that was given when nothing changes."""
    headers: tuple[tuple[str, str], ...] = ()
    """What the 200 carries besides what every answer does: the Contact lines."""
    events: tuple[Event, ...] = ()
    plain: bool = True
    """Only freshness changed, see `rollcall.model.ports.Change`."""


class Draft:
    """A record in the making, at steady second `now`."""

    __slots__ = (
        "bindings",
        "blocked_until",
        "changed",
        "events",
        "now",
        "plain",
        "record",
        "tombstones",
    )

    def __init__(self, record: AorRecord, now: float) -> None:
        self.record = record
        self.now = now
        self.bindings = list(record.bindings)
        self.tombstones = record.tombstones
        self.blocked_until = record.blocked_until
        self.events: list[Event] = []
        self.changed = False
        self.plain = True
        for binding in record.bindings:
            if binding.ends_at <= now:
                self._run_out(binding)
        if self.tombstones:
            living = tuple([stone for stone in self.tombstones if stone.until > now])
            if len(living) != len(self.tombstones):
                self.tombstones = living
        if self.blocked_until and self.blocked_until <= now:
            self.blocked_until = 0.0

    def tell(
        self, kind: EventKind, binding: Binding, *, reason: str = "", detail: str = ""
    ) -> None:
        """Note an event about a binding, now."""
        self._tell(kind, self.now, binding, reason, detail)

    def _tell(self, kind: EventKind, at: float, binding: Binding, reason: str, detail: str) -> None:
        self.changed = True
        self.plain = False
        self.events.append(
            Event(
                kind,
                at,
                self.record.aor,
                binding.id,
                hide_password(binding.contact),
                binding.source_host,
                binding.source_port,
                binding.transport,
                binding.user_agent,
                binding.call_id,
                reason,
                hide_password(detail),
            )
        )

    def end(self, binding: Binding, why: EndReason, *, reason: str = "", detail: str = "") -> None:
        """End a binding now, with its event and tombstone."""
        self.bindings.remove(binding)
        self.bury(binding, why)
        self._tell(_KINDS[why], self.now, binding, reason or why.value, detail)

    def unregister(self, binding: Binding, call_id: str, cseq: int) -> None:
        """End a binding because its device asks for it, by a request of that Call-ID and CSeq."""
        other = call_id != binding.call_id
        self.end(binding, EndReason.UNREGISTERED, detail=f"by Call-ID {call_id}" if other else "")
        # Against a late copy of this request, when the device is bound again by then.
        self._entomb(binding, EndReason.UNREGISTERED, call_id, cseq, self.now + TOMBSTONE_LIFE)

    def _run_out(self, binding: Binding) -> None:
        """End a binding whose time was over at its own time; there may have been no `now` then."""
        self.bindings.remove(binding)
        ends_at = binding.ends_at
        why = EndReason.EXPIRED if ends_at == binding.expires_at else EndReason.CONNECTION_LOST
        # Only very short bindings end while a copy of their REGISTER may still be on its way.
        until = binding.refreshed_at + TOMBSTONE_LIFE
        if until > self.now:
            self._entomb(binding, why, binding.call_id, binding.cseq, until)
        self._tell(_KINDS[why], ends_at, binding, why.value, "")

    def bury(self, binding: Binding, why: EndReason) -> None:
        """Set a tombstone against late copies of the request that made the binding."""
        until = self.now + TOMBSTONE_LIFE
        self._entomb(binding, why, binding.call_id, binding.cseq, until)

    def _entomb(
        self, binding: Binding, why: EndReason, call_id: str, cseq: int, until: float
    ) -> None:
        """Add a tombstone; it takes the place of an older one for the same Contact and Call-ID."""
        kept = [
            stone
            for stone in self.tombstones
            if stone.call_id != call_id or stone.contact != binding.contact
        ]
        stone = Tombstone(
            binding.contact,
            call_id,
            cseq,
            until,
            why.value,
            binding.instance_id,
            binding.reg_id,
        )
        self.tombstones = (*kept, stone)
        self.changed = True

    def _newest_tombstones(self) -> tuple[Tombstone, ...]:
        """Give those that there is room for."""
        stones = self.tombstones
        record = self.record
        if stones is record.tombstones:
            return stones
        most = max(LEAST_TOMBSTONES, 2 * len(record.bindings), len(record.tombstones))
        left = most * TOMBSTONE_TEXT
        kept = 0
        for stone in reversed(stones[-most:]):
            left -= len(stone.contact) + len(stone.instance_id) + len(stone.call_id)
            if left < 0:
                break
            kept += 1
        return stones[len(stones) - kept :]

    def finish(
        self, nonces: tuple[NonceUse, ...], headers: tuple[tuple[str, str], ...] = ()
    ) -> Decision:
        """Give the next record with `nonces`, or the same one when nothing changed.

        Tombstones and a block whose time is over are left out, but are no change of their own.
        """
        record = self.record
        if not (self.changed or nonces != record.nonces):
            return Decision(record, headers)
        return Decision(
            AorRecord(
                record.aor,
                record.version + 1,
                tuple(self.bindings),
                self._newest_tombstones(),
                nonces,
                self.blocked_until,
            ),
            headers,
            tuple(self.events),
            self.plain
            and self.tombstones is record.tombstones
            and self.blocked_until == record.blocked_until,
        )
