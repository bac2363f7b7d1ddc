"""Records as rows of rollcall.db, and back; see `rollcall.storage.schema` for the tables."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from rollcall.model.record import AorRecord, decode_record
from rollcall.storage.addresses import address_key, contact_place, number_of

Row: TypeAlias = tuple[Any, ...]  # what sqlite3 gives and takes

_pack = msgspec.msgpack.Encoder().encode
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

_BINDINGS = (
    "SELECT b.aor, f.version, f.nonces, b.id, b.contact, b.call_id, f.cseq, f.expires_at,"
    " b.registered_at, f.refreshed_at, f.granted_expires, f.refreshes, b.source_host,"
    " b.source_port, b.transport, b.local, b.user_agent, b.behind_nat, b.connection, f.interval,"
    " b.q, b.instance_id, b.reg_id, f.unreachable_since, f.grace_until, b.path, b.number"
    " FROM binding b JOIN binding_freshness f ON f.id = b.id"
)
ALL_BINDINGS = f"{_BINDINGS} ORDER BY b.id"
"""In the order of the tables: twice as fast as by number, but one AOR's do not stand together."""

SEVERAL = "SELECT number FROM binding GROUP BY number HAVING count(*) > 1"
"""The numbers with more than one binding, from an index alone."""

BINDINGS_OF_NUMBER = f"{_BINDINGS} WHERE b.number = ? ORDER BY b.aor, b.id"
BINDINGS_OF_AOR = f"{_BINDINGS} WHERE b.number = ? AND b.aor = ? ORDER BY b.id"
ALL_REST = "SELECT aor, version, tombstones, nonces, blocked_until FROM record_rest"
REST_OF_AOR = f"{ALL_REST} WHERE aor = ?"

NUMBER = 26
"""Where a row of bindings has its number."""


class StoredRecord(msgspec.Struct, frozen=True, gc=False):
    """A record as it lies in rollcall.db, encoded, with what a table must know of it."""

    aor: str
    version: int
    due: float
    """As `AorRecord.next_due` gives it."""
    encoded: bytes
    """What `encode_record` gives."""
    streams: bool
    """Whether a binding came over a connection."""


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


def stored_record(aor: str, rows: Sequence[Row], rest: Row | None) -> StoredRecord:
    """Build the record of `aor` from its rows of bindings, oldest first, and of `record_rest`.

    One of the two may be missing. Nearly all have one binding and no more; no `Binding` is made
    for those, which takes half the time.
    """
    bindings = [_values(row) for row in rows]
    version = 0
    nonces: bytes | None = None
    tombstones: bytes | None = None
    blocked_until = 0.0
    for row in rows:
        version = max(version, row[1])
        nonces = row[2] or nonces
    if rest is not None:
        version = max(version, rest[1])
        tombstones = rest[2]
        if not rows:
            nonces = rest[3]
        blocked_until = rest[4]
    encoded = _pack(
        (
            aor,
            version,
            bindings,
            msgspec.Raw(tombstones) if tombstones else (),
            msgspec.Raw(nonces) if nonces else (),
            blocked_until,
        )
    )
    if len(rows) == 1 and not rows[0][_GRACE]:
        due: float = rows[0][_EXPIRES]
    else:
        due = decode_record(encoded).next_due()
    return StoredRecord(aor, version, due, encoded, any(row[_CONNECTION] for row in rows))


_EXPIRES, _BEHIND_NAT, _CONNECTION, _GRACE, _PATH = 7, 17, 18, 24, 25


def _values(row: Row) -> list[Any]:
    """Give the fields of a `Binding`."""
    values = list(row[3:NUMBER])
    values[_BEHIND_NAT - 3] = row[_BEHIND_NAT] != 0
    path = row[_PATH]
    values[_PATH - 3] = _unpack_path(path) if path else ()
    return values
