"""`rollcall.storage.view`: records of rollcall.db, all of them or one by one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from doubles.journals import DataFolder
from doubles.records import binding, change, record, tombstone
from rollcall.model.record import AorRecord, decode_record
from rollcall.storage.journal_format import Position
from rollcall.storage.view import View

KEPT = [
    record("1001", 2),
    record("1002", 3, binding(5, "1002"), binding(9, "1002")),
    replace(record("1003", 4, binding(7, "1003")), tombstones=(tombstone(),)),
    replace(record("1002", 5, binding(6, "1002")), aor="sip:1002@other.example.com"),
    AorRecord("sip:1004@example.com", 9, (), (tombstone(),)),
    record("1005", 1, binding(8, "1005", connection=77)),
]


@pytest.fixture
def data(tmp_path: Path) -> Iterator[DataFolder]:
    made = DataFolder(tmp_path)
    made.commit(*[change(one) for one in KEPT])
    made.project()
    yield made
    made.close()


def test_all_records_come_in_chunks(data: DataFolder) -> None:
    chunks = list(View(data.database).chunks(2))
    assert [(expected, len(chunk)) for expected, chunk in chunks] == [
        (4, 2),
        (4, 2),
        (4, 2),
        (4, 0),
    ]
    found = {one.aor: decode_record(one.encoded) for _, chunk in chunks for one in chunk}
    assert found == {one.aor: one for one in KEPT}
    assert [one.aor for _, chunk in chunks for one in chunk if one.streams] == [KEPT[-1].aor]


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: str(one.aor))
def test_one_record_is_fetched(data: DataFolder, kept: AorRecord) -> None:
    view = View(data.database)
    found = view.fetch(kept.aor)
    assert found is not None
    assert decode_record(found.encoded) == kept
    assert found.due == kept.next_due()
    view.close()


def test_what_is_not_there_is_none(data: DataFolder) -> None:
    view = View(data.database)
    assert view.fetch("sip:1009@example.com") is None
    assert view.fetch("sip:1001@other.example.com") is None
    view.close()


def test_position_and_highest_id(data: DataFolder, tmp_path: Path) -> None:
    assert View(data.database).begin() == (data.file.end, 1001)
    assert View(tmp_path / "nothing.db").begin() == (Position(), 0)


def test_after_an_error_the_database_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.mkdir()
    view = View(path / "rollcall.db")
    with pytest.raises(sqlite3.OperationalError):
        view.fetch("sip:1001@example.com")
    data = DataFolder(path)
    assert view.fetch("sip:1001@example.com") is None
    view.close()
    data.close()
