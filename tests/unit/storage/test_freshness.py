"""`rollcall.storage.freshness`: reading a part of a record must agree with reading all of it."""

import pytest
from msgspec.structs import fields, replace

from doubles.records import binding, record
from rollcall.model.record import AorRecord, Binding, encode_record
from rollcall.storage.binding_rows import fresh_rows
from rollcall.storage.freshness import (
    FreshBinding,
    FreshRecord,
    decode_freshness,
    freshness_rows,
)

TWO = record("1001", 4, binding(1, cseq=9, interval=60), binding(2, grace_until=1120.5))


@pytest.mark.parametrize(
    "kept",
    [record("1001"), TWO, replace(TWO, nonces=()), AorRecord("sip:a@b", 1)],
    ids=["one", "two", "no nonces", "no bindings"],
)
def test_the_rows_are_those_of_the_whole_record(kept: AorRecord) -> None:
    fresh = decode_freshness(encode_record(kept))
    assert (fresh.aor, fresh.version) == (kept.aor, kept.version)
    assert freshness_rows(fresh) == list(fresh_rows(kept))


@pytest.mark.parametrize(("part", "whole"), [(FreshBinding, Binding), (FreshRecord, AorRecord)])
def test_the_fields_stand_where_the_record_has_them(
    part: type[FreshBinding | FreshRecord], whole: type[Binding | AorRecord]
) -> None:
    assert [field.name for field in fields(part)] == [field.name for field in fields(whole)]
