"""Answers wait for exactly what they have seen."""

from collections.abc import Callable

from doubles.location import HeldLocation
from rollcall.engine.group import REST, GroupCommit
from rollcall.model.event import Event
from rollcall.model.record import AorRecord

AOR = "sip:1001@example.com"
OTHER = "sip:1002@example.com"


class Waiter:
    """Notes what it is told."""

    def __init__(self, aor: str = AOR) -> None:
        self.aor = aor
        self.told: list[str] = []

    def release(self) -> None:
        self.told.append("released")

    def fail(self, error: str) -> None:
        self.told.append(f"failed: {error}")

    def again(self) -> None:
        self.told.append("again")


def record(aor: str, version: int) -> AorRecord:
    return AorRecord(aor, version, blocked_until=1e9)


def change(group: GroupCommit, waiter: Waiter, version: int) -> None:
    base = group.read(waiter.aor)
    group.change(waiter, record(waiter.aor, version), base.version if base else 0, (), plain=True)


def test_answer_waits_for_its_own_group() -> None:
    location = HeldLocation()
    group = GroupCommit(location)
    waiter = Waiter()
    change(group, waiter, 1)
    assert not location.under_way, "nothing is written before the flush"
    group.flush()
    assert waiter.told == []
    location.finish()
    assert waiter.told == ["released"]
    assert group.idle


def test_newest_record_is_seen_before_it_is_durable() -> None:
    location = HeldLocation()
    group = GroupCommit(location)
    change(group, Waiter(), 1)
    seen = group.read(AOR)
    assert seen is not None
    assert seen.version == 1
    assert location.read(AOR) is None


def test_reader_of_an_undurable_record_waits_for_the_group_that_holds_it() -> None:
    location = HeldLocation()
    group = GroupCommit(location)
    change(group, Waiter(), 1)
    group.flush()
    reader = Waiter()
    group.join(reader)
    assert reader.told == []
    location.finish()
    assert reader.told == ["released"]


def test_reader_of_a_durable_record_does_not_wait_for_others() -> None:
    location = HeldLocation()
    group = GroupCommit(location)
    change(group, Waiter(OTHER), 1)
    group.flush()
    reader = Waiter()
    group.join(reader)
    assert reader.told == ["released"]


def test_changes_made_meanwhile_form_the_next_group() -> None:
    location = HeldLocation()
    group = GroupCommit(location)
    first, second, third = Waiter(), Waiter(OTHER), Waiter("sip:1003@example.com")
    change(group, first, 1)
    group.flush()
    change(group, second, 1)
    change(group, third, 1)
    group.flush()
    assert len(location.batches) == 1
    location.finish()
    assert first.told == ["released"]
    assert second.told == []
    assert [len(batch) for batch in location.batches] == [1, 2]
    location.finish()
    assert second.told == third.told == ["released"]


def test_several_changes_of_one_aor_are_one_entry_with_all_events() -> None:
    location = HeldLocation()
    group = GroupCommit(location)
    waiters = [Waiter(), Waiter()]
    for number, waiter in enumerate(waiters, 1):
        base = group.read(AOR)
        group.change(
            waiter,
            AorRecord(AOR, number),
            base.version if base else 0,
            (Event("registered", float(number)),),
            plain=number == 1,
        )
    group.flush()
    (entry,) = location.batches[0]
    assert entry.base_version == 0
    assert entry.record.version == 2
    assert [event.at for event in entry.events] == [1.0, 2.0]
    assert not entry.plain
    location.finish()
    assert [waiter.told for waiter in waiters] == [["released"], ["released"]]


def test_failed_write_returns_to_the_durable_record() -> None:
    location = HeldLocation()
    location.records[AOR] = record(AOR, 7)
    group = GroupCommit(location)
    waiter, reader = Waiter(), Waiter()
    change(group, waiter, 8)
    group.flush()
    group.join(reader)
    location.finish(error="no space left on device")
    assert waiter.told == reader.told == ["failed: no space left on device"]
    assert group.read(AOR) == record(AOR, 7)


def test_what_was_built_on_a_lost_version_is_decided_again() -> None:
    location = HeldLocation()
    group = GroupCommit(location)
    first, second, stranger = Waiter(), Waiter(), Waiter(OTHER)
    change(group, first, 1)
    group.flush()
    change(group, second, 2)
    change(group, stranger, 1)
    location.finish(error="input/output error")
    assert second.told == []
    location.finish()
    assert first.told == ["failed: input/output error"]
    assert second.told == ["again"]
    assert stranger.told == ["released"]
    assert group.read(AOR) is None


def test_lost_reply_is_read_back_and_found_written() -> None:
    location = HeldLocation()
    group = GroupCommit(location)
    waiter = Waiter()
    change(group, waiter, 1)
    group.flush()
    location.finish(unknown=True)
    assert waiter.told == ["released"]


def test_lost_reply_is_read_back_and_found_missing() -> None:
    location = HeldLocation()
    group = GroupCommit(location)
    waiter = Waiter()
    change(group, waiter, 1)
    group.flush()
    location.finish(unknown=True, applied=False)
    assert waiter.told == ["again"]


def test_loose_events_are_written_without_changes() -> None:
    location = HeldLocation()
    group = GroupCommit(location)
    group.tell([Event("refused", 1.0)])
    group.flush()
    assert [event.kind for event in location.loose] == ["refused"]


def test_group_rests_before_the_next_one_is_written() -> None:
    location = HeldLocation()
    timers: list[tuple[float, Callable[[], None]]] = []
    group = GroupCommit(location, lambda delay, call: timers.append((delay, call)))
    first, second = Waiter(), Waiter(OTHER)
    change(group, first, 1)
    group.flush()
    assert location.under_way, "who comes alone does not wait"
    location.finish()
    assert first.told == ["released"]
    change(group, second, 1)
    group.flush()
    assert len(location.batches) == 1, "the second gathers meanwhile"
    ((delay, rested),) = timers
    assert delay == REST
    rested()
    assert len(location.batches) == 2
    location.finish()
    assert second.told == ["released"]


def test_rest_without_anything_gathered_ends_quietly() -> None:
    location = HeldLocation()
    timers: list[Callable[[], None]] = []
    group = GroupCommit(location, lambda _, call: timers.append(call))
    change(group, Waiter(), 1)
    group.flush()
    location.finish()
    timers.pop()()
    assert len(location.batches) == 1
    change(group, Waiter(OTHER), 1)
    group.flush()
    assert len(location.batches) == 2
