"""Records as rows of rollcall.db, and back; see `rollcall.storage.schema` for the tables."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from rollcall.model.record import AorRecord, Binding, NonceUse, Tombstone
from rollcall.storage.addresses import address_key, contact_place, number_of

Row: TypeAlias = tuple[Any, ...]  # what sqlite3 gives and takes

_pack = msgspec.msgpack.Encoder().encode
_unpack_nonces = msgspec.msgpack.Decoder(tuple[NonceUse, ...]).decode
_unpack_tombstones = msgspec.msgpack.Decoder(tuple[Tombstone, ...]).decode
_pack_json = msgspec.json.Encoder().encode
_unpack_path = msgspec.json.Decoder(tuple[str, ...]).decode

PUT_BINDING = (
    "INSERT OR REPLACE INTO binding (id, aor, number, contact, contact_host, contact_port,"
    " contact_key, call_id, instance_id, reg_id, source_host, source_port, source_key, local,"
    " transport, connection, user_agent, behind_nat, path, q, registered_at)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
PUT_FRESHNESS = (
    "INSERT OR REPLACE INTO binding_freshness (version, cseq, expires_at, refreshed_at,"
    " refreshes, granted_expires, interval, unreachable_since, grace_until, nonces, id)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?)"
)
SET_FRESHNESS = (
    "UPDATE binding_freshness SET version=?, cseq=?, expires_at=?, refreshed_at=?, refreshes=?,"
    " granted_expires=?, interval=?, unreachable_since=?, grace_until=?, nonces=? WHERE id=?"
)
PUT_REST = (
    "INSERT OR REPLACE INTO record_rest (aor, version, tombstones, nonces, blocked_until)"
    " VALUES (?,?,?,?,?)"
)

ALL_BINDINGS = (
    "SELECT b.aor, f.version, f.nonces, b.id, b.contact, b.call_id, f.cseq, f.expires_at,"
    " b.registered_at, f.refreshed_at, f.granted_expires, f.refreshes, b.source_host,"
    " b.source_port, b.transport, b.local, b.user_agent, b.behind_nat, b.connection, f.interval,"
    " b.q, b.instance_id, b.reg_id, f.unreachable_since, f.grace_until, b.path"
    " FROM binding b JOIN binding_freshness f ON f.id = b.id ORDER BY b.number, b.id"
)
ALL_REST = "SELECT aor, version, tombstones, nonces, blocked_until FROM record_rest"


def stable_rows(record: AorRecord) -> Iterator[Row]:
    """Give the values of `PUT_BINDING`, a row per binding."""
    number = number_of(record.aor)
    for binding in record.bindings:
        host, port = contact_place(binding.contact)
        yield (
            binding.id,
            record.aor,
            number,
            binding.contact,
            host,
            port,
            address_key(host),
            binding.call_id,
            binding.instance_id,
            binding.reg_id,
            binding.source_host,
            binding.source_port,
            address_key(binding.source_host),
            binding.local,
            binding.transport,
            binding.connection,
            binding.user_agent,
            binding.behind_nat,
            _pack_json(binding.path).decode() if binding.path else "",
            binding.q,
            binding.registered_at,
        )


def fresh_rows(record: AorRecord) -> Iterator[Row]:
    """Give the values of `PUT_FRESHNESS` and `SET_FRESHNESS`, a row per binding."""
    nonces = _pack(record.nonces) if record.nonces else None
    version = record.version
    for binding in record.bindings:
        yield (
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
        nonces = None  # they are kept once, with the first


def rest_row(record: AorRecord) -> Row | None:
    """Give the values of `PUT_REST`; None when the bindings' rows hold all of the record."""
    loose_nonces = record.nonces if not record.bindings else ()
    if not (record.tombstones or loose_nonces or record.blocked_until):
        return None
    return (
        record.aor,
        record.version,
        _pack(record.tombstones) if record.tombstones else None,
        _pack(loose_nonces) if loose_nonces else None,
        record.blocked_until,
    )


def records(rows: Iterable[Row], rests: dict[str, Row]) -> Iterator[AorRecord]:
    """Build records from rows of `ALL_BINDINGS`, and from those of `ALL_REST` by AOR.

    Rows of one AOR stand together. Rests are taken out of `rests` as they are used.
    """
    aor = ""
    version = 0
    nonces: bytes | None = None
    bindings: list[Binding] = []
    for row in rows:
        if row[0] != aor:
            if bindings:
                yield _record(aor, version, bindings, nonces, rests)
            aor, version, nonces = row[:3]
            bindings = []
        elif row[1] > version:
            version = row[1]
        if row[2] is not None:
            nonces = row[2]
        bindings.append(_binding(row))
    if bindings:
        yield _record(aor, version, bindings, nonces, rests)
    for aor in list(rests):
        yield _record(aor, 0, (), None, rests)


def _binding(row: Row) -> Binding:
    values = list(row[3:])
    values[14] = bool(values[14])
    values[22] = _unpack_path(values[22]) if values[22] else ()
    return Binding(*values)


def _record(
    aor: str,
    version: int,
    bindings: Sequence[Binding],
    nonces: bytes | None,
    rests: dict[str, Row],
) -> AorRecord:
    rest = rests.pop(aor, None) if rests else None
    if rest is None:
        return AorRecord(aor, version, tuple(bindings), (), _nonces(nonces))
    return AorRecord(
        aor,
        max(version, rest[1]),
        tuple(bindings),
        _unpack_tombstones(rest[2]) if rest[2] else (),
        _nonces(nonces if bindings else rest[3]),
        rest[4],
    )


def _nonces(packed: bytes | None) -> tuple[NonceUse, ...]:
    return _unpack_nonces(packed) if packed else ()
