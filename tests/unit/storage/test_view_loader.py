"""`rollcall.storage.view_loader`: a complete table in the end, whatever happens meanwhile."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from doubles.journals import DataFolder
from doubles.records import binding, change, empty, record
from rollcall.model.ports import UnreadableError
from rollcall.model.record import encode_record
from rollcall.storage import view_loader
from rollcall.storage.binding_rows import StoredRecord
from rollcall.storage.record_table import RecordTable
from rollcall.storage.recovery import recover
from rollcall.storage.view import View
from rollcall.storage.view_loader import Progress, ViewLoader

PATIENCE = 10.0
NUMBERS = [str(number) for number in range(1001, 1011)]


class Start:
    """The loop's thread of a server that starts on `data`; the test decides when it runs."""

    def __init__(self, data: DataFolder, view: View | None = None) -> None:
        self.data = data
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.streams: list[str] = []
        self.view = view or View(data.database)
        self.table = RecordTable()
        recover(self.view, data.journal, self.table)
        self.loader = ViewLoader(self.view, self.table, self.calls.put, self.streams.extend)

    def step(self) -> None:
        self.calls.get(timeout=PATIENCE)()

    def finish(self) -> None:
        while not self.loader.progress.done:
            self.step()

    def put(self, *numbers: str, version: int) -> None:
        for number in numbers:
            kept = record(number, version)
            self.table.put(kept, encode_record(kept))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataFolder]:
    monkeypatch.setattr(view_loader, "CHUNK", 2)
    made = DataFolder(tmp_path)
    made.commit(*[change(record(number)) for number in NUMBERS])
    made.project()
    yield made
    made.close()


@pytest.fixture
def start(data: DataFolder) -> Iterator[Start]:
    made = Start(data)
    yield made
    made.loader.stop()


def aor(number: str) -> str:
    return f"sip:{number}@example.com"


def test_everything_is_loaded_piece_by_piece(start: Start) -> None:
    assert start.loader.progress == Progress(0, 0, done=False)
    start.loader.start()
    start.step()
    start.step()
    assert start.loader.progress == Progress(2, 10, done=False)
    assert len(start.table) == 2
    start.finish()
    assert start.loader.progress == Progress(10, 10, done=True)
    assert {aor(number) for number in NUMBERS} == set(start.table.aors())
    assert start.table.get(aor("1099")) is None, "and nobody is asked any more"


def test_any_aor_is_known_before_anything_is_loaded(start: Start) -> None:
    assert start.table.get(aor("1007")) == record("1007")
    assert start.table.get(aor("1099")) is None
    start.loader.start()
    start.finish()
    assert start.table.get(aor("1007")) == record("1007")


def test_what_changes_while_it_waits_in_a_chunk_stays_changed(start: Start) -> None:
    """Chunks were read before the changes and are taken in after them."""
    start.loader.start()
    start.step()  # the thread has begun; it reads ahead now
    first = start.calls.get(timeout=PATIENCE)
    start.put(*NUMBERS[:5], version=9)
    for number in NUMBERS[5:8]:
        gone = empty(number, 9)
        start.table.put(gone, encode_record(gone))
    first()
    start.finish()
    found = {number: start.table.version(aor(number)) for number in NUMBERS}
    assert list(found.values()) == [9, 9, 9, 9, 9, 0, 0, 0, 1, 1]


def test_the_control_process_goes_on_meanwhile(data: DataFolder) -> None:
    """What it shows of the time after the start is in the table already, or newer there."""
    data.commit(change(record("1001", 2), 1, plain=True), change(empty("1002", 2), 1))
    start = Start(data)
    start.loader.start()
    start.step()
    start.put("1003", version=2)
    data.commit(change(record("1003", 2), 1), change(record("1011")))
    start.put("1003", version=3)
    start.put("1011", version=1)
    data.project()
    start.finish()
    assert [start.table.version(aor(str(n))) for n in (1001, 1002, 1003, 1004, 1011)] == [
        *(2, 0, 3, 1, 1)
    ]
    assert len(start.table) == 10
    start.loader.stop()


def test_flows_of_the_life_before_are_told_whether_loaded_or_fetched(data: DataFolder) -> None:
    some = [record(n, 2, binding(int(n), n, connection=9)) for n in ("1003", "1008", "1009")]
    data.commit(*[change(one, 1) for one in some])
    data.project()
    data.commit(change(record("1009", 3, binding(1009, "1009")), 2))
    start = Start(data)
    start.table.get(aor("1008"))
    assert start.streams == [], "whoever fetched it decides first"
    start.step()
    assert start.streams == [aor("1008")]
    start.loader.start()
    start.finish()
    assert sorted(start.streams) == [aor("1003"), aor("1008")]
    start.loader.stop()


def test_what_ended_long_ago_is_due_as_soon_as_it_is_loaded(start: Start) -> None:
    assert start.table.due(1e9, 100) == []
    start.loader.start()
    start.finish()
    assert sorted(start.table.due(1e9, 100)) == [aor(number) for number in NUMBERS]


def test_a_record_that_cannot_be_read_is_not_taken_for_absent(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(aor: str) -> StoredRecord | None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(start.view, "fetch", fail)
        with pytest.raises(UnreadableError, match="disk I/O error"):
            start.table.get(aor("1001"))
    assert start.table.get(aor("1001")) == record("1001")


class Broken(View):
    """Cannot be read to its end for the first time."""

    attempts = 0

    def chunks(self, size: int) -> Iterator[tuple[int, list[StoredRecord]]]:
        self.attempts += 1
        for count, chunk in enumerate(super().chunks(size)):
            if self.attempts == 1 and count == 2:
                raise sqlite3.DatabaseError("disk image is malformed")
            yield chunk


def test_a_database_that_cannot_be_read_is_tried_again(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_loader, "RETRY_EVERY", 0.01)
    start = Start(data, Broken(data.database))
    start.loader.start()
    while not start.loader.progress.error:
        start.step()
    assert "malformed" in start.loader.progress.error
    assert start.table.get(aor("1010")) == record("1010"), "still read one by one"
    start.finish()
    assert start.loader.progress == Progress(10, 10, done=True)
    assert len(start.table) == 10
    start.loader.stop()


def test_it_can_be_stopped_in_the_middle(start: Start) -> None:
    start.loader.start()
    start.step()
    start.loader.stop()
    assert not start.loader.progress.done


def test_a_loop_that_is_gone_ends_it(data: DataFolder) -> None:
    def closed(call: Callable[[], None]) -> None:
        raise RuntimeError("Event loop is closed")

    told: list[str] = []
    loader = ViewLoader(View(data.database), RecordTable(), closed, told.extend)
    loader.start()
    loader.stop()
    assert not loader.progress.done
