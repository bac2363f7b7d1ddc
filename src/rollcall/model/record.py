"""What is known of one address-of-record: its bindings, tombstones and nonces.

Everything here is an immutable value. `registrar` makes the next record from the one
before; the stores keep the encoded form (`encode_record`), which is also what the journal
holds, so that a binding costs one small block of bytes in memory and nothing for the
garbage collector.

Times are *steady seconds* (see `rollcall.app.clock`): they go on at one second per second
whatever the wall clock does, and continue across restarts.
"""

from enum import StrEnum

import msgspec


class EndReason(StrEnum):
    """Why a binding ended; the words of CONTRACT.md's `unregistered` row."""

    EXPIRED = "expired"
    UNREGISTERED = "unregistered"
    KICKED = "kicked"
    REPLACED = "replaced"
    CONNECTION_LOST = "connection_lost"
    UNREACHABLE = "unreachable"
    REMOVED = "removed"
    NEVER = "never"


class Binding(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One AOR bound to one contact (RFC 3261 section 10), and the flow that reaches it."""

    id: int
    """Unique for ever on this system; rises with the time of registering."""
    contact: str
    """The Contact value exactly as its device wrote it, without its expires parameter."""
    call_id: str
    cseq: int
    expires_at: float
    """Steady seconds."""
    registered_at: float
    refreshed_at: float
    granted_expires: int
    """Seconds granted in the last 200."""
    refreshes: int
    """How often the device came back since `registered_at`."""
    source_host: str
    """The address the REGISTER came from; where a device behind NAT is reached."""
    source_port: int
    transport: str
    """udp, tcp; later tls, ws, wss."""
    local: str
    """Our own address that was asked, `host:port`; requests to the device leave from it."""
    user_agent: str = ""
    behind_nat: bool = False
    connection: int = 0
    """Number of the stream connection it came over; 0 for datagrams."""
    interval: int = 0
    """Seconds between the last two refreshes; 0 before the first refresh."""
    q: int = -1
    """Preference in thousandths, -1 when the device gave none (RFC 3261 section 20.10)."""
    instance_id: str = ""
    """`+sip.instance` without its angle brackets (RFC 5626 section 4.1)."""
    reg_id: int = 0
    """`reg-id` (RFC 5626 section 4.2); 0 when none was given."""
    unreachable_since: float = 0.0
    """Steady seconds at which its flow was lost; 0 while it is reachable."""
    grace_until: float = 0.0
    """Steady seconds at which an unreachable stream binding ends; 0 when not running."""
    path: tuple[str, ...] = ()
    """Path header values, topmost first (RFC 3327)."""

    @property
    def ends_at(self) -> float:
        """Steady seconds at which it ends unless something happens first."""
        if self.grace_until and self.grace_until < self.expires_at:
            return self.grace_until
        return self.expires_at


class Tombstone(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Remembers an ended binding, so that a delayed duplicate cannot bring it back.

    It lasts 32 s: 64 times T1, the longest a client goes on retransmitting a request
    (RFC 3261 section 17.1.2.2, timer F).
    """

    contact: str
    call_id: str
    cseq: int
    until: float
    """Steady seconds."""
    reason: str
    """An `EndReason` value."""
    instance_id: str = ""
    reg_id: int = 0


class NonceUse(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The last use of one live nonce (RFC 7616 section 3.4, nc)."""

    nonce_id: int
    """Names the nonce without its MAC (see `rollcall.guard.nonce`)."""
    count: int
    """The highest nonce count seen; 0 for clients without qop."""
    request: int
    """Fingerprint of the request that used it, to know its retransmission."""
    until: float
    """Steady seconds at which the nonce dies and this may be forgotten."""


class AorRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All that is known of one AOR. Version 0 is an AOR nothing is known of."""

    aor: str
    """Canonical, `sip:1001@example.com`."""
    version: int = 0
    bindings: tuple[Binding, ...] = ()
    """In order of registering, oldest first."""
    tombstones: tuple[Tombstone, ...] = ()
    nonces: tuple[NonceUse, ...] = ()
    blocked_until: float = 0.0
    """Steady seconds until which an operator's kick keeps the phone out; 0 for no block."""

    @property
    def empty(self) -> bool:
        """Whether forgetting this record loses nothing."""
        return not (self.bindings or self.tombstones or self.nonces or self.blocked_until)

    def next_due(self) -> float:
        """Steady seconds at which something in it ends; infinity when nothing does."""
        due = float("inf")
        for binding in self.bindings:
            ends_at = binding.ends_at
            if ends_at < due:
                due = ends_at
        if self.bindings:
            return due  # nonces and tombstones are dropped at the next write
        for tombstone in self.tombstones:
            due = min(due, tombstone.until)
        for nonce in self.nonces:
            due = min(due, nonce.until)
        if self.blocked_until:
            due = min(due, self.blocked_until)
        return due


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(AorRecord)

encode_record = _encoder.encode
"""`AorRecord` -> bytes (MessagePack arrays)."""
decode_record = _decoder.decode
"""bytes -> `AorRecord`; raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
