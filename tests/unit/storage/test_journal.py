"""`rollcall.storage.journal`: nobody hears of a change before it is on the disk."""

import errno
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue

import pytest
from structlog.testing import capture_logs

from doubles.faulty_disk import FaultyDisk
from doubles.records import StoppedClock, change, empty, event, record
from rollcall.model.event import Event
from rollcall.model.ports import Change, Outcome, OutcomeKind
from rollcall.model.record import decode_record
from rollcall.storage.journal import JournalLocation
from rollcall.storage.journal_file import JournalFile
from rollcall.storage.journal_format import Position
from rollcall.storage.journal_reader import JournalReader
from rollcall.storage.record_table import RecordTable

PATIENCE = 10.0
"""Seconds a test waits for the writer thread before it fails."""


class Loop:
    """The loop's thread as far as the journal knows it: takes callables, runs them here."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.delivering_thread = 0

    def deliver(self, call: Callable[[], None]) -> None:
        self.delivering_thread = threading.get_ident()
        self._calls.put(call)

    def run_one(self) -> None:
        self._calls.get(timeout=PATIENCE)()


class Journal:
    """A journal location on a disk that can be broken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk = FaultyDisk()
        self.loop = Loop()
        self.clock = StoppedClock()
        file = JournalFile(folder, Position(), disk=self.disk, ahead=4096)
        self.location = JournalLocation(RecordTable(), file, self.clock, self.loop.deliver)

    def commit(self, *changes: Change, loose: Sequence[Event] = ()) -> list[Outcome]:
        outcomes: list[Outcome] = []
        self.location.commit_many(changes, loose, outcomes.extend)
        self.loop.run_one()
        return outcomes


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path)
    yield made
    made.location.close()


def test_a_record_can_be_read_only_after_its_flush_was_told(journal: Journal) -> None:
    outcomes: list[Outcome] = []
    journal.location.commit_many([change(record("1001"))], [], outcomes.extend)
    assert journal.location.read("sip:1001@example.com") is None
    assert outcomes == []
    journal.loop.run_one()
    assert journal.location.read("sip:1001@example.com") == record("1001")
    assert [one.kind for one in outcomes] == [OutcomeKind.COMMITTED]
    assert journal.loop.delivering_thread != threading.get_ident()


def test_a_follower_reads_what_was_committed(journal: Journal) -> None:
    journal.commit(change(record("1001"), 0, event(), plain=False), loose=[event("refused")])
    journal.clock.time = 1010.0
    journal.commit(change(record("1001", 2), 1, plain=True))
    reader = JournalReader(journal.folder)
    groups, position = reader.read(Position(), 10)
    reader.close()
    assert [group.number for group in groups] == [1, 2]
    assert position == journal.location.position
    first, second = groups
    assert (first.now, first.wall_minus_now) == (1000.0, 1_700_000_000.0)
    assert first.changes[0].events == (event(),)
    assert first.loose == (event("refused"),)
    assert decode_record(second.changes[0].record) == record("1001", 2)
    assert [one.changes[0].plain for one in groups] == [False, True]
    assert second.now == 1010.0


def test_a_failure_leaves_the_durable_record_and_says_why(journal: Journal) -> None:
    journal.commit(change(record("1001")))
    journal.disk.fail("fdatasync", errno.ENOSPC)
    outcomes = journal.commit(change(record("1001", 2), 1), change(record("1002", 6), 5))
    assert [one.kind for one in outcomes] == [OutcomeKind.FAILED, OutcomeKind.CONFLICT]
    assert "No space left" in outcomes[0].error
    assert journal.location.read("sip:1001@example.com") == record("1001")
    assert journal.location.durable_group == 1
    journal.disk.mend()
    assert journal.commit(change(record("1001", 2), 1))[0].kind is OutcomeKind.COMMITTED
    assert journal.location.durable_group == 2


def test_failing_and_recovering_are_logged_once_each(journal: Journal) -> None:
    with capture_logs() as lines:
        journal.disk.fail("pwrite", errno.EIO)
        for _ in range(5):
            journal.commit(change(record("1001")))
        assert journal.location.error == "journal: Input/output error"
        journal.disk.mend()
        for version in range(1, 4):
            journal.commit(change(record("1001", version), version - 1))
    assert journal.location.error == ""
    names = [line["event"] for line in lines if line["event"] != "journal_not_extended"]
    assert names == ["journal_failed", "journal_works_again"]


def test_conflicts_alone_touch_no_disk(journal: Journal) -> None:
    outcomes: list[Outcome] = []
    journal.location.commit_many([change(record("1001", 5), 4)], [], outcomes.extend)
    assert [one.kind for one in outcomes] == [OutcomeKind.CONFLICT]
    assert journal.location.durable_group == 0


def test_events_alone_are_kept(journal: Journal) -> None:
    assert journal.commit(loose=[event("refused")]) == []
    assert journal.location.durable_group == 1


def test_forgets_what_became_empty(journal: Journal) -> None:
    journal.commit(change(record("1001")))
    journal.commit(change(empty("1001"), 1))
    assert len(journal.location) == 0
    assert journal.location.read("sip:1001@example.com") is None


def test_a_closed_loop_is_not_an_error(tmp_path: Path) -> None:
    def deliver(call: Callable[[], None]) -> None:
        raise RuntimeError("Event loop is closed")

    file = JournalFile(tmp_path, Position(), ahead=4096)
    location = JournalLocation(RecordTable(), file, StoppedClock(), deliver)
    with capture_logs() as lines:
        location.commit_many([change(record("1001"))], [], lambda _: None)
        location.close()
    assert [line["event"] for line in lines] == ["journal_outcome_dropped"]


def test_closing_finishes_what_is_under_way(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.location.commit_many([change(record("1001"))], [], lambda _: None)
    journal.location.close()
    reader = JournalReader(tmp_path)
    assert len(reader.read(Position(), 10)[0]) == 1
    reader.close()
