"""`rollcall.storage.projection`: the journal's effect on rollcall.db, once and only once."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy.exc import OperationalError

from doubles import views
from doubles.journals import DataFolder
from doubles.records import binding, change, empty, event, record, tombstone
from rollcall.model.record import AorRecord
from rollcall.storage.journal_format import segment_numbers
from rollcall.storage.projection import PACE, Projection


@pytest.fixture
def data(tmp_path: Path) -> Iterator[DataFolder]:
    made = DataFolder(tmp_path)
    yield made
    made.close()


def shown(data: DataFolder) -> dict[str, AorRecord]:
    """The records that rollcall.db holds."""
    return views.shown(data.database)


def test_shows_what_was_registered(data: DataFolder) -> None:
    first, second = record("1001"), record("1002", 1, binding(2), binding(3, connection=4))
    data.commit(change(first, 0, event()), change(second))
    data.project()
    assert shown(data) == {first.aor: first, second.aor: second}
    assert data.projection.position == data.file.end
    assert data.projection.behind() == 0


def test_a_plain_refresh_changes_times_and_counters(data: DataFolder) -> None:
    data.commit(change(record("1001"), 0))
    data.clock.time = 1060.0
    later = record("1001", 2, binding(1001, cseq=2, now=1060.0))
    later = replace(later, bindings=(replace(later.bindings[0], registered_at=1000.0),))
    data.commit(change(later, 1, plain=True))
    data.project()
    assert shown(data) == {later.aor: later}
    data.clock.time = 1120.0
    again = replace(
        later,
        version=3,
        nonces=(),
        bindings=(replace(later.bindings[0], cseq=3, expires_at=4720.0, refreshed_at=1120.0),),
    )
    data.commit(change(again, 2, plain=True))
    data.project()
    assert shown(data) == {again.aor: again}


def test_a_plain_refresh_after_a_change_in_the_same_run_loses_nothing(data: DataFolder) -> None:
    data.commit(change(record("1001"), 0))
    data.project()
    moved = record("1001", 2, binding(1001, source_host="203.0.113.9"))
    fresh = replace(moved, version=3, bindings=(replace(moved.bindings[0], cseq=9),))
    data.commit(change(moved, 1, event("moved")))
    data.commit(change(fresh, 2, plain=True))
    data.project()
    assert shown(data) == {fresh.aor: fresh}


def test_what_ended_goes_and_what_stays_stays(data: DataFolder) -> None:
    data.commit(change(record("1001", 1, binding(1), binding(2)), 0))
    data.project()
    one_left = replace(record("1001", 2, binding(2)), tombstones=(tombstone(),))
    data.commit(change(one_left, 1, event("unregistered")))
    data.project()
    assert shown(data) == {one_left.aor: one_left}
    assert data.rows("SELECT id FROM binding_freshness") == [(2,)]
    data.commit(change(empty("1001", 3), 2))
    data.project()
    assert shown(data) == {}
    assert data.rows("SELECT * FROM record_rest") == []


def test_a_nonce_used_without_a_binding_is_kept(data: DataFolder) -> None:
    """The engine marks it plain: no binding changed."""
    used = replace(record("1001", 1), bindings=())
    data.commit(change(used, 0, plain=True))
    data.project()
    assert shown(data) == {used.aor: used}


def test_history_ends_and_counts(data: DataFolder) -> None:
    data.commit(change(record("1001"), 0, event("registered")), loose=[event("refused")])
    data.clock.time = 1030.0
    data.commit(change(record("1001", 2, binding(1001, now=1030.0)), 1, plain=True))
    data.commit(change(record("1001", 3), 2, plain=True))  # a nonce only: nobody refreshed
    data.clock.time = 1100.0
    data.commit(change(empty("1001", 4), 3, event("expired", 1090.0)))
    data.project()
    assert data.rows("SELECT kind, number, wall FROM event ORDER BY id") == [
        ("registered", "1001", 1_700_001_000.0),
        ("refused", "1001", 1_700_001_000.0),
        ("expired", "1001", 1_700_001_090.0),
    ]
    assert data.rows("SELECT number, why, at FROM last_end") == [("1001", "expired", 1090.0)]
    counts = {row[0]: row[1] for row in data.rows("SELECT kind, sum(count) FROM rate GROUP BY 1")}
    assert counts == {"registered": 1, "refused": 1, "refreshed": 1, "expired": 1}


def test_a_new_life_goes_on_where_the_last_one_stopped(data: DataFolder) -> None:
    data.commit(change(record("1001"), 0, event()))
    data.project()
    data.commit(change(record("1002"), 0, event(number="1002")))
    anew = Projection(data.engine, data.reader)
    assert anew.behind() == 1
    anew.run_once()
    assert anew.run_once() == anew.position
    assert data.rows("SELECT count(*) FROM event") == [(2,)]


def test_a_transaction_that_fails_shows_nothing_and_is_repeated(data: DataFolder) -> None:
    data.commit(change(record("1001"), 0, event()))
    with data.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(Exception, match="full"):
        data.projection.run_once()
    assert shown(data) == {}
    assert data.projection.position.group == 0
    with data.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER broken")
    data.project()
    assert len(shown(data)) == 1
    assert data.rows("SELECT count(*) FROM event") == [(1,)]


def test_segments_that_were_shown_are_cut(tmp_path: Path) -> None:
    data = DataFolder(tmp_path, segment_limit=500)
    for version in range(1, 10):
        data.commit(change(record("1001", version), version - 1))
    assert len(segment_numbers(data.journal)) > 3
    data.project()
    assert segment_numbers(data.journal) == [data.file.end.segment]
    data.close()


def test_two_domains_with_the_same_number_do_not_meet(data: DataFolder) -> None:
    here = record("1001", 1, binding(1))
    there = replace(record("1001", 1, binding(2)), aor="sip:1001@other.example.com")
    data.commit(change(here), change(there))
    data.project()
    data.commit(change(empty("1001", 2), 1))
    data.project()
    assert shown(data) == {there.aor: there}


def test_a_locked_database_is_an_error_and_not_a_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollcall.storage.database.BUSY_TIMEOUT", 1)
    data = DataFolder(tmp_path)
    data.commit(change(record("1001"), 0))
    other = sqlite3.connect(data.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        data.projection.run_once()
    other.execute("ROLLBACK")
    other.close()
    data.project()
    assert len(shown(data)) == 1
    data.close()


def test_a_heavy_run_is_followed_by_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollcall.storage.projection.HEAVY", 2)
    data = DataFolder(tmp_path)
    time = [50.0]
    projection = Projection(data.engine, data.reader, lambda: time[0])
    data.commit(change(record("1001")), change(record("1002")))
    data.commit(change(record("1003")))
    assert projection.run_once(limit=1).group == 1  # heavy, but there is more to show
    assert projection.run_once().group == 2  # light
    data.commit(change(record("1004")), change(record("1005")))
    assert projection.run_once().group == 3  # heavy
    data.commit(change(record("1006")))
    assert projection.run_once().group == 3
    time[0] += PACE
    assert projection.run_once().group == 4
    data.close()


def test_showing_goes_on_after_memory_was_given_back(data: DataFolder) -> None:
    data.commit(change(record("1001"), 0))
    data.project()
    data.projection.shrink()
    data.commit(change(record("1002", 1, binding(2)), 0))
    data.project()
    assert len(shown(data)) == 2


def test_many_small_reads_make_one_run(data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain refresh read later is newer than what was written before, and is not lost to it."""
    monkeypatch.setattr("rollcall.storage.journal_reader.CHUNK", 1)  # one group at a time
    data.commit(change(record("1001"), 0, event()))
    refreshed = record("1001", 2, binding(1001, cseq=2, now=1060.0))
    data.commit(change(refreshed, 1, plain=True))
    moved = record("1001", 3, binding(1001, cseq=3, source_host="203.0.113.9"))
    data.commit(change(moved, 2, event("moved")))
    fresh = replace(moved, version=4, bindings=(replace(moved.bindings[0], cseq=4),))
    data.commit(change(fresh, 3, plain=True))
    data.projection.run_once()
    assert shown(data) == {fresh.aor: fresh}
    assert data.projection.behind() == 0


def test_a_run_ends_when_it_is_large(data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollcall.storage.journal_reader.CHUNK", 1)
    monkeypatch.setattr("rollcall.storage.projection.RECORDS", 8)  # two that are new
    for number in range(1001, 1006):
        data.commit(change(record(str(number), 1, binding(number)), 0))
    behind = []
    while data.projection.behind():
        data.projection.run_once()
        behind.append(data.projection.behind())
    assert behind == [3, 1, 0]
