"""`rollcall.storage.history`: what is kept, and for how long."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from doubles.records import event
from rollcall.storage.database import open_database
from rollcall.storage.history import History, prune


@pytest.fixture
def cursor(tmp_path: Path) -> Iterator[sqlite3.Cursor]:
    path = tmp_path / "rollcall.db"
    open_database(path).dispose()
    connection = sqlite3.connect(path)
    yield connection.cursor()
    connection.close()


def count(cursor: sqlite3.Cursor, table: str = "event") -> int:
    return int(cursor.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def fill(cursor: sqlite3.Cursor, number: int, start: float = 0.0) -> None:
    history = History()
    history.add([event(at=start + n) for n in range(number)], 0.0)
    history.store(cursor)


def test_a_refresh_is_counted_and_not_stored(cursor: sqlite3.Cursor) -> None:
    history = History()
    history.add([replace(event("refreshed", 61.0), count=3)], 0.0)
    history.count_refreshes(4, 62.0)
    history.store(cursor)
    assert count(cursor) == 0
    assert cursor.execute("SELECT minute, kind, count FROM rate").fetchall() == [
        (1, "refreshed", 7)
    ]


def test_counts_add_up_over_several_runs(cursor: sqlite3.Cursor) -> None:
    for _ in range(3):
        fill(cursor, 2)
    assert cursor.execute("SELECT count FROM rate").fetchall() == [(6,)]


def test_a_flood_told_as_one_event_counts_as_many(cursor: sqlite3.Cursor) -> None:
    history = History()
    history.add([replace(event("refused"), count=12345)], 0.0)
    history.store(cursor)
    assert count(cursor) == 1
    assert cursor.execute("SELECT count FROM rate").fetchall() == [(12345,)]


def test_the_last_end_of_a_phone_is_the_last(cursor: sqlite3.Cursor) -> None:
    history = History()
    history.add([event("expired", 1.0), event("registered", 2.0), event("kicked", 3.0)], 100.0)
    history.store(cursor)
    found = cursor.execute("SELECT number, why, at, wall, contact FROM last_end").fetchall()
    assert found == [("1001", "kicked", 3.0, 103.0, "<sip:1001@10.0.0.5>")]


def test_what_is_too_old_goes_first_and_the_rest_stays(cursor: sqlite3.Cursor) -> None:
    fill(cursor, 10)
    assert prune(cursor, wall=105.0, max_age=100.0) == 5
    assert cursor.execute("SELECT min(wall) FROM event").fetchone() == (5.0,)
    assert prune(cursor, wall=105.0, max_age=100.0) == 0


def test_what_is_too_much_goes_too(cursor: sqlite3.Cursor) -> None:
    fill(cursor, 10)
    assert prune(cursor, wall=10.0, max_events=4) == 6
    assert count(cursor) == 4


def test_pruning_goes_in_steps(cursor: sqlite3.Cursor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollcall.storage.history.PRUNE_STEP", 4)
    fill(cursor, 10)
    steps = [prune(cursor, wall=1e6, max_age=1.0) for _ in range(4)]
    assert steps == [4, 4, 2, 0]


def test_old_counts_go_with_the_events(cursor: sqlite3.Cursor) -> None:
    fill(cursor, 2, start=0.0)
    fill(cursor, 2, start=6000.0)
    prune(cursor, wall=6000.0, max_age=600.0)
    assert cursor.execute("SELECT minute FROM rate").fetchall() == [(100,)]


def test_an_empty_history_needs_no_pruning(cursor: sqlite3.Cursor) -> None:
    assert prune(cursor, wall=1e9) == 0
