"""`rollcall.storage.binding_rows`: exact records come back from rows."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Engine

from doubles.records import binding, record, tombstone
from rollcall.model.record import AorRecord, NonceUse, encode_record
from rollcall.storage.binding_rows import (
    ALL_BINDINGS,
    ALL_REST,
    PUT_BINDING,
    PUT_FRESHNESS,
    PUT_REST,
    Row,
    StoredRecord,
    fresh_rows,
    rest_row,
    stable_rows,
    stored_record,
)
from rollcall.storage.database import open_database


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = open_database(tmp_path_factory.mktemp("rows") / "rollcall.db")
    yield made
    made.dispose()


def through_the_database(engine: Engine, kept: list[AorRecord]) -> list[StoredRecord]:
    """Write, read back, undo."""
    connection = engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("BEGIN IMMEDIATE")
    for one in kept:
        cursor.executemany(PUT_BINDING, list(stable_rows(one)))
        cursor.executemany(PUT_FRESHNESS, list(fresh_rows(one)))
        rest = rest_row(one)
        if rest is not None:
            cursor.execute(PUT_REST, rest)
    rows: dict[str, list[Row]] = {}
    for row in cursor.execute(ALL_BINDINGS).fetchall():
        rows.setdefault(row[0], []).append(row)
    rests: dict[str, Row] = {row[0]: row for row in cursor.execute(ALL_REST).fetchall()}
    cursor.execute("ROLLBACK")
    cursor.close()
    connection.close()
    aors = [*rows, *(aor for aor in rests if aor not in rows)]
    return [stored_record(aor, rows.get(aor, ()), rests.get(aor)) for aor in aors]


def stored(kept: AorRecord) -> StoredRecord:
    """What must be known of `kept`, by way of the record itself."""
    streams = any(one.connection for one in kept.bindings)
    return StoredRecord(kept.aor, kept.version, kept.next_due(), encode_record(kept), streams)


@pytest.mark.parametrize(
    "kept",
    [
        record("1001", 3),
        record("1001", 9, binding(1), binding(2, source_host="2001:db8::7")),
        record("1001", 2, binding(1, connection=7, unreachable_since=1001.5, grace_until=1121.5)),
        record("1001", 2, blocked_until=5000.25),
        replace(record("1001", 3), tombstones=(tombstone(), tombstone("<sip:x@y>"))),
        replace(record("1001", 3), nonces=()),
        AorRecord("sip:1001@example.com", 5, (), (tombstone(),), (), 0.0),
        AorRecord("sip:1001@example.com", 5, (), (), (NonceUse(1, 2, 3, 4.5),), 0.0),
        AorRecord("sip:1001@example.com", 5, (), (), (), 77.0),
    ],
)
def test_a_record_comes_back_exactly(engine: Engine, kept: AorRecord) -> None:
    assert through_the_database(engine, [kept]) == [stored(kept)]


def test_several_records_are_kept_apart(engine: Engine) -> None:
    kept = [
        record("1001", 1, binding(5, "1001"), binding(8, "1001")),
        replace(record("1002", 2, binding(6, "1002")), tombstones=(tombstone(),)),
        record("1003", 3, binding(7, "1003")),
        AorRecord("sip:1004@example.com", 9, (), (tombstone(),)),
        # the same number in another domain
        replace(record("1001", 4, binding(9, "1001")), aor="sip:1001@other.example.com"),
    ]
    found = through_the_database(engine, kept)
    wanted = [stored(one) for one in kept]
    assert sorted(found, key=lambda one: one.aor) == sorted(wanted, key=lambda one: one.aor)


def test_the_highest_version_counts() -> None:
    """A plain change of one binding leaves the rows of the others at their versions."""
    newer = list(_rows(record("1001", 9, binding(1), binding(2))))
    newer[0] = (*newer[0][:1], 7, *newer[0][2:])
    assert stored_record("sip:1001@example.com", newer, None).version == 9
    assert stored_record("sip:1001@example.com", newer[::-1], None).version == 9


def _rows(kept: AorRecord) -> Iterator[Row]:
    for one in kept.bindings:
        values = [getattr(one, name) for name in one.__struct_fields__]
        yield (kept.aor, kept.version, None, *values[:-1], "", "1001")


@given(
    whole=st.floats(min_value=0, max_value=4e9),
    text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30),
    number=st.integers(min_value=0, max_value=2**62),
)
def test_whatever_a_device_sends_comes_back(
    engine: Engine, whole: float, text: str, number: int
) -> None:
    strange = replace(
        binding(1),
        id=number,
        contact=text,
        call_id=text,
        user_agent=text,
        instance_id=text,
        expires_at=whole,
        path=(text, text),
    )
    kept = replace(record("1001", 1, strange), nonces=(NonceUse(2**63, number, 2**64 - 1, whole),))
    assert through_the_database(engine, [kept]) == [stored(kept)]
