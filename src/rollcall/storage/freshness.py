"""The part of an encoded record that a refresh changes, read without the rest.

Followers see nearly only plain refreshes. Fields of `rollcall.model.record` that those leave alone
are skipped over as raw bytes here, which takes half the time of decoding the record; a test holds
the two together.
"""

import msgspec

from rollcall.storage.binding_rows import Row

_Skipped = msgspec.Raw
_NO_NONCES = b"\x90"  # an empty array


class FreshBinding(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A `Binding`, of which only times, CSeq and counters are read."""

    id: int
    contact: _Skipped
    call_id: _Skipped
    cseq: int
    expires_at: float
    registered_at: _Skipped
    refreshed_at: float
    granted_expires: int
    refreshes: int
    source_host: _Skipped
    source_port: _Skipped
    transport: _Skipped
    local: _Skipped
    user_agent: _Skipped
    behind_nat: _Skipped
    connection: _Skipped
    interval: int
    q: _Skipped
    instance_id: _Skipped
    reg_id: _Skipped
    unreachable_since: float
    grace_until: float
    path: _Skipped


class FreshRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An `AorRecord`, likewise."""

    aor: str
    version: int
    bindings: tuple[FreshBinding, ...]
    tombstones: _Skipped
    nonces: _Skipped
    blocked_until: _Skipped


decode_freshness = msgspec.msgpack.Decoder(FreshRecord).decode
"""bytes of `encode_record` -> `FreshRecord`."""


def freshness_rows(record: FreshRecord) -> list[Row]:
    """Give the values of `SET_FRESHNESS`, a row per binding."""
    nonces: bytes | None = bytes(record.nonces)
    if nonces == _NO_NONCES:
        nonces = None
    version = record.version
    rows: list[Row] = []
    for binding in record.bindings:
        rows.append(
            (
                version,
                binding.cseq,
                binding.expires_at,
                binding.refreshed_at,
                binding.refreshes,
                binding.granted_expires,
                binding.interval,
                binding.unreachable_since,
                binding.grace_until,
                nonces,
                binding.id,
            )
        )
        nonces = None  # they are kept once, with the first
    return rows
