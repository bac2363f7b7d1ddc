"""What every `Location` promises: memory, journal, and one that is late, contested and silent."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from doubles.records import StoppedClock, binding, change, empty, event, record, tombstone
from rollcall.model.event import Event
from rollcall.model.ports import Change, Location, Outcome, OutcomeKind
from rollcall.model.record import AorRecord
from rollcall.storage.faulty import FaultyLocation
from rollcall.storage.journal import JournalLocation
from rollcall.storage.journal_file import JournalFile
from rollcall.storage.journal_format import Position
from rollcall.storage.memory import MemoryLocation
from rollcall.storage.record_table import RecordTable

PATIENCE = 10.0
"""Seconds a test waits for an outcome before it fails."""

COMMITTED, CONFLICT = OutcomeKind.COMMITTED, OutcomeKind.CONFLICT


class Store(Protocol):
    """A location, and how to wait for it."""

    location: Location

    def settle(self) -> None:
        """Let the outcome that is under way arrive."""
        ...


class Memory:
    def __init__(self) -> None:
        self.location: Location = MemoryLocation()

    def settle(self) -> None:
        pass

    def close(self) -> None:
        pass


class Journal:
    def __init__(self, folder: Path) -> None:
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        file = JournalFile(folder, Position(), ahead=4096)
        self._journal = JournalLocation(RecordTable(), file, StoppedClock(), self._calls.put)
        self.location: Location = self._journal

    def settle(self) -> None:
        self._calls.get(timeout=PATIENCE)()

    def close(self) -> None:
        self._journal.close()


class Delayed:
    def __init__(self) -> None:
        self._faulty = FaultyLocation(MemoryLocation())
        self._faulty.delay = True
        self.location: Location = self._faulty

    def settle(self) -> None:
        self._faulty.release()

    def close(self) -> None:
        pass


@pytest.fixture(params=["memory", "journal", "delayed"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Memory | Journal | Delayed
    match request.param:
        case "memory":
            made = Memory()
        case "journal":
            made = Journal(tmp_path)
        case _:
            made = Delayed()
    yield made
    made.close()


def commit(store: Store, *batch: Change, loose: Sequence[Event] = ()) -> list[Outcome]:
    """Commit and wait; outcomes come once, one for each entry."""
    arrived: list[Sequence[Outcome]] = []
    store.location.commit_many(batch, loose, arrived.append)
    if not arrived:
        store.settle()
    assert len(arrived) == 1
    assert len(arrived[0]) == len(batch)
    return list(arrived[0])


def kinds(outcomes: Sequence[Outcome]) -> list[OutcomeKind]:
    return [outcome.kind for outcome in outcomes]


def test_nothing_is_known_at_first(store: Store) -> None:
    assert store.location.read("sip:1001@example.com") is None
    assert store.location.due(1e12, 10) == []
    assert store.location.next_due() == float("inf")


def test_what_was_committed_is_read_back(store: Store) -> None:
    kept = record("1001", 1, binding(1), binding(2, connection=5))
    assert kinds(commit(store, change(kept, 0, event()))) == [COMMITTED]
    assert store.location.read(kept.aor) == kept
    fresher = replace(kept, version=2, tombstones=(tombstone(),))
    assert kinds(commit(store, change(fresher, 1, plain=True))) == [COMMITTED]
    assert store.location.read(kept.aor) == fresher


@pytest.mark.parametrize("base", [0, 2, 99])
def test_a_commit_from_another_version_is_a_conflict_and_gives_the_record(
    store: Store, base: int
) -> None:
    kept = record("1001", 1)
    commit(store, change(kept))
    outcome = commit(store, change(record("1001", base + 1), base))[0]
    assert outcome.kind is CONFLICT
    assert outcome.current == kept
    assert store.location.read(kept.aor) == kept


def test_a_commit_from_a_record_that_is_gone_is_a_conflict_without_one(store: Store) -> None:
    outcome = commit(store, change(record("1001", 5), 4))[0]
    assert (outcome.kind, outcome.current) == (CONFLICT, None)


def test_entries_stand_for_themselves(store: Store) -> None:
    commit(store, change(record("1001", 1)))
    outcomes = commit(
        store,
        change(record("1000", 1)),
        change(record("1001", 1)),
        change(record("1002", 1)),
    )
    assert kinds(outcomes) == [COMMITTED, CONFLICT, COMMITTED]
    assert store.location.read("sip:1002@example.com") == record("1002", 1)


def test_an_empty_record_is_forgotten_and_may_begin_again(store: Store) -> None:
    commit(store, change(record("1001", 1)))
    commit(store, change(empty("1001", 2), 1))
    assert store.location.read("sip:1001@example.com") is None
    assert store.location.next_due() == float("inf")
    assert kinds(commit(store, change(record("1001", 1)))) == [COMMITTED]


def test_events_alone_and_nothing_at_all(store: Store) -> None:
    assert commit(store, loose=[event("refused")]) == []
    assert commit(store) == []


def test_what_ended_is_handed_out_once_until_committed_anew(store: Store) -> None:
    commit(
        store,
        change(record("1001", 1, binding(1, expires=60))),
        change(record("1002", 1, binding(2, "1002", expires=90))),
    )
    assert store.location.next_due() <= 1060.0
    assert store.location.due(1059.0, 10) == []
    assert store.location.due(1060.0, 10) == ["sip:1001@example.com"]
    assert store.location.due(1061.0, 10) == []
    assert 1060.0 < store.location.next_due() <= 1090.0
    commit(store, change(record("1001", 2, binding(1, now=1061.0, expires=60)), 1))
    assert sorted(store.location.due(1121.0, 10)) == [
        "sip:1001@example.com",
        "sip:1002@example.com",
    ]


def test_a_refresh_moves_the_end(store: Store) -> None:
    commit(store, change(record("1001", 1, binding(1, expires=60))))
    commit(store, change(record("1001", 2, binding(1, now=1030.0, expires=60)), 1, plain=True))
    assert store.location.due(1089.0, 10) == []
    assert store.location.due(1090.0, 10) == ["sip:1001@example.com"]


def test_what_could_not_be_written_comes_again(store: Store) -> None:
    commit(store, change(record("1001", 1, binding(1, expires=60))))
    assert store.location.due(1060.0, 10)
    store.location.postpone("sip:1001@example.com", 1065.0)
    assert store.location.due(1064.0, 10) == []
    assert store.location.due(1065.0, 10) == ["sip:1001@example.com"]


def test_no_more_are_handed_out_than_asked_for(store: Store) -> None:
    numbers = [str(number) for number in range(1000, 1020)]
    commit(store, *[change(record(one, 1, binding(1, one, expires=60))) for one in numbers])
    found: list[str] = []
    for _ in range(4):
        some = store.location.due(1060.0, 6)
        assert len(some) <= 6
        found.extend(some)
    assert sorted(found) == [f"sip:{one}@example.com" for one in numbers]


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_like_a_dictionary(store: Store, data: st.DataObject) -> None:
    """Random commits against a model. The store goes on from one example to the next."""
    aors = ["1001", "1002", "1003"]
    known: dict[str, AorRecord] = {}
    for number in aors:
        left = store.location.read(f"sip:{number}@example.com")
        if left is not None:
            known[left.aor] = left
    for _ in range(data.draw(st.integers(min_value=1, max_value=8))):
        chosen = data.draw(st.lists(st.sampled_from(aors), unique=True, max_size=3))
        batch, wanted = [], []
        for number in chosen:
            current = known.get(f"sip:{number}@example.com")
            base = 0 if current is None else current.version
            stale = data.draw(st.booleans())
            gone = data.draw(st.booleans())
            version = base + (8 if stale else 1)
            after = empty(number, version) if gone else record(number, version, binding(1, number))
            batch.append(change(after, version - 1))
            wanted.append(CONFLICT if stale else COMMITTED)
            if stale:
                continue
            known[after.aor] = after
            if gone:
                del known[after.aor]
        assert kinds(commit(store, *batch)) == wanted
        for number in aors:
            aor = f"sip:{number}@example.com"
            assert store.location.read(aor) == known.get(aor)


class TestFaulty:
    """The adapter itself: what a remote store may do to those who use it."""

    @pytest.fixture
    def inner(self) -> MemoryLocation:
        return MemoryLocation()

    @pytest.fixture
    def faulty(self, inner: MemoryLocation) -> FaultyLocation:
        return FaultyLocation(inner)

    def test_a_rival_makes_a_conflict_as_often_as_told(self, faulty: FaultyLocation) -> None:
        outcomes: list[Outcome] = []
        faulty.commit_many([change(record("1001", 1))], [], outcomes.extend)
        faulty.rivals["sip:1001@example.com"] = 2
        for _ in range(3):
            current = faulty.read("sip:1001@example.com")
            assert current is not None
            version = current.version
            faulty.commit_many([change(record("1001", version + 1), version)], [], outcomes.extend)
        assert kinds(outcomes) == [COMMITTED, CONFLICT, CONFLICT, COMMITTED]

    def test_a_lost_reply_leaves_the_record_there(
        self, faulty: FaultyLocation, inner: MemoryLocation
    ) -> None:
        outcomes: list[Outcome] = []
        faulty.lose = 1
        faulty.commit_many([change(record("1001", 1))], [], outcomes.extend)
        assert kinds(outcomes) == [OutcomeKind.UNKNOWN]
        assert inner.read("sip:1001@example.com") == record("1001", 1)

    def test_a_lost_request_looks_the_same_and_leaves_nothing(
        self, faulty: FaultyLocation, inner: MemoryLocation
    ) -> None:
        outcomes: list[Outcome] = []
        faulty.drop = 1
        faulty.commit_many([change(record("1001", 1))], [], outcomes.extend)
        assert kinds(outcomes) == [OutcomeKind.UNKNOWN]
        assert inner.read("sip:1001@example.com") is None

    def test_outcomes_that_are_late_keep_their_order(self, faulty: FaultyLocation) -> None:
        order: list[int] = []
        faulty.delay = True
        faulty.commit_many([change(record("1001", 1))], [], lambda _: order.append(1))
        faulty.commit_many([change(record("1002", 1))], [], lambda _: order.append(2))
        assert order == []
        faulty.release()
        assert order == [1, 2]
